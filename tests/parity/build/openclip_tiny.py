"""A tiny OpenCLIP of true layout (open_clip_config.json, open_clip_model.safetensors) with random weights, and what open_clip gives for it.

  usage: openclip_tiny.py PARITY OUT      (pip install torch open_clip_torch safetensors pillow)

The tokenizer is clip-tiny's: the test lays it beside the weights.
"""
import json
import os
import sys

import open_clip
import torch
from PIL import Image, ImageOps
from safetensors.torch import save_file

PARITY, OUT = sys.argv[1:]
os.makedirs(OUT, exist_ok=True)
torch.manual_seed(3)
config = dict(embed_dim=24, vision_cfg=dict(image_size=96, layers=2, width=32, head_width=16, patch_size=16),
              text_cfg=dict(context_length=77, vocab_size=49408, width=16, heads=2, layers=2))
model = open_clip.CLIP(**config).eval().requires_grad_(False)
for name, p in model.named_parameters():
    p.copy_(torch.randn_like(p) * (0.3 if p.ndim > 1 else 0.1) + (1 if "ln_" in name and name.endswith("weight") else 0))
model.logit_scale.fill_(4.6)
save_file({k: v.contiguous() for k, v in model.state_dict().items()}, f"{OUT}/open_clip_model.safetensors")
json.dump(dict(model_cfg=config, preprocess_cfg=dict(mean=open_clip.OPENAI_DATASET_MEAN, std=open_clip.OPENAI_DATASET_STD, interpolation="bicubic",
                                                     resize_mode="shortest")), open(f"{OUT}/open_clip_config.json", "w"), indent=1)
golden = json.load(open(f"{PARITY}/golden.json"))
transform = open_clip.image_transform(96, is_train=False, mean=open_clip.OPENAI_DATASET_MEAN, std=open_clip.OPENAI_DATASET_STD)
files = [case["file"] for case in golden["images"]]
pixels = torch.stack([transform(ImageOps.exif_transpose(Image.open(f"{PARITY}/images/{f}"))) for f in files])
ids = open_clip.tokenize([case["text"] for case in golden["texts"]])
short = lambda t: [[round(float(v), 6) for v in row] for row in t]
json.dump(dict(reference=f"open_clip {open_clip.__version__}, torch {torch.__version__}", logit_scale=float(model.logit_scale.exp()),
               texts=[dict(text=c["text"], text_embeds=e) for c, e in zip(golden["texts"], short(model.encode_text(ids, normalize=True)))],
               images=[dict(file=f, image_embeds=e) for f, e in zip(files, short(model.encode_image(pixels, normalize=True)))]),
          open(f"{OUT}/golden.json", "w"), ensure_ascii=False, indent=0)
