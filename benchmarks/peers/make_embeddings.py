"""Makes up embeddings that are spread as real ones are: `make_embeddings.py HOME ROWS`.

HOME has pictures.f32 and texts.f32, embeddings of real pictures and texts. A tenth of the pictures is held out, for queries. Each row is a picture
of the others plus a random mix of its differences to its 32 nearest, so that the rows around it vary in the directions in which real ones
do, plus noise with the covariance of what such a mix leaves of a real picture. Both are scaled so that as many made-up rows as there are real
ones have their figures. Writes vectors.f32, queries.f32 (half pictures, half texts), measured-with.f32 (other texts) and match.json: the figures of the
real pictures beside those of as many made-up ones.
"""
import json
import os
import sys

import numpy as np

NEIGHBOURS = 32
MIX = 0.7
NOISE = 0.4
QUERIES = 300


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def figures(rows):
    near = rows @ rows.T
    np.fill_diagonal(near, -9)
    near = -np.sort(-near, axis=1)[:, :10]
    distances = np.sqrt(np.maximum(1e-12, 2 - 2 * near))
    distances = distances[distances[:, 0] > 1e-2]
    spectrum = np.linalg.svd(rows - rows.mean(0), compute_uv=False) ** 2
    spectrum /= spectrum.sum()
    quantiles = lambda values: [round(float(value), 3) for value in np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95])]
    return {
        "similarity of the nearest": quantiles(near[:, 0]),
        "similarity of the tenth": quantiles(near[:, 9]),
        "intrinsic dimension": round(float(1 / np.mean(np.mean(np.log(distances[:, 9:] / distances[:, :9]), axis=1))), 1),
        "variance in 10, 50 and 200 directions": [round(float(spectrum[:n].sum()), 3) for n in (10, 50, 200)],
        "length of the mean": round(float(np.linalg.norm(rows.mean(0))), 3),
    }


def main(home, count):
    path = lambda name: os.path.join(home, name)
    read = lambda name: np.fromfile(path(name), dtype=np.float32).reshape(-1, 512)
    pictures, texts = read("pictures.f32"), read("texts.f32")
    random = np.random.default_rng(1)
    order = random.permutation(len(pictures))
    held, known = pictures[order[: len(order) // 10]], pictures[order[len(order) // 10 :]]
    near = known @ known.T
    np.fill_diagonal(near, -9)
    nearest = np.argsort(-near, axis=1)[:, :NEIGHBOURS]
    left = np.empty_like(known)
    for i, own in enumerate(known):
        others = known[nearest[i]]
        gram = (others - own) @ (others - own).T
        gram += 0.01 * np.trace(gram) / NEIGHBOURS * np.eye(NEIGHBOURS)
        weights = np.linalg.solve(gram, np.ones(NEIGHBOURS))
        left[i] = own - (weights / weights.sum()) @ others
    values, vectors = np.linalg.eigh(np.cov(left.T))
    root = (vectors * np.sqrt(np.maximum(values, 0))).astype(np.float32).T.copy()
    rows = np.empty((count, 512), np.float32)
    places = random.permutation(count)
    which = np.sort(random.integers(0, len(known), count))
    starts = np.searchsorted(which, np.arange(len(known) + 1))
    for i, own in enumerate(known):
        size = starts[i + 1] - starts[i]
        mix = random.standard_normal((size, NEIGHBOURS), dtype=np.float32) * (MIX / np.sqrt(NEIGHBOURS))
        noise = random.standard_normal((size, 512), dtype=np.float32) @ root
        rows[places[starts[i] : starts[i + 1]]] = unit(own + mix @ (known[nearest[i]] - own) + NOISE * noise)
    shuffled = texts[random.permutation(len(texts))]
    np.concatenate([held[:QUERIES], shuffled[:QUERIES]]).tofile(path("queries.f32"))
    shuffled[QUERIES : QUERIES + 100].tofile(path("measured-with.f32"))
    with open(path("match.json"), "w") as file:
        json.dump({"real": figures(known), "made up": figures(rows[: len(known)])}, file)
    rows.tofile(path("vectors.f32"))


main(sys.argv[1], int(sys.argv[2]))
