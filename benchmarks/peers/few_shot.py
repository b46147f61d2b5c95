"""Tip-Adapter and a linear probe (scikit-learn) on the embeddings that few-shot.mjs writes: few_shot.py FOLDER. Prints one JSON line.

For each draw: accuracy of Tip-Adapter (arXiv 2111.03930; alpha and beta by leaving one example out), and of logistic regression, whose C is 100,
or the best of three by cross-validation of three parts where each label has three examples."""
import json, sys, warnings
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

warnings.filterwarnings("ignore")
folder = sys.argv[1]
meta = json.load(open(f"{folder}/meta.json"))
load = lambda name: np.fromfile(f"{folder}/{name}.f32", dtype=np.float32).reshape(-1, meta["dimension"]).astype(np.float64)
text, train, test = load("text"), load("train"), load("test")
labels, truths, scale = np.array(meta["train"]), np.array(meta["test"]), meta["logitScale"]


def tip_adapter(chosen):
    x, y = train[chosen], np.eye(len(text))[labels[chosen]]
    best = (-1, 0, 1)
    for beta in (1, 3, 5.5, 8, 12, 20):
        cache = np.exp(-beta * (1 - x @ x.T))
        np.fill_diagonal(cache, 0)
        for alpha in (0.1, 0.3, 1, 3, 10, 30, 100):
            right = ((scale * x @ text.T + alpha * cache @ y).argmax(1) == labels[chosen]).mean()
            best = max(best, (right, alpha, beta))
    _, alpha, beta = best
    return ((scale * test @ text.T + alpha * np.exp(-beta * (1 - test @ x.T)) @ y).argmax(1) == truths).mean()


def linear_probe(chosen, shots):
    probe = LogisticRegression(C=100, max_iter=100)
    if shots >= 3:
        probe = GridSearchCV(probe, {"C": [1, 10, 100]}, cv=3)
    return probe.fit(train[chosen], labels[chosen]).score(test, truths)


rows = []
for shots, draws in meta["draws"].items():
    for i, chosen in enumerate(draws):
        probe = linear_probe(chosen, int(shots)) if i < meta["probes"] else None
        rows.append(dict(shots=int(shots), tipAdapter=tip_adapter(chosen), linearProbe=probe))
print(json.dumps(rows))
