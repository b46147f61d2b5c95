"""Tiny checkpoints in the layouts that people meet, and what their own libraries give for them.

  usage: layouts.py IMAGES OUT [NAME ...]   (pip install torch transformers sentence-transformers open_clip_torch sentencepiece onnx onnxruntime onnxscript pillow)
"""
import json
import os
import shutil
import sys
import tempfile
import warnings

import numpy as np
import onnx
import onnxruntime
import open_clip
import sentencepiece
import sentence_transformers
import torch
import transformers
from PIL import Image, ImageOps
from transformers import (AutoTokenizer, BertTokenizer, ChineseCLIPConfig, ChineseCLIPModel, CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPProcessor, CLIPTokenizer,
                          MetaClip2Config, MetaClip2Model, SiglipConfig, SiglipImageProcessor, SiglipModel, SiglipTokenizer, XLMRobertaTokenizer)
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

from tiny import IMAGES, TEXTS, clip_bpe, opened, randomise, versions, wordpiece, words, write_golden

warnings.simplefilter("ignore")
torch.backends.mha.set_fastpath_enabled(False)
folder, out = sys.argv[1:3]
wanted = sys.argv[3:]
frames = [opened(folder, name) for name in IMAGES]
BLOCK = dict(hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2)
CLIP_SIZE = dict(size=dict(shortest_edge=48), crop_size=dict(height=48, width=48))


def clip_tokenizer():
    vocab, merges = clip_bpe()
    return CLIPTokenizer(vocab=vocab, merges=merges, model_max_length=77)


def clip_model(tokenizer, layers=2):
    end = len(tokenizer) - 1
    block = {**BLOCK, "num_hidden_layers": layers}
    model = randomise(CLIPModel(CLIPConfig(
        projection_dim=16, text_config=dict(**block, vocab_size=len(tokenizer), max_position_embeddings=77, projection_dim=16, bos_token_id=end - 1, eos_token_id=end, pad_token_id=end),
        vision_config=dict(**block, image_size=48, patch_size=8, projection_dim=16))))
    model.logit_scale.fill_(np.log(100))
    return model


def clip_inputs(tokenizer, texts=TEXTS):
    batch = tokenizer(texts, return_tensors="pt", truncation=True, padding="max_length", max_length=77)
    own = [ids[m.bool()].tolist() for ids, m in zip(batch.input_ids, batch.attention_mask)]
    return batch.input_ids, batch.attention_mask, own, CLIPImageProcessorPil(**CLIP_SIZE).preprocess(frames, return_tensors="np")["pixel_values"]


def clip_golden(at, model, tokenizer, reference=None):
    ids, mask, own, pixels = clip_inputs(tokenizer)
    write_golden(at, reference or versions(), TEXTS, own, model.get_text_features(ids, mask).pooler_output,
                 model.get_image_features(torch.tensor(pixels)).pooler_output, pixels, model.logit_scale.exp())


def write_json(path, value):
    json.dump(value, open(path, "w"), indent=1, ensure_ascii=False)


def slow_clip_files(at, tokenizer, processor=True):
    """What transformers 4 wrote: vocab.json and merges.txt, and preprocessor_config.json."""
    state = json.loads(tokenizer._tokenizer.to_str())["model"]
    write_json(f"{at}/vocab.json", state["vocab"])
    open(f"{at}/merges.txt", "w").write("#version: 0.2\n" + "\n".join(" ".join(m) for m in state["merges"]) + "\n")
    write_json(f"{at}/tokenizer_config.json", dict(tokenizer_class="CLIPTokenizer", model_max_length=77, do_lower_case=True, unk_token="<|endoftext|>", pad_token="<|endoftext|>",
                                                   bos_token=dict(__type="AddedToken", content="<|startoftext|>"), eos_token=dict(__type="AddedToken", content="<|endoftext|>")))
    if processor:
        write_json(f"{at}/preprocessor_config.json", dict(feature_extractor_type="CLIPFeatureExtractor", do_resize=True, size=48, resample=3, do_center_crop=True, crop_size=48,
                                                          do_normalize=True, image_mean=[0.48145466, 0.4578275, 0.40821073], image_std=[0.26862954, 0.26130258, 0.27577711]))


