"""What scikit-learn and SciPy give for accuracy measures on small arrays: writes tests/parity/measures.json.

    python tests/parity/build/measures.py
"""
import json
from pathlib import Path

import numpy as np
from scipy import stats
from sklearn import metrics
from sklearn.calibration import calibration_curve

rng = np.random.default_rng(7)


def single(images, labels, sharpness, seed):
    rng = np.random.default_rng(seed)
    truths = rng.integers(0, labels, images)
    logits = rng.normal(size=(images, labels)) * sharpness
    logits[np.arange(images), truths] += sharpness * 1.3
    logits = logits.astype(np.float32).astype(np.float64)
    p = np.exp(logits - logits.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    predicted = p.argmax(1)
    confidence = p.max(1)
    right = predicted == truths
    everything = np.arange(labels)
    seen = np.unique(truths)
    ks = [1, 2, 3, 5]
    ece_bins = 15
    accuracy, mean_confidence = calibration_curve(right, confidence, n_bins=ece_bins)
    counts = np.histogram(confidence, np.linspace(0, 1, ece_bins + 1))[0]
    counts = counts[counts > 0]
    recall = metrics.recall_score(truths, predicted, labels=everything, average=None, zero_division=np.nan)
    precision = metrics.precision_score(truths, predicted, labels=everything, average=None, zero_division=np.nan)
    f1 = metrics.f1_score(truths, predicted, labels=everything, average=None, zero_division=np.nan)
    wilson = []
    for label in everything:
        n = int((truths == label).sum())
        if n == 0:
            wilson.append(None)
        else:
            interval = stats.binomtest(int((right & (truths == label)).sum()), n).proportion_ci(method="wilson")
            wilson.append([interval.low, interval.high])

    def interval(statistic, *data):
        result = stats.bootstrap(data, statistic, paired=True, vectorized=False, method="percentile", n_resamples=4000, rng=1)
        return [float(result.confidence_interval.low), float(result.confidence_interval.high)]

    nll = -np.log(p[np.arange(images), truths])
    nan_to_none = lambda values: [None if np.isnan(v) else float(v) for v in values]
    return {
        "labelCount": labels,
        "truths": truths.tolist(),
        "logits": logits.ravel().tolist(),
        "ks": ks,
        "topK": [float(metrics.top_k_accuracy_score(truths, p, k=k, labels=everything)) for k in ks],
        "accuracy": float(metrics.accuracy_score(truths, predicted)),
        "meanPerClassRecall": float(np.mean(recall[seen])),
        "balancedAccuracy": float(metrics.balanced_accuracy_score(truths, predicted)) if len(seen) == labels else None,
        "logLoss": float(metrics.log_loss(truths, p, labels=everything)),
        "expectedCalibrationError": float(np.sum(counts / images * np.abs(accuracy - mean_confidence))),
        "reliability": {"images": counts.tolist(), "accuracy": accuracy.tolist(), "confidence": mean_confidence.tolist()},
        "confusion": metrics.confusion_matrix(truths, predicted, labels=everything).tolist(),
        "recall": nan_to_none(recall),
        "precision": nan_to_none(precision),
        "f1": nan_to_none(np.where(np.isnan(recall), np.nan, f1)),
        "wilson": wilson,
        "intervals": {
            "top1": interval(lambda r: r.mean(), right.astype(float)),
            "negativeLogLikelihood": interval(lambda v: v.mean(), nll),
            "meanPerClassRecall": interval(
                lambda t, r: np.mean([r[t == label].mean() for label in np.unique(t)]), truths, right.astype(float)
            ),
        },
    }


def several(images, labels, seed, coarse):
    rng = np.random.default_rng(seed)
    shown = rng.random((images, labels)) < rng.uniform(0.02, 0.3, labels)
    shown[:, 0] = False  # a label without images
    scores = rng.normal(size=(images, labels)) + shown * 1.2
    scores = (np.round(scores * 4) / 4 if coarse else scores).astype(np.float32)  # coarse: many equal scores
    precisions = [float(metrics.average_precision_score(shown[:, i], scores[:, i])) if shown[:, i].any() else None for i in range(labels)]
    weights = rng.integers(0, 4, images)
    weighted = [
        float(metrics.average_precision_score(shown[:, i], scores[:, i], sample_weight=weights)) if (shown[:, i] * weights).any() else None
        for i in range(labels)
    ]
    return {
        "labelCount": labels,
        "shown": [np.flatnonzero(row).tolist() for row in shown],
        "scores": scores.ravel().tolist(),
        "averagePrecisions": precisions,
        "meanAveragePrecision": float(np.mean([p for p in precisions if p is not None])),
        "weights": weights.tolist(),
        "weightedAveragePrecisions": weighted,
    }


pairs = [(0, 0), (0, 1), (3, 9), (10, 2), (50, 50), (40, 65), (7, 0), (480, 560), (9000, 9400)]
golden = {
    "single": [single(400, 10, 1.5, 1), single(74, 100, 2.0, 2), single(300, 6, 0.4, 3)],
    "several": [several(200, 8, 4, False), several(150, 5, 5, True)],
    "mcnemar": [{"onlyFirst": a, "onlySecond": b, "pValue": float(stats.binomtest(min(a, b), a + b).pvalue) if a + b else 1.0} for a, b in pairs],
}
path = Path(__file__).parent.parent / "measures.json"
rounded = json.dumps(golden, separators=(",", ":"))
path.write_text(rounded + "\n")
print(path, len(rounded))
