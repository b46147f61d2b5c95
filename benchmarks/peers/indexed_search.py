"""FAISS's inverted lists and usearch's graph on the vectors of benchmarks/indexed-search.mjs; each at the least effort with recall@10 >= 0.97, on one
thread a query. Built indexes are kept in the folder."""
import json
import os
import sys
import time

import numpy as np

DIMENSION = 512
ENOUGH = 0.97


def read(path):
    return np.fromfile(path, dtype=np.float32).reshape(-1, DIMENSION)


def share(found, truth, begin, end):
    hits = sum(len(set(map(int, near)) & set(right)) for near, right in zip(found[begin:end], truth[begin:end]))
    return hits / (10 * (end - begin))


def measure(program, search, efforts, queries, truth, built):
    for query in queries[:20]:
        search(query, efforts[0])
    for effort in efforts:
        found, walls, cpu = [], [], []
        for query in queries:
            began, at = time.process_time(), time.perf_counter()
            found.append(search(query, effort))
            walls.append((time.perf_counter() - at) * 1000)
            cpu.append((time.process_time() - began) * 1000)
        recall = share(found, truth, 0, len(queries))
        if recall >= ENOUGH or effort == efforts[-1]:
            return {
                "program": f"{program}, effort {effort}",
                "p50, ms": f"{np.median(walls):.2f}",
                "p95, ms": f"{np.quantile(walls, 0.95):.2f}",
                "processor time, ms": f"{np.median(cpu):.2f}",
                "recall@10": round(recall, 4),
                "of pictures": round(share(found, truth, 0, len(queries) // 2), 4),
                "of texts": round(share(found, truth, len(queries) // 2, len(queries)), 4),
                "build, s": round(built, 1),
            }


def main(home):
    path = lambda name: os.path.join(home, name)
    vectors, queries = np.memmap(path("vectors.f32"), dtype=np.float32).reshape(-1, DIMENSION), read(path("asked.f32"))
    with open(path("truth.json")) as file:
        truth = json.load(file)["found"]
    lines = []
    try:
        import faiss

        cells = max(8, len(vectors) // 250)
        began = time.process_time()
        if os.path.exists(path("faiss.index")):
            index = faiss.read_index(path("faiss.index"))
        else:
            index = faiss.IndexIVFFlat(faiss.IndexFlatIP(DIMENSION), DIMENSION, cells, faiss.METRIC_INNER_PRODUCT)
            index.cp.niter = 8
            index.train(np.ascontiguousarray(vectors[:: max(1, len(vectors) // (cells * 40))]))
            for begin in range(0, len(vectors), 50_000):
                index.add(np.ascontiguousarray(vectors[begin : begin + 50_000]))
            faiss.write_index(index, path("faiss.index"))
        built = time.process_time() - began
        faiss.omp_set_num_threads(1)

        def search(query, probes):
            index.nprobe = probes
            return index.search(query[None], 10)[1][0]

        lines.append(measure("FAISS IVFFlat", search, [4, 8, 16, 24, 32, 48, 64, 96, 128, 256], queries, truth, built))
    except ImportError:
        pass
    try:
        from usearch.index import Index

        graph = Index(ndim=DIMENSION, metric="cos", dtype="i8", connectivity=16, expansion_add=64)
        began = time.process_time()
        if os.path.exists(path("usearch.index")):
            graph.load(path("usearch.index"))
        for begin in range(len(graph), len(vectors), 50_000):  # goes on where it was stopped
            graph.add(np.arange(begin, min(begin + 50_000, len(vectors))), vectors[begin : begin + 50_000])
            graph.save(path("usearch.half"))
            os.replace(path("usearch.half"), path("usearch.index"))
        built = time.process_time() - began

        def search(query, effort):
            graph.expansion_search = effort
            return graph.search(query, 10, threads=1).keys

        lines.append(measure("usearch HNSW i8", search, [32, 64, 128, 256, 512, 1024], queries, truth, built))
    except ImportError:
        pass
    print(json.dumps(lines))


main(sys.argv[1])