def transformers5(at):
    tokenizer = clip_tokenizer()
    model = clip_model(tokenizer)
    model.save_pretrained(at)
    CLIPProcessor(CLIPImageProcessor(**CLIP_SIZE), tokenizer).save_pretrained(at)
    clip_golden(at, model, tokenizer)


def vocab_merges(at):
    tokenizer = clip_tokenizer()
    model = clip_model(tokenizer)
    model.save_pretrained(at)
    slow_clip_files(at, tokenizer)
    clip_golden(at, model, AutoTokenizer.from_pretrained(at))


def sharded(at):
    tokenizer = clip_tokenizer()
    model = clip_model(tokenizer)
    model.save_pretrained(at, max_shard_size="40KB")
    CLIPProcessor(CLIPImageProcessor(**CLIP_SIZE), tokenizer).save_pretrained(at)
    clip_golden(at, model, tokenizer)


def sentence_transformer(at):
    from sentence_transformers import SentenceTransformer
    tokenizer = clip_tokenizer()
    model = clip_model(tokenizer)
    inner = f"{at}/0_CLIPModel"
    os.makedirs(inner)
    model.save_pretrained(inner)
    slow_clip_files(inner, tokenizer)
    write_json(f"{at}/modules.json", [dict(idx=0, name="0", path="0_CLIPModel", type="sentence_transformers.models.CLIPModel")])
    write_json(f"{at}/config_sentence_transformers.json", dict(__version__=dict(sentence_transformers="2.0.0", transformers="4.7.0", pytorch="1.9.0")))
    loaded = SentenceTransformer(at)
    ids, mask, own, pixels = clip_inputs(AutoTokenizer.from_pretrained(inner))
    fit = [t for t in TEXTS]
    write_golden(at, versions(sentence_transformers, transformers), TEXTS, own, torch.tensor(loaded.encode(fit)), model.get_image_features(torch.tensor(pixels)).pooler_output, pixels,
                 model.logit_scale.exp())


# a small table of characters in place of NFKC's, whose compiled form is large
RULES = tempfile.mkstemp(suffix=".tsv")[1]
open(RULES, "w").write("".join(f"{' '.join(f'{ord(c):X}' for c in a)}\t{' '.join(f'{ord(c):X}' for c in b)}\n" for a, b in [("ﬁ", "fi"), ("Ａ", "A"), ("Ｂ", "B"), ("½", "1/2"), ("\u00a0", " "), ("e\u0301", "é")]))


def spm(kind, **options):
    with tempfile.TemporaryDirectory() as temporary:
        open(f"{temporary}/corpus", "w").write("\n".join(words() + ["Straße Œuvre ﬁsh ＡＢＣ ½ ①"] * 5))
        sentencepiece.SentencePieceTrainer.train(input=f"{temporary}/corpus", model_prefix=f"{temporary}/m", minloglevel=2, hard_vocab_limit=False, model_type=kind, **options)
        return open(f"{temporary}/m.model", "rb").read()


def siglip_model(size):
    model = randomise(SiglipModel(SiglipConfig(
        text_config=dict(**BLOCK, vocab_size=size, max_position_embeddings=64, projection_size=16, bos_token_id=None, eos_token_id=1, pad_token_id=1),
        vision_config=dict(**BLOCK, image_size=48, patch_size=8))))
    model.logit_scale.fill_(np.log(117.33))
    model.logit_bias.fill_(-12.93)
    return model


def siglip_golden(at, model, tokenizer, pad):
    SiglipImageProcessor(size=dict(height=48, width=48)).save_pretrained(at)
    rows = [tokenizer(t, truncation=True, max_length=64).input_ids for t in TEXTS]
    ids = torch.tensor([r + [pad] * (64 - len(r)) for r in rows])
    pixels = SiglipImageProcessorPil(size=dict(height=48, width=48)).preprocess(frames, return_tensors="np")["pixel_values"]
    write_golden(at, versions(transformers, sentencepiece), TEXTS, rows, model.get_text_features(ids).pooler_output, model.get_image_features(torch.tensor(pixels)).pooler_output, pixels,
                 model.logit_scale.exp(), logit_bias=float(model.logit_bias))


