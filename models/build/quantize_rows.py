"""int8 for the matrix products and tables of an ONNX graph, each output and each row by a range of its own.

Weights have a scale for each output. Activations are quantised while the graph runs, each row by its own largest value: what a text is
embedded to never depends on what else is in its batch, as it does with ONNX Runtime's dynamic quantisation (one range for all).
Neighbouring weights sum to 128 at most, so that processors without VNNI, which add two products in 16 bits, give the exact sum
(src/graphs/quantize/quantize-tensor.ts says more).
"""
import numpy as np
from onnx import TensorProto, helper, numpy_helper

LARGEST, LARGEST_PAIR = 127, 128


def quantize_columns(matrix):
    """[from, to] as int8 and a scale for each column."""
    rows = len(matrix)
    matrix = np.pad(matrix, ((0, rows % 2), (0, 0)))
    pairs = np.abs(matrix[0::2] + matrix[1::2]).max(0)
    scale = np.maximum(np.abs(matrix).max(0) / LARGEST, pairs / LARGEST_PAIR).astype(np.float32)
    q = np.rint(matrix / scale)
    a, b = q[0::2], q[1::2]
    excess = np.maximum(0, np.abs(a + b) - LARGEST_PAIR)                                 # by rounding: 1 at most
    larger = np.abs(a) > np.abs(b)
    a -= np.sign(a) * excess * larger
    b -= np.sign(b) * excess * ~larger
    return q[:rows].astype(np.int8), scale


def quantize_table(table):
    """[rows, width] as int8 and a scale for each row."""
    scale = (np.abs(table).max(1) / LARGEST).astype(np.float32)
    return np.rint(table / scale[:, None]).astype(np.int8), scale


def quantize_rows(model, skip):
    """Rewrites a model's products with constant matrices, but for the nodes in `skip`, and its lookups in tables."""
    graph = model.graph
    constants = {t.name: t for t in graph.initializer}
    nodes, made, quantized = [], {}, {}

    def keep(name, array):
        made[name] = numpy_helper.from_array(np.asarray(array), name)
        return name

    def add(op, inputs, name, **attributes):
        domain = "com.microsoft" if op == "MatMulIntegerToFloat" else ""
        nodes.append(helper.make_node(op, inputs, [name], name, domain=domain, **attributes))
        return name

    step, center = keep("row_step", np.float32(1 / LARGEST)), keep("row_zero_point", np.uint8(128))
    least = keep("row_least", np.float32(1e-12))                                         # a row of zeros stays one

    def quantize(x):
        """x [..., width] as uint8 around 128, and each row's largest magnitude [..., 1]."""
        if x not in quantized:
            largest = add("ReduceMax", [add("Abs", [x], f"{x}_abs")], f"{x}_largest", axes=[-1], keepdims=1)
            peak = add("Max", [largest, least], f"{x}_peak")
            quantized[x] = add("QuantizeLinear", [add("Div", [x, peak], f"{x}_unit"), step, center], f"{x}_int8"), peak
        return quantized[x]

    for node in graph.node:
        weight = constants.get(node.input[1 if node.op_type == "MatMul" else 0]) if node.input else None
        if node.op_type == "MatMul" and weight is not None and len(weight.dims) == 2 and node.name not in skip:
            values, scale = quantize_columns(numpy_helper.to_array(weight))
            w = [keep(f"{weight.name}_int8", values), keep(f"{weight.name}_scale", scale)]
            rows, peak = quantize(node.input[0])
            zeros = keep(f"zeros_{len(scale)}", np.zeros(len(scale), np.int8))
            product = add("MatMulIntegerToFloat", [rows, w[0], step, w[1], center, zeros], f"{node.output[0]}_int8")
            add("Mul", [product, peak], node.output[0])
        elif node.op_type == "Gather" and weight is not None and len(weight.dims) == 2 and weight.data_type == TensorProto.FLOAT:
            values, scale = quantize_table(numpy_helper.to_array(weight))
            out, ids = node.output[0], node.input[1]
            found = add("Gather", [keep(f"{weight.name}_int8", values), ids], f"{out}_int8")
            scales = add("Gather", [keep(f"{weight.name}_scale", scale[:, None]), ids], f"{out}_scale")
            add("Mul", [add("Cast", [found], f"{out}_float", to=TensorProto.FLOAT), scales], out)
        else:
            nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)
    used = {name for node in nodes for name in node.input}
    kept = [t for t in graph.initializer if t.name in used] + list(made.values())
    del graph.initializer[:]
    graph.initializer.extend(kept)
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
