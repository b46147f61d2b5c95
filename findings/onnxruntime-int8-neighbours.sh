#!/usr/bin/env bash
# One would expect a row's result not to depend on the other rows of its batch, beyond the last bit: quantisation costs accuracy, not independence.
# Versions: onnxruntime 1.32.0, onnx 1.23.2 (PyPI).
# Seen: quantize_dynamic writes DynamicQuantizeLinear, which takes one range for the whole tensor, so for the whole batch. One row with large
# values makes the steps of all the others coarser. The same row, by its cosine with its float32 result:
#   int8 alone: 0.9997; int8 beside ten others: 0.9787; float32 beside them: 1.0000
# Why it matters: the files model_quantized.onnx of CLIP on the hub are made so, and transformers.js takes them by default in browsers. An
# image's embedding then depends on which images were encoded with it: an index changes with the order of its files, and a service's answer
# with the other requests of that moment.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv && venv/bin/pip install -q onnxruntime==1.32.0 onnx==1.23.2
venv/bin/python - <<'PYTHON'
import numpy as np, onnx, onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import quantize_dynamic

random = np.random.default_rng(0)
weights = [numpy_helper.from_array(random.normal(size=(256, 256)).astype(np.float32) / 16, f'w{i}') for i in range(4)]
nodes = []
for i in range(4):
    nodes += [helper.make_node('MatMul', [f'x{i}', f'w{i}'], [f'h{i}']), helper.make_node('Tanh', [f'h{i}'], [f'x{i + 1}'])]
shape = ['batch', 256]
graph = helper.make_graph(nodes, 'tower', [helper.make_tensor_value_info('x0', TensorProto.FLOAT, shape)],
                          [helper.make_tensor_value_info('x4', TensorProto.FLOAT, shape)], weights)
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=8), 'tower.onnx')
quantize_dynamic('tower.onnx', 'int8.onnx')
float32, int8 = (onnxruntime.InferenceSession(file, providers=['CPUExecutionProvider']) for file in ('tower.onnx', 'int8.onnx'))
run = lambda session, rows: session.run(None, {'x0': rows})[0]
cosine = lambda a, b: float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))

row = random.normal(size=(1, 256)).astype(np.float32)
loud = np.concatenate([row, 20 * random.normal(size=(10, 256)).astype(np.float32)])
expected = run(float32, row)[0]
alone, beside = run(int8, row)[0], run(int8, loud)[0]
print(f'float32 alone and beside ten others: {cosine(expected, run(float32, loud)[0]):.7f}')
print(f'int8 alone: {cosine(expected, alone):.4f}')
print(f'int8 beside ten others: {cosine(expected, beside):.4f}')
assert cosine(expected, run(float32, loud)[0]) > 0.999999
assert cosine(expected, alone) > 0.999
assert cosine(expected, beside) < 0.99
PYTHON
