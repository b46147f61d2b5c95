"""A tiny SigLIP of true layout with random weights and a tokenizer of its own, and what transformers gives for it.

  usage: siglip_tiny.py IMAGES OUT      (pip install torch transformers onnx pillow numpy)
"""
import glob
import json
import os
import sys

import numpy as np
import torch
from PIL import Image, ImageOps
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast, SiglipConfig, SiglipModel

images, out = sys.argv[1:3]
os.makedirs(f"{out}/onnx", exist_ok=True)
TEXTS = ["a photo of a cat.", "a photo of a dog", "This is a photo of an aquarium fish!", "two mugs on a table", "rocket", "",
         "A  SPACED   Out Caption", "snow-covered mountain, at night", "naïve café 😀 東京", "one " * 90]

# --- tokenizer: Unigram over Metaspace with an end token and no start token, as SigLIP's sentencepiece model ---------
tokenizer = Tokenizer(models.Unigram())
tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase(), normalizers.Replace(Regex(r"[!\"#$%&'()*+,\-./:;<=>?@\[\]^_`{|}~]"), ""),
                                             normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()])
tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
tokenizer.decoder = decoders.Metaspace()
words = "a photo of the an two mugs on table cat dog aquarium fish rocket snow covered mountain at night spaced out caption this is one".split()
tokenizer.train_from_iterator([" ".join(words), *words, *TEXTS] * 20,
                              trainers.UnigramTrainer(vocab_size=160, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>"))
tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="</s>", pad_token="</s>", unk_token="<unk>", model_max_length=64)
fast.save_pretrained(out)

# --- model ------------------------------------------------------------------------------------------------------------
torch.manual_seed(7)
config = SiglipConfig(
    text_config=dict(hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2, vocab_size=tokenizer.get_vocab_size(),
                     max_position_embeddings=64, projection_size=32, bos_token_id=None, eos_token_id=1, pad_token_id=1),
    vision_config=dict(hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2, image_size=96, patch_size=16))
model = SiglipModel(config).eval().requires_grad_(False)
with torch.no_grad():
    for name, parameter in model.named_parameters():
        if parameter.ndim > 1:
            parameter.copy_(torch.randn_like(parameter) * 0.15)
    model.logit_scale.fill_(np.log(117.33))
    model.logit_bias.fill_(-12.93)
model.save_pretrained(out)
json.dump(dict(image_processor_type="SiglipImageProcessor", do_convert_rgb=True, do_resize=True, size=dict(height=96, width=96), resample=2,
               do_rescale=True, rescale_factor=1 / 255, do_normalize=True, image_mean=[0.5] * 3, image_std=[0.5] * 3),
          open(f"{out}/preprocessor_config.json", "w"), indent=1)


class Image_(torch.nn.Module):
    def forward(self, pixel_values):
        return model.vision_model(pixel_values=pixel_values).pooler_output


class Text(torch.nn.Module):
    def forward(self, input_ids):
        return model.text_model(input_ids=input_ids).pooler_output


class Joint(torch.nn.Module):
    def forward(self, input_ids, pixel_values):
        o = model(input_ids=input_ids, pixel_values=pixel_values)
        return o.logits_per_image, o.logits_per_text, o.text_embeds, o.image_embeds


ids = fast(TEXTS, padding="max_length", truncation=True, return_tensors="pt").input_ids
pixels = torch.randn(3, 3, 96, 96)
export = lambda module, inputs, file, names, outputs, axes: torch.onnx.export(
    module, inputs, f"{out}/onnx/{file}", input_names=names, output_names=outputs, dynamic_axes=axes, opset_version=17, dynamo=False)
export(Image_(), (pixels,), "vision_model.onnx", ["pixel_values"], ["pooler_output"], {"pixel_values": {0: "batch"}, "pooler_output": {0: "batch"}})
export(Text(), (ids,), "text_model.onnx", ["input_ids"], ["pooler_output"], {"input_ids": {0: "batch"}, "pooler_output": {0: "batch"}})
export(Joint(), (ids, pixels), "model.onnx", ["input_ids", "pixel_values"], ["logits_per_image", "logits_per_text", "text_embeds", "image_embeds"],
       {"input_ids": {0: "texts"}, "pixel_values": {0: "images"}, "logits_per_image": {0: "images", 1: "texts"},
        "logits_per_text": {0: "texts", 1: "images"}, "text_embeds": {0: "texts"}, "image_embeds": {0: "images"}})

# --- what Python gives ------------------------------------------------------------------------------------------------
unit = lambda v: v / v.norm(dim=-1, keepdim=True)
paths = sorted(glob.glob(f"{images}/*"))
frames = [ImageOps.exif_transpose(Image.open(p)).convert("RGB").resize((96, 96), Image.BILINEAR) for p in paths]
x = torch.tensor(np.stack([((np.asarray(f, np.float32) / 255 - 0.5) / 0.5).transpose(2, 0, 1) for f in frames]))
with torch.no_grad():
    o = model(input_ids=ids, pixel_values=x)
short = lambda t: [[round(float(v), 6) for v in row] for row in t]
json.dump(dict(reference=f"transformers {__import__('transformers').__version__}, torch {torch.__version__}, Pillow {__import__('PIL').__version__}",
               logit_scale=float(model.logit_scale.exp()), logit_bias=float(model.logit_bias),
               texts=[dict(text=t, input_ids=i, text_embeds=e) for t, i, e in zip(TEXTS, ids.tolist(), short(unit(o.text_embeds)))],
               images=[dict(file=os.path.basename(p), image_embeds=e) for p, e in zip(paths, short(unit(o.image_embeds)))],
               logits_per_image=short(o.logits_per_image), probabilities=short(torch.sigmoid(o.logits_per_image))),
          open(f"{out}/golden.json", "w"), ensure_ascii=False, indent=0)
print(ids.shape, float(o.logits_per_image.min()), float(o.logits_per_image.max()))
