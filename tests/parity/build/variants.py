"""Other forms of clip-tiny's towers: usage variants.py CLIP_TINY OUT   (pip install onnx onnxruntime)

_fp16: weights, inputs and outputs in half precision. The image tower in fp32 once more with its weights in vision_model.onnx_data.
"""
import os
import sys

import onnx
from onnxruntime.transformers.float16 import convert_float_to_float16

source, out = sys.argv[1:3]
os.makedirs(f"{out}/onnx", exist_ok=True)
for tower in ("vision_model", "text_model"):
    model = onnx.load(f"{source}/onnx/{tower}.onnx")
    onnx.save(convert_float_to_float16(model, keep_io_types=False), f"{out}/onnx/{tower}_fp16.onnx")
onnx.save(onnx.load(f"{source}/onnx/vision_model.onnx"), f"{out}/onnx/vision_model.onnx", save_as_external_data=True,
          location="vision_model.onnx_data", size_threshold=0)