def siglip_spiece(at):
    open(f"{at}/spiece.model", "wb").write(spm("unigram", vocab_size=120, pad_id=0, eos_id=1, unk_id=2, bos_id=-1, normalization_rule_tsv=RULES))
    write_json(f"{at}/tokenizer_config.json", dict(tokenizer_class="SiglipTokenizer", model_max_length=64, do_lower_case=True, eos_token="</s>", pad_token="</s>", unk_token="<unk>"))
    tokenizer = SiglipTokenizer.from_pretrained(at)
    model = siglip_model(tokenizer.vocab_size)
    model.save_pretrained(at)
    siglip_golden(at, model, tokenizer, 1)


def gemma_spiece(at):
    open(f"{at}/tokenizer.model", "wb").write(spm("bpe", vocab_size=420, byte_fallback=True, normalization_rule_name="identity", add_dummy_prefix=False, remove_extra_whitespaces=False,
                                                  pad_id=0, eos_id=1, bos_id=2, unk_id=3, pad_piece="<pad>", eos_piece="<eos>", bos_piece="<bos>"))
    write_json(f"{at}/tokenizer_config.json", dict(tokenizer_class="GemmaTokenizer", model_max_length=64, add_bos_token=False, add_eos_token=True, padding_side="right",
                                                   eos_token="<eos>", bos_token="<bos>", pad_token="<pad>", unk_token="<unk>"))
    tokenizer = AutoTokenizer.from_pretrained(at)
    model = siglip_model(len(tokenizer))
    model.save_pretrained(at)
    siglip_golden(at, model, tokenizer, 0)


def xlmr_spiece(at):
    open(f"{at}/sentencepiece.bpe.model", "wb").write(spm("unigram", vocab_size=120, normalization_rule_tsv=RULES))
    write_json(f"{at}/tokenizer_config.json", dict(tokenizer_class="XLMRobertaTokenizer", model_max_length=77))
    tokenizer = XLMRobertaTokenizer.from_pretrained(at)
    model = randomise(MetaClip2Model(MetaClip2Config(
        projection_dim=16, text_config=dict(**BLOCK, vocab_size=len(tokenizer), max_position_embeddings=77, bos_token_id=0, eos_token_id=2, pad_token_id=1, projection_dim=16),
        vision_config=dict(**BLOCK, image_size=48, patch_size=8, projection_dim=16))))
    model.logit_scale.fill_(np.log(100))
    model.save_pretrained(at)
    CLIPImageProcessor(**CLIP_SIZE).save_pretrained(at)
    clip_golden(at, model, tokenizer, versions(transformers, sentencepiece))


def bert_vocab(at):
    vocab = wordpiece()
    open(f"{at}/vocab.txt", "w").write("".join(token + "\n" for token, _ in sorted(vocab.items(), key=lambda e: e[1])))
    write_json(f"{at}/tokenizer_config.json", dict(tokenizer_class="BertTokenizer", model_max_length=64, do_lower_case=True))
    tokenizer = AutoTokenizer.from_pretrained(at)
    model = randomise(ChineseCLIPModel(ChineseCLIPConfig(
        projection_dim=16, text_config=dict(**BLOCK, vocab_size=len(tokenizer), max_position_embeddings=77), vision_config=dict(**BLOCK, image_size=48, patch_size=8, projection_dim=16))))
    model.logit_scale.fill_(np.log(100))
    model.save_pretrained(at)
    write_json(f"{at}/preprocessor_config.json", dict(image_processor_type="ChineseCLIPImageProcessor", do_center_crop=True, **CLIP_SIZE))
    ids, mask, own, pixels = clip_inputs(tokenizer)
    ids, mask = ids[:, :64], mask[:, :64]
    write_golden(at, versions(), TEXTS, [o[:63] + o[-1:] if len(o) > 64 else o for o in own], model.get_text_features(ids, mask).pooler_output if False else text_of(model, tokenizer),
                 model.get_image_features(torch.tensor(pixels)).pooler_output, pixels, model.logit_scale.exp())


def text_of(model, tokenizer):
    batch = tokenizer(TEXTS, return_tensors="pt", truncation=True, padding=True, max_length=64)
    return model.get_text_features(batch.input_ids, batch.attention_mask).pooler_output


# --- ONNX ---------------------------------------------------------------------------------------------------------------


