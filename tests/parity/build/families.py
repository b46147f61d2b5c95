"""Tiny checkpoints of transformers' families beyond CLIP and SigLIP, as save_pretrained writes them, and what transformers gives for them.

  usage: families.py IMAGES OUT [NAME ...]      (pip install torch transformers sentencepiece pillow numpy)
"""
import sys

import numpy as np
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import (AlignConfig, AlignModel, AltCLIPConfig, AltCLIPModel, BertTokenizer, CLIPImageProcessor, CLIPSegConfig, CLIPSegForImageSegmentation,
                          CLIPTokenizer, EfficientNetImageProcessor, MetaClip2Config, MetaClip2Model, Siglip2Config, Siglip2ImageProcessor, Siglip2Model,
                          Siglip2Processor, Siglip2Tokenizer, ViTImageProcessor, XLMRobertaTokenizer)
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.efficientnet.image_processing_pil_efficientnet import EfficientNetImageProcessorPil
from transformers.models.siglip2.image_processing_pil_siglip2 import Siglip2ImageProcessorPil
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

import tiny
from tiny import CORPUS, IMAGES, TEXTS, clip_bpe, opened, randomise, unigram, versions, wordpiece, words, write_golden

folder, out = sys.argv[1:3]
wanted = sys.argv[3:]
frames = [opened(folder, name) for name in IMAGES]
BLOCK = dict(hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2)


def encode(tokenizer, texts, **options):
    """Ids as the model gets them, their mask, and each text's own ids."""
    batch = tokenizer(texts, return_tensors="pt", truncation=True, **options)
    mask = batch.get("attention_mask", torch.ones_like(batch.input_ids))
    own = [ids[m.bool()].tolist() for ids, m in zip(batch.input_ids, mask)]
    return batch, own


def save(name, model, tokenizer, processor, pil, texts=TEXTS, as_model=None, tower=None, **options):
    at = f"{out}/{name}"
    model.save_pretrained(at)
    tokenizer.save_pretrained(at)
    processor.save_pretrained(at)
    batch, own = encode(tokenizer, texts, **options)
    inputs = pil.preprocess(frames, return_tensors="np")
    dual = as_model or model
    batch.pop("token_type_ids", None)
    text_rows = dual.get_text_features(**batch).pooler_output
    image_rows = dual.get_image_features(pixel_values=torch.tensor(np.asarray(inputs["pixel_values"]))).pooler_output
    scale = dual.logit_scale.exp() if hasattr(dual, "logit_scale") else 1 / dual.temperature
    write_golden(at, versions(), texts, own, text_rows, image_rows, inputs["pixel_values"], scale)


def clip_tokenizer():
    vocab, merges = clip_bpe()
    return CLIPTokenizer(vocab=vocab, merges=merges, model_max_length=77)


def xlmr():
    vocab = unigram(["<s>", "<pad>", "</s>", "<unk>"]) + [("<mask>", 0.0)]
    return XLMRobertaTokenizer(vocab=vocab, model_max_length=77)


def naflex():
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, fuse_unk=True, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="never")
    specials = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", *[f"<0x{b:02X}>" for b in range(256)]]
    tokenizer.train_from_iterator(words(), trainers.BpeTrainer(vocab_size=420, special_tokens=specials))
    import json
    state = json.loads(tokenizer.to_str())["model"]
    fast = Siglip2Tokenizer(vocab=state["vocab"], merges=[tuple(m) for m in state["merges"]], model_max_length=64, model_input_names=["input_ids"], padding_side="right")  # as google's: padding is not masked
    from tokenizers import processors
    fast._tokenizer.post_processor = processors.TemplateProcessing(single="$A <eos>", special_tokens=[("<eos>", 1)])
    torch.manual_seed(1)
    model = randomise(Siglip2Model(Siglip2Config(
        text_config=dict(**BLOCK, vocab_size=len(state["vocab"]), max_position_embeddings=64, projection_size=16, bos_token_id=2, eos_token_id=1, pad_token_id=0),
        vision_config=dict(**BLOCK, patch_size=8, num_patches=25))))
    model.logit_scale.fill_(np.log(112.5))
    model.logit_bias.fill_(-16.5)
    at = f"{out}/naflex"
    model.save_pretrained(at)
    Siglip2Processor(Siglip2ImageProcessor(patch_size=8, max_num_patches=40), fast).save_pretrained(at)
    batch = fast(TEXTS, return_tensors="pt", truncation=True, padding="max_length", max_length=64, return_attention_mask=True)
    inputs = Siglip2ImageProcessorPil(patch_size=8, max_num_patches=40).preprocess(frames, return_tensors="pt")
    text_rows = model.get_text_features(batch.input_ids).pooler_output
    image_rows = model.get_image_features(**inputs).pooler_output
    pixels = []
    for values, (h, w) in zip(inputs["pixel_values"].numpy(), inputs["spatial_shapes"].tolist()):
        grid = values[: h * w].reshape(h, w, 8, 8, 3)  # back into a picture [3, height, width]
        pixels.append(grid.transpose(4, 0, 2, 1, 3).reshape(3, h * 8, w * 8))
    print([p.shape for p in pixels])
    own = [ids[m.bool()].tolist() for ids, m in zip(batch.input_ids, batch.attention_mask)]
    write_golden(at, versions(), TEXTS, own, text_rows, image_rows, pixels, model.logit_scale.exp(), logit_bias=float(model.logit_bias))


