#!/usr/bin/env bash
# One would expect OpenVINO to run com.microsoft's RotaryEmbedding as its specification says, or to refuse it: position_ids of shape [1] is the place of
# the first token, and the others follow it.
# Versions: openvino 2026.4.1, onnx 1.23.2 (PyPI), processor, float32.
# Seen: with position_ids = [0] every token is turned as the first one, without an error or a warning: normally distributed values differ by 6 from
#   the formula. With the places written out as [batch, tokens] they agree to 2e-7. ONNX Runtime takes both forms for the same.
# Why it matters: exporters and hand-written graphs use the short form, because a graph of a fixed sequence needs no other. The model still runs, and its
# embeddings look plausible: those of a tiny EVA02-CLIP had a cosine of 0.96 with the right ones.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv && venv/bin/pip install -q openvino==2026.4.1 onnx==1.23.2
venv/bin/python - <<'PYTHON'
import io
import numpy as np, openvino
from onnx import TensorProto, helper, numpy_helper

tokens, heads, width = 5, 4, 8
angles = (np.arange(tokens * width / 2).reshape(tokens, width // 2) * 0.3).astype(np.float32)
x = np.random.default_rng(0).normal(size=(3, tokens, heads * width)).astype(np.float32)

def by_openvino(short):
    places = np.array([0]) if short else np.arange(tokens)[None]
    constants = [numpy_helper.from_array(value, name) for name, value in
                 [('places', places.astype(np.int64)), ('cosines', np.cos(angles)), ('sines', np.sin(angles))]]
    nodes = [] if short else [helper.make_node('Shape', ['x'], ['shape'], end=2), helper.make_node('Expand', ['places', 'shape'], ['all'])]
    nodes.append(helper.make_node('RotaryEmbedding', ['x', 'places' if short else 'all', 'cosines', 'sines'], ['out'], domain='com.microsoft', interleaved=1))
    graph = helper.make_graph(nodes, 'g', [helper.make_tensor_value_info('x', TensorProto.FLOAT, ['batch', tokens, heads * width])],
                              [helper.make_tensor_value_info('out', TensorProto.FLOAT, None)], constants)
    opsets = [helper.make_opsetid('', 17), helper.make_opsetid('com.microsoft', 1)]
    core = openvino.Core()
    core.set_property('CPU', {'INFERENCE_PRECISION_HINT': 'f32'})
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    return core.compile_model(core.read_model(io.BytesIO(model.SerializeToString())), 'CPU')(x)[0]

def turned(angles):
    pairs = x.reshape(3, tokens, heads, width // 2, 2)
    a, b = pairs[..., 0], pairs[..., 1]
    cosines, sines = np.cos(angles)[None, :, None], np.sin(angles)[None, :, None]
    return np.stack([a * cosines - b * sines, a * sines + b * cosines], -1).reshape(x.shape)

apart = lambda one, other: float(np.abs(one - other).max())
first = np.repeat(angles[:1], tokens, axis=0)
print(f'the first place alone: {apart(by_openvino(True), turned(angles)):.1e} from the formula, {apart(by_openvino(True), turned(first)):.1e} from all as the first')
print(f'all places: {apart(by_openvino(False), turned(angles)):.1e}')
assert apart(by_openvino(True), turned(angles)) > 1 and apart(by_openvino(True), turned(first)) < 1e-5
assert apart(by_openvino(False), turned(angles)) < 1e-5
PYTHON