class ImageTower(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixel_values):
        return self.model.get_image_features(pixel_values).pooler_output


class TextTower(ImageTower):
    def forward(self, input_ids, attention_mask):
        return self.model.get_text_features(input_ids, attention_mask).pooler_output


def onnx_files(at, tokenizer):
    os.makedirs(f"{at}/onnx", exist_ok=True)
    model = clip_model(tokenizer, layers=1)
    model.config.save_pretrained(at)
    CLIPProcessor(CLIPImageProcessor(**CLIP_SIZE), tokenizer).save_pretrained(at)
    write_json(f"{at}/config.json", {**json.load(open(f"{at}/config.json")), "logit_scale": 100.0})
    return model


def export(model, tokenizer, at, suffix="", **options):
    ids, mask, _, pixels = clip_inputs(tokenizer)
    axes = lambda *names: {n: {0: "batch"} for n in names}
    torch.onnx.export(ImageTower(model), (torch.tensor(pixels),), f"{at}/vision_model{suffix}.onnx", input_names=["pixel_values"], output_names=["image_embeds"],
                      dynamic_axes=axes("pixel_values", "image_embeds"), opset_version=17, dynamo=False, **options)
    torch.onnx.export(TextTower(model), (ids, mask), f"{at}/text_model{suffix}.onnx", input_names=["input_ids", "attention_mask"], output_names=["text_embeds"],
                      dynamic_axes=axes("input_ids", "attention_mask", "text_embeds"), opset_version=17, dynamo=False, **options)


def runtime_golden(at, tokenizer, image, text, scale=100.0, half=False):
    """What ONNX Runtime in Python gives for the very files, one by one."""
    ids, mask, own, pixels = clip_inputs(tokenizer)
    vision, words_ = (onnxruntime.InferenceSession(f"{at}/{p}", providers=["CPUExecutionProvider"]) for p in (image, text))
    names = [i.name for i in words_.get_inputs()]
    texts = np.concatenate([words_.run(None, dict(zip(names, (i[None].numpy(), m[None].numpy()))))[0] for i, m in zip(ids, mask)]).astype(np.float32)
    kind = np.float16 if half else np.float32
    images = np.concatenate([vision.run(None, {vision.get_inputs()[0].name: p[None].astype(kind)})[0] for p in pixels]).astype(np.float32)
    write_golden(at, f"onnxruntime {onnxruntime.__version__}, " + versions(), TEXTS, own, torch.tensor(texts), torch.tensor(images), pixels, scale)


def onnx_fp16(at):
    from onnxruntime.transformers.float16 import convert_float_to_float16
    tokenizer = clip_tokenizer()
    export(onnx_files(at, tokenizer), tokenizer, f"{at}/onnx", "_fp16")
    for tower in ("vision", "text"):
        path = f"{at}/onnx/{tower}_model_fp16.onnx"
        onnx.save(convert_float_to_float16(onnx.load(path), keep_io_types=False), path)
    runtime_golden(at, tokenizer, "onnx/vision_model_fp16.onnx", "onnx/text_model_fp16.onnx", half=True)


def onnx_q8(at):
    from onnxruntime.quantization import QuantType, quantize_dynamic
    tokenizer = clip_tokenizer()
    export(onnx_files(at, tokenizer), tokenizer, f"{at}/onnx", "_float")
    for tower in ("vision", "text"):
        quantize_dynamic(f"{at}/onnx/{tower}_model_float.onnx", f"{at}/onnx/{tower}_model_quantized.onnx", weight_type=QuantType.QUInt8, op_types_to_quantize=["MatMul", "Gemm"])
        os.remove(f"{at}/onnx/{tower}_model_float.onnx")
    runtime_golden(at, tokenizer, "onnx/vision_model_quantized.onnx", "onnx/text_model_quantized.onnx")


