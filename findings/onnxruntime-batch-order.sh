#!/usr/bin/env bash
# One would expect that ONNX Runtime adds the numbers of one batch element in the same order whether it is alone or among others: the sums of an element
# concern nobody else.
# Versions: onnxruntime 1.32.0, onnx 1.23.2 (PyPI), float32, processor.
# Seen: the same element gives other bits alone and in a batch of eight.
#   MatMul of two computed values, [n, 8, 577] x [n, 577, 24], two threads: differs; with one thread it does not. A product that is alone is shared
#   among the threads by its columns, and a thread with 64 columns or fewer takes longer runs of the inner side at a time.
#   The same with the longer side in the rows (FusedMatMul with transA and transB): the same bits.
#   ReduceMean over tokens, [n, 197, 64], one thread: differs. A Transpose before it does not help, because the two are taken together.
#   GlobalAveragePool of the transposed tensor: the same bits.
# Why it matters: an embedding that is kept and compared later depends on how many were encoded with it. Bit-for-bit tests and hashes of embeddings
# fail on machines with more cores only.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv && venv/bin/pip install -q onnxruntime==1.32.0 onnx==1.23.2
venv/bin/python - <<'PYTHON'
import numpy as np, onnxruntime
from onnx import TensorProto, helper

def session(nodes, inputs, threads):
    value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    graph = helper.make_graph(nodes, 'g', [value(name, ['n', *shape]) for name, shape in inputs.items()], [value('out', None)])
    opsets = [helper.make_opsetid('', 17), helper.make_opsetid('com.microsoft', 1)]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=['CPUExecutionProvider'])

def alone_and_among(nodes, inputs, threads):
    """The largest difference between an element's result alone and among eight."""
    random = np.random.default_rng(0)
    one = {name: random.normal(size=(1, *shape)).astype(np.float32) for name, shape in inputs.items()}
    run = session(nodes, inputs, threads).run
    alone = run(None, one)[0][0]
    among = run(None, {name: np.repeat(value, 8, axis=0) for name, value in one.items()})[0]
    return max(float(np.abs(alone - row).max()) for row in among)

node = helper.make_node
shares, tokens = {'a': [8, 577], 'b': [577, 24]}, {'a': [197, 64]}
turn = node('Transpose', ['a'], ['t'], perm=[0, 2, 1])
plain = [node('MatMul', ['a', 'b'], ['out'])]
turned = [node('FusedMatMul', ['b', 'a'], ['out'], domain='com.microsoft', transA=1, transB=1)]
results = {
    'MatMul, one thread': alone_and_among(plain, shares, 1),
    'MatMul, two threads': alone_and_among(plain, shares, 2),
    'MatMul, longer side in the rows, two threads': alone_and_among(turned, shares, 2),
    'ReduceMean': alone_and_among([node('ReduceMean', ['a'], ['out'], axes=[1], keepdims=0)], tokens, 1),
    'ReduceMean after a Transpose': alone_and_among([turn, node('ReduceMean', ['t'], ['out'], axes=[2], keepdims=0)], tokens, 1),
    'GlobalAveragePool after a Transpose': alone_and_among([turn, node('GlobalAveragePool', ['t'], ['out'])], tokens, 1),
}
for name, difference in results.items():
    print(f'{name}: {difference:.1e}')
assert [name for name, difference in results.items() if difference == 0] == [
    'MatMul, one thread', 'MatMul, longer side in the rows, two threads', 'GlobalAveragePool after a Transpose']
PYTHON