def metaclip2():
    tokenizer = xlmr()
    model = randomise(MetaClip2Model(MetaClip2Config(
        projection_dim=16, text_config=dict(**BLOCK, vocab_size=len(tokenizer), max_position_embeddings=77, bos_token_id=0, eos_token_id=2, pad_token_id=1, projection_dim=16),
        vision_config=dict(**BLOCK, image_size=48, patch_size=8, projection_dim=16))))
    model.logit_scale.fill_(np.log(100))
    how = dict(size=dict(shortest_edge=48), crop_size=dict(height=48, width=48))
    save("metaclip2", model, tokenizer, CLIPImageProcessor(**how), CLIPImageProcessorPil(**how), padding="max_length", max_length=77)


def altclip():
    tokenizer = xlmr()
    tokenizer.model_max_length = 48
    model = randomise(AltCLIPModel(AltCLIPConfig(
        projection_dim=16, text_config=dict(**BLOCK, vocab_size=len(tokenizer), max_position_embeddings=50, project_dim=24),
        vision_config=dict(**BLOCK, image_size=48, patch_size=8, projection_dim=16))))
    model.logit_scale.fill_(np.log(90))
    how = dict(size=dict(shortest_edge=48), crop_size=dict(height=48, width=48))
    save("altclip", model, tokenizer, CLIPImageProcessor(**how), CLIPImageProcessorPil(**how), padding=True)


def clipseg():
    tokenizer = clip_tokenizer()
    model = randomise(CLIPSegForImageSegmentation(CLIPSegConfig(
        projection_dim=16, reduce_dim=8, extract_layers=[0, 1], decoder_num_attention_heads=2, decoder_intermediate_size=16,
        text_config=dict(**BLOCK, vocab_size=len(tokenizer), max_position_embeddings=77, bos_token_id=len(tokenizer) - 2, eos_token_id=len(tokenizer) - 1),
        vision_config=dict(**BLOCK, image_size=40, patch_size=8))))
    model.clip.logit_scale.fill_(np.log(100))
    how = dict(size=dict(height=64, width=64), image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225])
    save("clipseg", model, tokenizer, ViTImageProcessor(**how), ViTImageProcessorPil(**how), as_model=model.clip, padding="max_length", max_length=77)


def align():
    tokenizer = BertTokenizer(vocab=wordpiece(), model_max_length=64, do_lower_case=True)
    model = randomise(AlignModel(AlignConfig(
        projection_dim=16, text_config=dict(**BLOCK, vocab_size=len(tokenizer), max_position_embeddings=64),
        vision_config=dict(image_size=65, width_coefficient=0.25, depth_coefficient=1.0, kernel_sizes=[3, 5, 3], in_channels=[32, 32, 64], out_channels=[32, 64, 64],
                           depthwise_padding=[1], strides=[1, 2, 2], num_block_repeats=[1, 2, 1], expand_ratios=[1, 6, 4], hidden_dim=16))))
    model.temperature.fill_(0.05)
    how = dict(size=dict(height=72, width=72), do_center_crop=True, crop_size=dict(height=65, width=65), rescale_factor=1 / 127.5, rescale_offset=True, do_normalize=False,
               include_top=False, resample=2)  # as kakaobrain/align-base
    save("align", model, tokenizer, EfficientNetImageProcessor(**how), EfficientNetImageProcessorPil(**how), padding="max_length", max_length=64)


with torch.no_grad():
    for make in [naflex, metaclip2, altclip, clipseg, align]:
        if not wanted or make.__name__ in wanted:
            make()
