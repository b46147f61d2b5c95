"""Groups rows with scikit-learn: python group_rows.py FILE DIMENSION GROUPS kmeans|kmeans-once|hdbscan. Prints JSON; -1 is no group."""
import json
import sys
import time
import warnings

import numpy as np
from sklearn.cluster import HDBSCAN, KMeans

warnings.filterwarnings("ignore")
file, dimension, groups, method = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
rows = np.fromfile(file, "<f4").reshape(-1, dimension)
wall, processor = time.perf_counter(), time.process_time()
if method == "hdbscan":
    found = HDBSCAN(min_cluster_size=5, min_samples=1).fit(rows)
else:
    found = KMeans(groups, n_init=4 if method == "kmeans" else 1, random_state=0).fit(rows)
spent = {"wall": time.perf_counter() - wall, "processor": time.process_time() - processor}
print(json.dumps({"groups": found.labels_.tolist(), **spent}))