def onnx_q4(at):
    from onnxruntime.quantization.matmul_nbits_quantizer import DefaultWeightOnlyQuantConfig, MatMulNBitsQuantizer
    tokenizer = clip_tokenizer()
    export(onnx_files(at, tokenizer), tokenizer, f"{at}/onnx", "_float")
    for tower in ("vision", "text"):
        quantizer = MatMulNBitsQuantizer(onnx.load(f"{at}/onnx/{tower}_model_float.onnx"), algo_config=DefaultWeightOnlyQuantConfig(block_size=16, is_symmetric=True, bits=4))
        quantizer.process()
        quantizer.model.save_model_to_file(f"{at}/onnx/{tower}_model_q4.onnx")
        os.remove(f"{at}/onnx/{tower}_model_float.onnx")
    runtime_golden(at, tokenizer, "onnx/vision_model_q4.onnx", "onnx/text_model_q4.onnx")


def onnx_dynamo(at):
    """torch.onnx's newer exporter: outputs named by their operation, weights in .onnx.data."""
    tokenizer = clip_tokenizer()
    model = onnx_files(at, tokenizer)
    ids, mask, _, pixels = clip_inputs(tokenizer)
    batch = torch.export.Dim("batch", min=1, max=64)
    torch.onnx.export(ImageTower(model), (torch.tensor(pixels),), f"{at}/onnx/vision_model.onnx", dynamo=True, external_data=True, dynamic_shapes=({0: batch},), verbose=False)
    torch.onnx.export(TextTower(model), (ids, mask), f"{at}/onnx/text_model.onnx", dynamo=True, external_data=True, dynamic_shapes=({0: batch}, {0: batch}), verbose=False)
    for tower in ("vision", "text"):
        model_ = onnx.load(f"{at}/onnx/{tower}_model.onnx")
        for part in [model_, model_.graph, *model_.graph.node, *model_.graph.value_info, *model_.graph.input, *model_.graph.output, *model_.graph.initializer, *model_.functions]:
            del part.metadata_props[:]  # stack traces
            part.doc_string = ""
        os.remove(f"{at}/onnx/{tower}_model.onnx.data")
        onnx.save(model_, f"{at}/onnx/{tower}_model.onnx", save_as_external_data=True, location=f"{tower}_model.onnx.data", size_threshold=1024)
    print([o.name for o in onnxruntime.InferenceSession(f"{at}/onnx/vision_model.onnx").get_outputs()], os.listdir(f"{at}/onnx"))
    clip_golden(at, model, tokenizer)


class JointModel(ImageTower):
    def forward(self, input_ids, pixel_values, attention_mask):
        out = self.model(input_ids=input_ids, pixel_values=pixel_values, attention_mask=attention_mask)
        return out.logits_per_image, out.logits_per_text, out.text_embeds, out.image_embeds


def optimum(at):
    """What `optimum-cli export onnx` writes of a CLIP: one model.onnx beside the configuration, with both towers and their logits, and no scale in config.json."""
    tokenizer = clip_tokenizer()
    model = onnx_files(at, tokenizer)
    os.rmdir(f"{at}/onnx")
    write_json(f"{at}/config.json", {k: v for k, v in json.load(open(f"{at}/config.json")).items() if k != "logit_scale"})
    ids, mask, _, pixels = clip_inputs(tokenizer)
    axes = dict(input_ids={0: "text_batch_size", 1: "sequence_length"}, attention_mask={0: "text_batch_size", 1: "sequence_length"}, pixel_values={0: "image_batch_size"},
                logits_per_image={0: "image_batch_size", 1: "text_batch_size"}, logits_per_text={0: "text_batch_size", 1: "image_batch_size"}, text_embeds={0: "text_batch_size"}, image_embeds={0: "image_batch_size"})
    torch.onnx.export(JointModel(model), (ids, torch.tensor(pixels), mask), f"{at}/model.onnx", input_names=["input_ids", "pixel_values", "attention_mask"],
                      output_names=["logits_per_image", "logits_per_text", "text_embeds", "image_embeds"], dynamic_axes=axes, opset_version=18, dynamo=False)
    clip_golden(at, model, tokenizer)


