"""A tiny multilingual OpenCLIP of true layout (XLM-R text tower, mean pooling, MLP projection) with random weights, and what open_clip gives.

  usage: xlm_roberta_tiny.py PARITY OUT      (pip install torch open_clip_torch transformers tokenizers sentencepiece protobuf safetensors pillow)

The tokenizer is XLM-R's kind (SentencePiece unigrams, its four special tokens), learnt from the texts below.
"""
import io
import json
import os
import sys

import open_clip
import sentencepiece
import torch
from open_clip.hf_model import HFTextEncoder
from PIL import Image, ImageOps
from safetensors.torch import save_file
from sentencepiece import sentencepiece_model_pb2
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from tokenizers.processors import TemplateProcessing
from transformers import PreTrainedTokenizerFast, XLMRobertaConfig

PARITY, OUT = sys.argv[1:]
os.makedirs(OUT, exist_ok=True)
torch.manual_seed(5)
texts = ["a photo of a cat", "ein Foto einer Katze", "une photo d'un chat", "una foto de un gato", "фотография кошки", "一张猫的照片", "猫の写真", "고양이 사진",
         "صورة قطة", "बिल्ली की तस्वीर", "ένα σκυλί στην παραλία", "hund på stranden", "psi na plaży", "Straßenbahn, gelb", "🐈 emoji", "", "  two   spaces ", "ÉCOLE école",
         "a very long text that says the same thing again and again " * 8]
pieces = io.BytesIO()
sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter([t for t in texts if t] * 3), model_writer=pieces, vocab_size=220, model_type="unigram",
                                         hard_vocab_limit=False, minloglevel=2)
spm = sentencepiece_model_pb2.ModelProto.FromString(pieces.getvalue())
vocabulary = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)] + [(p.piece, p.score) for p in spm.pieces if p.type == 1] + [("<mask>", 0.0)]
learnt = Tokenizer(models.Unigram(vocabulary, unk_id=3))
learnt.normalizer = normalizers.Precompiled(spm.normalizer_spec.precompiled_charsmap)          # as in xlm-roberta-base's tokenizer.json
learnt.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
learnt.post_processor = TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
tokenizer = PreTrainedTokenizerFast(tokenizer_object=learnt, bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>", model_max_length=512)
tokenizer.save_pretrained(OUT)

vision = dict(image_size=96, layers=2, width=32, head_width=16, patch_size=16)
model_cfg = dict(embed_dim=24, vision_cfg=vision, text_cfg=dict(hf_model_name="xlm-roberta-base", hf_tokenizer_name="xlm-roberta-base", hf_pooler_type="mean_pooler"))
text = XLMRobertaConfig(vocab_size=len(tokenizer), hidden_size=128, num_hidden_layers=2, num_attention_heads=2, intermediate_size=96, max_position_embeddings=100,
                        type_vocab_size=1, pad_token_id=1, bos_token_id=0, eos_token_id=2, layer_norm_eps=1e-5)
model = open_clip.CLIP(embed_dim=24, vision_cfg=vision, text_cfg=dict(width=16, heads=2, layers=1)).eval()
tower = HFTextEncoder("xlm-roberta-base", 24, config=text, pooler_type="mean_pooler", proj_type="mlp").eval()
for part in (model, tower):
    for name, p in part.named_parameters():
        p.requires_grad_(False).copy_(torch.randn_like(p) * (0.3 if p.ndim > 1 else 0.1) + (1 if "ln_" in name or "LayerNorm" in name and name.endswith("weight") else 0))
model.logit_scale.fill_(4.6)
weights = {k: v for k, v in model.state_dict().items() if k.startswith("visual.") or k == "logit_scale"}
weights |= {f"text.{k}": v for k, v in tower.state_dict().items() if "pooler.dense" not in k}    # open_clip's files have no pooler
save_file({k: v.contiguous() for k, v in weights.items()}, f"{OUT}/open_clip_model.safetensors")
json.dump(dict(model_cfg=model_cfg, preprocess_cfg=dict(mean=open_clip.OPENAI_DATASET_MEAN, std=open_clip.OPENAI_DATASET_STD)), open(f"{OUT}/open_clip_config.json", "w"), indent=1)

ids = tokenizer(texts, padding="max_length", max_length=77, truncation=True, return_tensors="pt").input_ids
files = [case["file"] for case in json.load(open(f"{PARITY}/golden.json"))["images"]][:8]
transform = open_clip.image_transform(96, is_train=False, mean=open_clip.OPENAI_DATASET_MEAN, std=open_clip.OPENAI_DATASET_STD)
pixels = torch.stack([transform(ImageOps.exif_transpose(Image.open(f"{PARITY}/images/{f}"))) for f in files])
unit = lambda t: [[round(float(v), 6) for v in row] for row in torch.nn.functional.normalize(t, dim=-1)]
json.dump(dict(reference=f"open_clip {open_clip.__version__}, torch {torch.__version__}", logit_scale=float(model.logit_scale.exp()),
               texts=[dict(text=t, input_ids=[int(i) for i in row if i != 1], text_embeds=e) for t, row, e in zip(texts, ids, unit(tower(ids)))],
               images=[dict(file=f, image_embeds=e) for f, e in zip(files, unit(model.encode_image(pixels)))]),
          open(f"{OUT}/golden.json", "w"), ensure_ascii=False, indent=0)
