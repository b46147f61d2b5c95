"""What pocket's image side learns from Tiny-ImageNet's training pictures: class rows for small and enlarged pictures, by discriminant analysis.

The features of a class c in such pictures lie around a mean. For the 200 classes that have pictures the mean is measured; for all 1,000 it
is regressed from the class's row in the classifier, so a class without pictures gains as well (held-out classes: 65 to 73 % among 100).
"""
import glob
import io

import numpy as np
import onnxruntime
from PIL import Image
from scipy.stats import norm as gauss

from quantize_image import enlarge, to_input

SHRINK = .02            # of the covariance within classes
ENLARGED, REDUCED = 25_000, 26_000   # pictures as they are, and reduced to 32 pixels first
KINDS = (Image.BICUBIC, Image.BOX, Image.BILINEAR, Image.LANCZOS)
unit = lambda x: x / np.linalg.norm(x, axis=-1, keepdims=True)


def training_files(folder):
    files = sorted(glob.glob(f"{folder}/*/images/*.JPEG"))
    if len(files) != 100_000:
        raise SystemExit(f"Expected Tiny-ImageNet's 100,000 training pictures under {folder}, found {len(files)}.")
    return [files[i] for i in np.random.default_rng(17).permutation(len(files))]


def reduced(picture, i):
    small = picture.resize((32, 32), KINDS[i % 4])
    if i % 2:
        data = io.BytesIO()
        small.save(data, "JPEG", quality=int(np.random.default_rng(i).integers(75, 96)))
        small = Image.open(data).convert("RGB")
    return small


def features_of(session, files, change):
    out = []
    for i in range(0, len(files), 8):
        pictures = [enlarge(change(Image.open(f).convert("RGB"), i + k)) for k, f in enumerate(files[i:i + 8])]
        out.append(session.run(None, {"pixel_values": to_input(pictures)})[0])
    return np.concatenate(out)


def discriminant_rows(x, y, classifier):
    """Rows [classes, 1280], biases [classes] and the mean features [1280] of small pictures with classes y."""
    mean, seen = x.mean(0), np.unique(y)
    place = np.searchsorted(seen, y)
    means = np.stack([x[place == c].mean(0) for c in range(len(seen))]) - mean
    rest = x - mean - means[place]
    within = rest.T @ rest / len(x)
    inverse = np.linalg.inv(within + SHRINK * np.trace(within) / len(within) * np.eye(len(within), dtype=np.float32))
    rows = classifier - classifier.mean(0)
    guess = rows @ within                                # were the classifier a discriminant of these pictures, the means would be this
    guess *= (means * guess[seen]).sum() / (guess[seen] ** 2).sum()
    near = unit(rows)
    kernel = near[seen] @ near[seen].T
    guess += near @ near[seen].T @ np.linalg.solve(kernel + np.trace(kernel) / len(seen) * np.eye(len(seen)), means - guess[seen])
    rows = (guess @ inverse).astype(np.float32)
    return rows, (-.5 * (guess * rows).sum(1) - mean @ rows.T).astype(np.float32), mean


def photo_mean(batch_norm):
    """The mean features [1280] of the photos that the network was trained on: of min(max(z, 0), 6) for z as the last normalisation has it."""
    mean, spread = batch_norm.bias.detach().numpy(), np.abs(batch_norm.weight.detach().numpy())
    above = lambda t: (mean - t) * gauss.cdf((mean - t) / spread) + spread * gauss.pdf((mean - t) / spread)
    return (above(0) - above(6)).astype(np.float32)


def open_network(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    return onnxruntime.InferenceSession(path, options)


def learn(session, folder, class_of, classifier):
    """(rows, biases, mean features, sample of features) for small pictures; `class_of` maps a wnid to its class."""
    files = training_files(folder)
    y = np.array([class_of[f.split("/")[-3]] for f in files])
    whole = features_of(session, files[:ENLARGED], lambda picture, _: picture)
    small = features_of(session, files[:REDUCED], reduced)
    rows = discriminant_rows(np.concatenate([whole, small]), np.concatenate([y[:ENLARGED], y[:REDUCED]]), classifier)
    return *rows, np.concatenate([whole[:6000], small[:3000]])