def immich(at):
    """Immich's export of an OpenCLIP model: visual/ and textual/, a batch of one, embeddings of length 1."""
    tokenizer = clip_tokenizer()
    config = dict(embed_dim=16, vision_cfg=dict(image_size=48, layers=1, width=16, head_width=8, patch_size=8), text_cfg=dict(context_length=77, vocab_size=len(tokenizer), width=16, heads=2, layers=1))
    model = randomise(open_clip.CLIP(**config))
    os.makedirs(f"{at}/visual"), os.makedirs(f"{at}/textual")
    write_json(f"{at}/config.json", config)
    preprocess = dict(size=[48, 48], mode="RGB", mean=[0.48145466, 0.4578275, 0.40821073], std=[0.26862954, 0.26130258, 0.27577711], interpolation="bicubic", resize_mode="shortest", fill_color=0)
    write_json(f"{at}/visual/preprocess_cfg.json", preprocess)
    tokenizer.save_pretrained(f"{at}/textual")
    model.forward = lambda image: model.encode_image(image, normalize=True)
    torch.onnx.export(model, (torch.randn(1, 3, 48, 48),), f"{at}/visual/model.onnx", input_names=["image"], output_names=["embedding"], opset_version=17, dynamo=False)
    model.forward = lambda text: model.encode_text(text, normalize=True)
    torch.onnx.export(model, (torch.ones(1, 77, dtype=torch.int32),), f"{at}/textual/model.onnx", input_names=["text"], output_names=["embedding"], opset_version=17, dynamo=False)
    from open_clip.transform import PreprocessCfg, image_transform_v2
    transform = image_transform_v2(PreprocessCfg(**preprocess), is_train=False)
    pixels = torch.stack([transform(ImageOps.exif_transpose(Image.open(f"{folder}/{n}"))) for n in IMAGES])
    ids, mask, own, _ = clip_inputs(tokenizer)
    write_golden(at, versions(open_clip, torch), TEXTS, own, model.encode_text(ids), model.encode_image(pixels), pixels.numpy(), 100)


def naflex_onnx(at):
    """NaFlex's towers as ONNX, beside the configuration and tokenizer of the checkpoint in families/."""
    from transformers import Siglip2Model
    source = f"{out}/../families/naflex"
    model = Siglip2Model.from_pretrained(source, attn_implementation="eager").eval().requires_grad_(False)
    for name in ("config.json", "processor_config.json", "tokenizer.json", "tokenizer_config.json", "golden.json"):
        shutil.copy(f"{source}/{name}", at)
    write_json(f"{at}/config.json", {**json.load(open(f"{at}/config.json")), "logit_scale": 112.5, "logit_bias": -16.5})
    os.makedirs(f"{at}/onnx")

    class Image_(torch.nn.Module):
        def forward(self, pixel_values, pixel_attention_mask, spatial_shapes):
            return model.get_image_features(pixel_values, pixel_attention_mask, spatial_shapes).pooler_output

    class Text(torch.nn.Module):
        def forward(self, input_ids):
            return model.get_text_features(input_ids).pooler_output

    pixels, mask, shapes = torch.randn(2, 40, 192), torch.ones(2, 40, dtype=torch.int32), torch.tensor([[5, 8], [8, 5]])
    torch.onnx.export(Image_(), (pixels, mask, shapes), f"{at}/onnx/vision_model.onnx", input_names=["pixel_values", "pixel_attention_mask", "spatial_shapes"], output_names=["pooler_output"],
                      dynamic_axes={"pixel_values": {0: "batch"}, "pixel_attention_mask": {0: "batch"}, "spatial_shapes": {0: "batch"}, "pooler_output": {0: "batch"}},
                      opset_version=17, dynamo=False)
    torch.onnx.export(Text(), (torch.ones(2, 64, dtype=torch.int64),), f"{at}/onnx/text_model.onnx", input_names=["input_ids"], output_names=["pooler_output"],
                      dynamic_axes={"input_ids": {0: "batch"}, "pooler_output": {0: "batch"}}, opset_version=17, dynamo=False)


MAKE = [transformers5, vocab_merges, sharded, sentence_transformer, siglip_spiece, gemma_spiece, xlmr_spiece, bert_vocab, onnx_fp16, onnx_q8, onnx_q4, onnx_dynamo, optimum, immich, naflex_onnx]
with torch.no_grad():
    for make in MAKE:
        name = make.__name__.replace("_", "-")
        if wanted and name not in wanted:
            continue
        shutil.rmtree(f"{out}/{name}", ignore_errors=True)
        os.makedirs(f"{out}/{name}")
        try:
            make(f"{out}/{name}")
        except Exception as error:
            import traceback
            traceback.print_exc(limit=-3)
            print("FAILED", name, error)
