"""What pocket's image side learns from small pictures: class rows for pictures that were enlarged, by discriminant analysis on the roots of features.

The pictures are Tiny-ImageNet's training pictures, as they are and reduced, and CIFAR-100's. The features of a class in such pictures lie around
a mean. It is measured for the 200 classes of Tiny-ImageNet. What is measured for a label of CIFAR-100 is the mean over the classes that the label
stands for. For all 1,000 classes the mean is regressed from the class's row in the classifier, so a class without pictures gains as well. A regressed mean
is too near to the middle of all, so those of classes without pictures are lengthened (hidden labels of CIFAR-100, ten at a time: 76 to 78 %).
"""
import glob
import io
import json
import os

import numpy as np
import onnxruntime
from PIL import Image
from scipy.stats import norm as gauss

from pictograms import sense_of
from quantize_image import enlarge, to_input

SHRINK = .02            # of the covariance within classes
ENLARGED, REDUCED, OF_A_LABEL = 24_000, 26_000, 500   # pictures of 64 pixels, the same reduced to 32 first; of each label of CIFAR-100
NOISE = 3.0             # of the mean of a label of CIFAR-100, against a class's own
LONGER = 2.2            # factor for the means of classes without pictures of their own
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
        out.append(session.run(None, {"pixel_values": to_input(pictures)})[0].astype(np.float16))
    return np.concatenate(out).astype(np.float32)


def discriminant_rows(x, y, own, shares, classifier):
    """Rows [classes, 1280], biases [classes] and the mean [1280] of pictures with labels y: the first are classes, `own` [classes with pictures],
    then come labels that show several, as `shares` [labels, classes] has it."""
    noise = np.concatenate([np.ones(len(own)), np.full(len(shares), NOISE)])
    shares = np.concatenate([np.eye(len(classifier), dtype=np.float32)[own], shares])
    mean = x.mean(0)
    means = np.stack([x[y == label].mean(0) for label in range(len(shares))]) - mean
    rest = x - mean - means[y]
    within = rest.T @ rest / len(x)
    inverse = np.linalg.inv(within + SHRINK * np.trace(within) / len(within) * np.eye(len(within), dtype=np.float32))
    rows = classifier - classifier.mean(0)
    guess = rows @ within                                # were the classifier a discriminant of these pictures, the means would be this
    guess *= (means * (shares @ guess)).sum() / ((shares @ guess) ** 2).sum()
    near = unit(rows)
    shown = shares @ near
    guess += near @ shown.T @ np.linalg.solve(shown @ shown.T + np.diag(noise), means - shares @ guess)
    guess[np.setdiff1d(np.arange(len(guess)), own)] *= LONGER
    rows = (guess @ inverse).astype(np.float32)
    return rows, (-.5 * (guess * rows).sum(1) - mean @ rows.T).astype(np.float32), mean


def cifar_labels(wn, folder):
    """(files, their labels, shares [labels, classes]) of CIFAR-100's training pictures whose label is a concept above ImageNet's classes."""
    named = json.load(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "cifar100.json")))
    by_label = [sorted(glob.glob(f"{folder}/{name}/*.png")) for name in named]
    if any(len(files) != 500 for files in by_label):
        raise SystemExit(f"Expected 500 pictures of each of CIFAR-100's training labels under {folder}/LABEL.")
    shares = np.zeros((len(named), len(wn.classes)), np.float32)
    for row, (noun, file) in zip(shares, named.values()):
        covered = wn.covers[sense_of(wn, noun, file, wn.covers)]
        row[covered] = 1 / len(covered)
    return [f for files in by_label for f in files[:OF_A_LABEL]], np.repeat(np.arange(len(named)), OF_A_LABEL), shares


def photo_mean(batch_norm):
    """The mean features [1280] of the photos that the network was trained on: of min(max(z, 0), 6) for z as the last normalisation has it."""
    mean, spread = batch_norm.bias.detach().numpy(), np.abs(batch_norm.weight.detach().numpy())
    above = lambda t: (mean - t) * gauss.cdf((mean - t) / spread) + spread * gauss.pdf((mean - t) / spread)
    return (above(0) - above(6)).astype(np.float32)


def open_network(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    return onnxruntime.InferenceSession(path, options)


def learn(session, wn, tiny, cifar, classifier):
    """(rows, biases, mean of the roots, sample of features) for small pictures; the folders are those of the training pictures."""
    files = training_files(tiny)
    class_of = {c["wnid"]: i for i, c in enumerate(wn.classes)}
    classes = np.array([class_of[f.split("/")[-3]] for f in files])
    own = np.unique(classes)
    y = np.searchsorted(own, classes)
    whole = features_of(session, files[:ENLARGED], lambda picture, _: picture)
    small = features_of(session, files[:REDUCED], reduced)
    cifar_files, cifar_y, shares = cifar_labels(wn, cifar)
    native = features_of(session, cifar_files, lambda picture, _: picture)
    rows = discriminant_rows(
        np.sqrt(np.concatenate([whole, small, native])), np.concatenate([y[:ENLARGED], y[:REDUCED], len(own) + cifar_y]), own, shares, classifier)
    return *rows, np.concatenate([whole[:6000], small[:3000]])
