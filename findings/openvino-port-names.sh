#!/usr/bin/env bash
# openvino 2026.4 (PyPI): the name that a port gives of itself is not the input's name in the ONNX file, once the model is compiled.
#
# One would expect that an input named "pixel_values" in the file is called that, as it is when the model is only read.
# Seen: where the input goes through a Cast that changes nothing (exporters write them), that node is removed, its output's name is given to
# the input too, and get_any_name() of the compiled model gives "/embeddings/Cast_output_0". "pixel_values" is still among get_names(), and
# a tensor can be set by it. The C library has ov_port_get_any_name alone.
# Why it matters: a program that matches inputs by this name refuses models that it knows, and only those with such a node.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet 'openvino==2026.4.*' onnx
cat >run.py <<'PY'
import sys
import onnx, openvino
from onnx import TensorProto, helper
cast = helper.make_node("Cast", ["pixel_values"], ["/embeddings/Cast_output_0"], to=TensorProto.FLOAT)
relu = helper.make_node("Relu", ["/embeddings/Cast_output_0"], ["embeds"])
shape = ["batch", 4]
graph = helper.make_graph([cast, relu], "g", [helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, shape)], [helper.make_tensor_value_info("embeds", TensorProto.FLOAT, shape)])
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), "model.onnx")
core = openvino.Core()
read = core.read_model("model.onnx").inputs[0]
port = core.compile_model("model.onnx", "CPU").inputs[0]
print("as read:", read.get_any_name(), "compiled:", port.get_any_name(), "all names:", sorted(port.get_names()))
is_as_seen = read.get_any_name() == "pixel_values" and port.get_any_name() != "pixel_values" and "pixel_values" in port.get_names()
if not is_as_seen:
    print("This has changed.")
sys.exit(0 if is_as_seen else 1)
PY
env/bin/python run.py
