"""Checkpoints of true shape with random weights, and what Python gives for them: embeddings of real photos and of the parity texts.

  usage: true_shapes.py PHOTOS GOLDEN OUT [NAME ...]      (pip install torch transformers open_clip_torch onnx safetensors pillow numpy)

PHOTOS: a folder of pictures (the first 100 in order of name); GOLDEN: tests/parity/golden.json (its texts). NAMES: b32 l14 openclip siglip.
Each checkpoint: OUT/NAME with model.safetensors (F32), OUT/NAME-f16 and -bf16 (b32, l14), OUT/NAME/onnx (torch's export; b32, l14),
OUT/NAME/reference.json and reference.f32 (rows of float32: images, then texts). Speed and memory do not depend on the values.
"""
import glob
import json
import os
import shutil
import sys

import numpy as np
import torch
from PIL import Image, ImageOps
from safetensors.torch import load_file, save_file

PHOTOS, GOLDEN, OUT, *NAMES = sys.argv[1:]
paths = sorted(p for p in glob.glob(f"{PHOTOS}/**/*", recursive=True) if p.lower().endswith((".jpg", ".jpeg", ".png")))[:100]
texts = [case["text"] for case in json.load(open(GOLDEN))["texts"]]
torch.manual_seed(0)


def photo(path):
    return ImageOps.exif_transpose(Image.open(path)).convert("RGB")


def batches(items, size=10):
    return [items[i:i + size] for i in range(0, len(items), size)]


