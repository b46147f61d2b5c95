"""FAISS's inverted lists and usearch's graph on the vectors of benchmarks/indexed-search.mjs; each at the least effort with recall@10 >= 0.97."""
import json
import os
import sys
import time

import numpy as np

DIMENSION = 512
ENOUGH = 0.97


def read(path):
    return np.fromfile(path, dtype=np.float32).reshape(-1, DIMENSION)


def measure(program, search, efforts, queries, truth):
    for effort in efforts:
        found, walls, cpu = [], [], []
        for query in queries:
            began, at = time.process_time(), time.perf_counter()
            found.append(search(query, effort))
            walls.append((time.perf_counter() - at) * 1000)
            cpu.append((time.process_time() - began) * 1000)
        hits = sum(len(set(map(int, near)) & set(right)) for near, right in zip(found, truth))
        recall = hits / (10 * len(queries))
        if recall >= ENOUGH or effort == efforts[-1]:
            return {
                "program": f"{program}, effort {effort}",
                "p50, ms": f"{np.median(walls):.2f}",
                "processor time, ms": f"{np.median(cpu):.2f}",
                "recall@10": round(recall, 4),
            }


def main(home):
    vectors, queries = read(os.path.join(home, "vectors.f32")), read(os.path.join(home, "queries.f32"))
    with open(os.path.join(home, "truth.json")) as file:
        truth = json.load(file)
    lines = []
    try:
        import faiss

        cells = max(8, len(vectors) // 1000)
        index = faiss.IndexIVFFlat(faiss.IndexFlatIP(DIMENSION), DIMENSION, cells, faiss.METRIC_INNER_PRODUCT)
        index.cp.niter = 8
        index.train(vectors[:: max(1, len(vectors) // (cells * 40))])
        index.add(vectors)

        def search(query, probes):
            index.nprobe = probes
            return index.search(query[None], 10)[1][0]

        lines.append(measure("FAISS IVFFlat", search, [4, 8, 16, 32, 64, 128, 256], queries, truth))
    except ImportError:
        pass
    if os.environ.get("USEARCH") != "0":
        try:
            from usearch.index import Index

            path = os.path.join(home, "usearch.index")
            graph = Index(ndim=DIMENSION, metric="cos", dtype="i8", connectivity=16, expansion_add=64)
            if os.path.exists(path):
                graph.load(path)
            else:
                graph.add(np.arange(len(vectors)), vectors)
                graph.save(path)

            def search(query, effort):
                graph.expansion_search = effort
                return graph.search(query, 10).keys

            lines.append(measure("usearch HNSW i8", search, [32, 64, 128, 256, 512, 1024], queries, truth))
        except ImportError:
            pass
    print(json.dumps(lines))


main(sys.argv[1])
