"""A tiny Chinese-CLIP (BERT text tower) of true layout with random weights and a tokenizer of its own, and what transformers gives for it.

  usage: chinese_clip_tiny.py IMAGES OUT      (pip install torch transformers pillow numpy)
"""
import glob
import json
import os
import sys

import numpy as np
import torch
from PIL import Image, ImageOps
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import ChineseCLIPConfig, ChineseCLIPModel, PreTrainedTokenizerFast

images, out = sys.argv[1:]
os.makedirs(out, exist_ok=True)
TEXTS = ["一张猫的照片", "一只狗", "a photo of a cat", "", "杰尼龟和皮卡丘在水边", "猫" * 60]
special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
vocab = {t: i for i, t in enumerate(special + sorted(set("".join(TEXTS)) - {" "}) + ["photo", "cat", "of"])}
tokenizer = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
tokenizer.normalizer = normalizers.BertNormalizer()
tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", model_max_length=52)
fast.save_pretrained(out)

torch.manual_seed(11)
config = ChineseCLIPConfig(text_config=dict(vocab_size=len(vocab), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
                                            max_position_embeddings=64, type_vocab_size=2),
                           vision_config=dict(hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2, image_size=96, patch_size=16),
                           projection_dim=24)
model = ChineseCLIPModel(config).eval().requires_grad_(False)
for name, p in model.named_parameters():
    p.copy_(torch.randn_like(p) * (0.2 if p.ndim > 1 else 0.1) + (1 if "orm" in name and name.endswith("weight") else 0))
model.logit_scale.fill_(np.log(100))
model.save_pretrained(out)
json.dump(dict(image_processor_type="ChineseCLIPImageProcessor", do_resize=True, size=dict(height=96, width=96), resample=3, do_center_crop=False,
               do_rescale=True, rescale_factor=1 / 255, do_normalize=True, image_mean=[0.48145466, 0.4578275, 0.40821073],
               image_std=[0.26862954, 0.26130258, 0.27577711]), open(f"{out}/preprocessor_config.json", "w"), indent=1)
e = fast(TEXTS, padding=True, truncation=True, return_tensors="pt")
paths = sorted(glob.glob(f"{images}/*"))
mean, std = np.float32([0.48145466, 0.4578275, 0.40821073]), np.float32([0.26862954, 0.26130258, 0.27577711])
frame = lambda p: ((np.asarray(ImageOps.exif_transpose(Image.open(p)).convert("RGB").resize((96, 96), Image.BICUBIC), np.float32) / 255 - mean) / std).transpose(2, 0, 1)
x = torch.tensor(np.stack([frame(p) for p in paths]))
unit = lambda v: torch.nn.functional.normalize(getattr(v, "pooler_output", v), dim=-1)
o = model(input_ids=e.input_ids, attention_mask=e.attention_mask, pixel_values=x)
short = lambda t: [[round(float(v), 6) for v in row] for row in t]
json.dump(dict(reference=f"transformers {__import__('transformers').__version__}, torch {torch.__version__}", logit_scale=float(model.logit_scale.exp()),
               texts=[dict(text=t, input_ids=i[:int(m.sum())], text_embeds=v) for t, i, m, v in zip(TEXTS, e.input_ids.tolist(), e.attention_mask, short(unit(o.text_embeds)))],
               images=[dict(file=os.path.basename(p), image_embeds=v) for p, v in zip(paths, short(unit(o.image_embeds)))]),
          open(f"{out}/golden.json", "w"), ensure_ascii=False, indent=0)