def liven(model):
    """Attention of freshly made weights is almost uniform: sharper, so that a fault in it shows."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            if p.ndim > 1 and any(k in name for k in ("q_proj", "k_proj", "in_proj_weight")):
                p.mul_(4)
            elif p.ndim == 1 and "norm" in name or name.endswith("bias"):
                p.add_(torch.randn_like(p) * 0.1)


def keep(out, images, text_embeds):
    unit = lambda t: torch.nn.functional.normalize(t.float(), dim=-1).numpy()
    images, text_embeds = unit(images), unit(text_embeds)
    for name, e in (("images", images), ("texts", text_embeds)):
        print(out, name, e.shape, "mean cosine between rows", round(float((e @ e.T).mean()), 4), flush=True)
    np.concatenate([images, text_embeds]).astype("<f4").tofile(f"{out}/reference.f32")
    json.dump(dict(dimension=images.shape[1], images=[os.path.relpath(p, PHOTOS) for p in paths], texts=texts), open(f"{out}/reference.json", "w"))


def lower(out, suffix, dtype):
    shutil.rmtree(f"{out}-{suffix}", ignore_errors=True)
    shutil.copytree(out, f"{out}-{suffix}", ignore=shutil.ignore_patterns("onnx", "*.safetensors"))
    save_file({k: v.to(dtype).contiguous() for k, v in load_file(f"{out}/model.safetensors").items()}, f"{out}-{suffix}/model.safetensors", {"format": "pt"})


def clip(name, text, vision, dimension):
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPTokenizerFast
    out = f"{OUT}/{name}"
    os.makedirs(f"{out}/onnx", exist_ok=True)
    config = CLIPConfig(text_config={**text, "eos_token_id": 49407, "bos_token_id": 49406, "pad_token_id": 1, "vocab_size": 49408},
                        vision_config={**vision, "image_size": 224}, projection_dim=dimension)
    model = CLIPModel(config).eval().requires_grad_(False)
    liven(model)
    model.logit_scale.fill_(np.log(100))
    model.save_pretrained(out)
    tiny = os.path.join(os.path.dirname(GOLDEN), "clip-tiny")
    for file in ("tokenizer.json", "tokenizer_config.json", "preprocessor_config.json"):
        shutil.copy(f"{tiny}/{file}", out)
    tokenizer = CLIPTokenizerFast.from_pretrained(tiny)
    processor = CLIPImageProcessor.from_pretrained(tiny)
    e = tokenizer(texts, padding="max_length", max_length=77, truncation=True, return_tensors="pt")
    images = torch.cat([model.get_image_features(processor([photo(p) for p in b], return_tensors="pt").pixel_values).pooler_output for b in batches(paths)])
    embeds = torch.cat([model.get_text_features(input_ids=i, attention_mask=m).pooler_output for i, m in zip(e.input_ids.split(20), e.attention_mask.split(20))])
    keep(out, images, embeds)
    for suffix, dtype in (("f16", torch.float16), ("bf16", torch.bfloat16)):
        lower(out, suffix, dtype)

    class Vision(torch.nn.Module):
        def forward(self, pixel_values):
            return model.get_image_features(pixel_values=pixel_values).pooler_output

    class Text(torch.nn.Module):
        def forward(self, input_ids, attention_mask):
            return model.get_text_features(input_ids=input_ids, attention_mask=attention_mask).pooler_output

    axes = {n: {0: "batch", 1: "length"} for n in ("input_ids", "attention_mask")}
    torch.onnx.export(Vision(), (torch.randn(2, 3, 224, 224),), f"{out}/onnx/vision_model.onnx", input_names=["pixel_values"], output_names=["image_embeds"],
                      dynamic_axes={"pixel_values": {0: "batch"}, "image_embeds": {0: "batch"}}, opset_version=17, dynamo=False)
    torch.onnx.export(Text(), (e.input_ids[:2], e.attention_mask[:2]), f"{out}/onnx/text_model.onnx", input_names=["input_ids", "attention_mask"],
                      output_names=["text_embeds"], dynamic_axes={**axes, "text_embeds": {0: "batch"}}, opset_version=17, dynamo=False)


def openclip(name):
    import open_clip
    out = f"{OUT}/{name}"
    os.makedirs(out, exist_ok=True)
    model, _, preprocess = open_clip.create_model_and_transforms("ViT-B-32-256", pretrained=None)
    model = model.eval().requires_grad_(False)
    liven(model)
    model.logit_scale.fill_(np.log(100))
    save_file({k: v.contiguous() for k, v in model.state_dict().items()}, f"{out}/open_clip_model.safetensors")
    json.dump(dict(model_cfg=open_clip.get_model_config("ViT-B-32-256"),
                   preprocess_cfg=dict(mean=open_clip.OPENAI_DATASET_MEAN, std=open_clip.OPENAI_DATASET_STD)), open(f"{out}/open_clip_config.json", "w"), indent=1)
    tiny = os.path.join(os.path.dirname(GOLDEN), "clip-tiny")
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(f"{tiny}/{file}", out)
    from transformers import CLIPTokenizerFast
    ids = CLIPTokenizerFast.from_pretrained(tiny)(texts, padding="max_length", max_length=77, truncation=True, return_tensors="pt").input_ids
    for row in ids:  # open_clip pads with 0
        end = (row == 49407).nonzero()[0]
        row[end + 1:] = 0
    images = torch.cat([model.encode_image(torch.stack([preprocess(photo(p)) for p in b])) for b in batches(paths)])
    keep(out, images, torch.cat([model.encode_text(i) for i in ids.split(20)]))


def siglip(name):
    from transformers import PreTrainedTokenizerFast, SiglipConfig, SiglipModel
    out = f"{OUT}/{name}"
    tiny = os.path.join(os.path.dirname(GOLDEN), "siglip-tiny")
    tokenizer = PreTrainedTokenizerFast.from_pretrained(tiny)
    config = SiglipConfig(text_config=dict(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12, vocab_size=32000, projection_size=768),
                          vision_config=dict(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12, image_size=224, patch_size=16))
    model = SiglipModel(config).eval().requires_grad_(False)
    liven(model)
    model.logit_scale.fill_(np.log(117.33))
    model.logit_bias.fill_(-12.93)
    model.save_pretrained(out)
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(f"{tiny}/{file}", out)
    json.dump(dict(image_processor_type="SiglipImageProcessor", do_resize=True, size=dict(height=224, width=224), resample=3, do_rescale=True,
                   rescale_factor=1 / 255, do_normalize=True, image_mean=[0.5] * 3, image_std=[0.5] * 3), open(f"{out}/preprocessor_config.json", "w"), indent=1)
    ids = tokenizer(texts, padding="max_length", max_length=64, truncation=True, return_tensors="pt").input_ids
    frame = lambda p: ((np.asarray(photo(p).resize((224, 224), Image.BICUBIC), np.float32) / 255 - 0.5) / 0.5).transpose(2, 0, 1)
    images = torch.cat([model.get_image_features(torch.tensor(np.stack([frame(p) for p in b]))).pooler_output for b in batches(paths)])
    keep(out, images, torch.cat([model.get_text_features(input_ids=i).pooler_output for i in ids.split(20)]))


BUILD = {
    "b32": lambda: clip("b32", dict(hidden_size=512, intermediate_size=2048, num_hidden_layers=12, num_attention_heads=8),
                        dict(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12, patch_size=32), 512),
    "openclip": lambda: openclip("openclip"),
    "siglip": lambda: siglip("siglip"),
    "l14": lambda: clip("l14", dict(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12),
                        dict(hidden_size=1024, intermediate_size=4096, num_hidden_layers=24, num_attention_heads=16, patch_size=14), 768),
}
for name in NAMES or BUILD:
    BUILD[name]()
