"""A CLIP of ViT-B/32's shape with random weights: make_b32.py TINY OUT. Speed does not depend on the values."""
import shutil
import sys

import numpy as np
import torch
from transformers import CLIPConfig, CLIPModel

tiny, out = sys.argv[1:]
torch.manual_seed(0)
ids = dict(eos_token_id=49407, bos_token_id=49406, pad_token_id=1, vocab_size=49408)
model = CLIPModel(CLIPConfig(text_config=ids, vision_config=dict(patch_size=32, image_size=224), projection_dim=512)).eval().requires_grad_(False)
model.logit_scale.fill_(np.log(100))
model.save_pretrained(out)
for file in ("tokenizer.json", "tokenizer_config.json", "preprocessor_config.json"):
    shutil.copy(f"{tiny}/{file}", out)
