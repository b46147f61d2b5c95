"""int8 for the convolutions of the image tower: static ranges, each weight channel by a scale of its own.

Neighbouring weights sum to 128 at most (quantize_rows.py says why), so that every processor gives the same numbers. Ranges of activations
come from Tiny-ImageNet's training pictures: enlarged ones, and sheets of many side by side, which are as sharp as photos. Each range is
the one that loses least, relative to the variance of each picture.
"""
import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from PIL import Image

SHRINK = (1, .9, .8, .7, .6, .5, .42, .35, .3)


def enlarge(picture):
    return np.asarray(picture.resize((224, 224), Image.BICUBIC))


def to_input(pictures):
    """[n] pictures of 224 x 224 -> [n, 3, 224, 224]"""
    return np.ascontiguousarray(((np.stack(pictures).astype(np.float32) - 127) / 128).transpose(0, 3, 1, 2))


def calibration_pictures(files):
    open_ = lambda f: Image.open(f).convert("RGB")
    pictures = [enlarge(open_(f)) for f in files[:60]] + [enlarge(open_(f).resize((32, 32), Image.BICUBIC)) for f in files[60:80]]
    at = 100
    for n in (2, 3, 4, 4, 6):
        for _ in range(12):
            sheet = Image.new("RGB", (64 * n, 64 * n))
            for i in range(n * n):
                sheet.paste(open_(files[at]), (i % n * 64, i // n * 64))
                at = at + 1 if at < len(files) - 1 else 100
            pictures.append(enlarge(sheet))
    return pictures


def limit_pairs(weight):
    """[out, in, height, width] as int8 and a scale for each output. Depthwise convolutions sum exactly as they are."""
    out, inputs = weight.shape[:2]
    w = weight.transpose(0, 2, 3, 1).reshape(out, -1)                         # the order in which the products are summed
    width = w.shape[1]
    w = np.pad(w, ((0, 0), (0, width % 2)))
    same_sign = lambda q: np.maximum(*(np.maximum(s * q[:, 0::2], 0) + np.maximum(s * q[:, 1::2], 0) for s in (1, -1)))
    scale = np.abs(w).max(1) / 127
    if inputs > 1:
        scale = np.maximum(scale, same_sign(w).max(1) / 128)
    scale = np.maximum(scale, 1e-12)
    q = np.rint(w / scale[:, None])
    if inputs > 1:
        a, b = q[:, 0::2], q[:, 1::2]
        excess, larger = np.maximum(0, same_sign(q) - 128), np.abs(a) > np.abs(b)
        a -= np.sign(a) * excess * larger
        b -= np.sign(b) * excess * ~larger
        assert same_sign(q).max() <= 128
    return q[:, :width].reshape(out, *weight.shape[2:], inputs).transpose(0, 3, 1, 2).astype(np.int8), scale.astype(np.float32)


class Batches(CalibrationDataReader):
    def __init__(self, x):
        self.batches = iter(np.split(x, range(4, len(x), 4)))

    def get_next(self):
        x = next(self.batches, None)
        return None if x is None else {"pixel_values": x}


def best_ranges(path, names, x):
    """{activation: (scale, zero point)}"""
    model = onnx.load(path)
    model.graph.output.extend(helper.make_tensor_value_info(n, 1, None) for n in names)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    random, samples = np.random.default_rng(0), {n: [] for n in names}
    low, high = dict.fromkeys(names, 0.0), dict.fromkeys(names, 0.0)
    for i in range(len(x)):
        for n, v in zip(names, session.run(names, {"pixel_values": x[i:i + 1]})):
            v = v.ravel()
            low[n], high[n] = min(low[n], v.min()), max(high[n], v.max())
            samples[n].append(v[random.integers(0, len(v), 12000)] if len(v) > 12000 else v)

    def loss(n, scale, zero):
        back = [(np.clip(np.rint(v / scale) + zero, 0, 255) - zero) * scale - v for v in samples[n]]
        return np.mean([(e.astype(np.float64) ** 2).mean() / max(v.var(), 1e-9) for e, v in zip(back, samples[n])])

    out = {}
    for n in names:
        pairs = [(a, b) for a in SHRINK for b in (SHRINK if low[n] < 0 else (1,)) if abs(np.log(a / b)) <= .55 or low[n] == 0]
        ranges = [((high[n] * a - low[n] * b) / 255, low[n] * b) for a, b in pairs]
        out[n] = min(((s, np.rint(-l / s)) for s, l in ranges), key=lambda r: loss(n, *r))
    return out


def quantize_image(source, files, work):
    """The int8 copy of the ONNX file `source`, as a model."""
    pictures = calibration_pictures(files)
    quant_pre_process(source, f"{work}/plain.onnx", skip_symbolic_shape=True)
    quantize_static(f"{work}/plain.onnx", f"{work}/static.onnx", Batches(to_input(pictures)), quant_format=QuantFormat.QDQ,
                    op_types_to_quantize=["Conv", "Add", "Clip"], per_channel=True, activation_type=QuantType.QUInt8,
                    weight_type=QuantType.QInt8, calibrate_method=CalibrationMethod.MinMax)
    model, plain = onnx.load(f"{work}/static.onnx"), onnx.load(f"{work}/plain.onnx")
    initializers = {t.name: t for t in model.graph.initializer}
    read = lambda name: numpy_helper.to_array(initializers[name])
    put = lambda name, value: initializers[name].CopyFrom(numpy_helper.from_array(value, name))
    made = {o for n in plain.graph.node for o in n.output}
    steps = {n.input[0]: n.input[1:3] for n in model.graph.node if n.op_type == "QuantizeLinear" and n.input[0] in made}
    chosen = to_input([pictures[i] for i in [*range(14), *range(60, 70), *range(80, 140, 5)]])
    for name, (scale, zero) in best_ranges(f"{work}/plain.onnx", list(steps), chosen).items():
        put(steps[name][0], np.float32(scale))
        put(steps[name][1], np.uint8(zero))
    weights = {t.name: numpy_helper.to_array(t) for t in plain.graph.initializer}
    source_of = {o: n for n in model.graph.node for o in n.output}
    for node in model.graph.node:
        if node.op_type != "Conv":
            continue
        x, w, b = (source_of[i] for i in node.input)
        values, scale = limit_pairs(weights[w.input[0].removesuffix("_quantized")])
        step, bias = read(x.input[1]), weights[b.input[0].removesuffix("_quantized")]
        least = (np.abs(bias) / (step * 2.0 ** 30)).astype(np.float32)         # a channel without weights: its bias must fit 32 bits
        values[scale < least] = 0
        scale = np.maximum(scale, least)
        put(w.input[0], values)
        put(w.input[1], scale)
        put(b.input[0], np.rint(bias / (step * scale)).astype(np.int32))
        put(b.input[1], (step * scale).astype(np.float32))
    return model
