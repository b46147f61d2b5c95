"""What the scripts of tiny checkpoints share: small tokenizers, random weights, and golden values from the library itself."""
import json
import os

import numpy as np
import torch
import transformers
from PIL import Image, ImageOps
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

TEXTS = ["a photo of a cat.", "a photo of a dog", "This is a photo of an aquarium fish!", "rocket", "", "A  SPACED   Out Caption",
         "snow-covered mountain, at night", "na\u00efve caf\u00e9 \U0001F600 \u6771\u4eac", "Straße ŒUVRE ﬁsh Ａ", "one " * 90]
IMAGES = ["chelsea.png", "coffee-q60-420.jpg", "cat-alpha-gradient.png", "tall-3x300.png", "odd-301x227.png", "noise-32x32.png"]
CORPUS = ("a photo of the an two mugs on table cat dog aquarium fish rocket snow covered mountain at night spaced out caption this is one café naïve 東京 "
          "dogs cats photos rockets mountains").split()


def words():
    return [" ".join(CORPUS), *CORPUS] * 20


def clip_bpe(size=560):
    """CLIP's byte-level BPE; a tokenizers.Tokenizer whose special tokens are the last two, as in OpenAI's."""
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>", continuing_subword_prefix="", unk_token="<|endoftext|>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(r"""<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""), behavior="removed", invert=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False)])
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(words(), trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, end_of_word_suffix="</w>"))
    state = json.loads(tokenizer.to_str())
    merges = [tuple(m) if isinstance(m, list) else tuple(m.split(" ")) for m in state["model"]["merges"]]
    merges = [m for m in merges if all(p in set(alphabet) | {a + "</w>" for a in alphabet} | {"".join(q) for q in merges} for p in m)]
    vocab = alphabet + [a + "</w>" for a in alphabet]
    vocab += [v for v in ("".join(m) for m in merges) if v not in vocab] + ["<|startoftext|>", "<|endoftext|>"]
    return {v: i for i, v in enumerate(vocab)}, merges


def unigram(specials, size=200):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.train_from_iterator(words(), trainers.UnigramTrainer(vocab_size=size, special_tokens=specials, unk_token="<unk>"))
    return [tuple(entry) for entry in json.loads(tokenizer.to_str())["model"]["vocab"]]


def wordpiece(size=200):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(words(), trainers.WordPieceTrainer(vocab_size=size, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]))
    return tokenizer.get_vocab()


def randomise(model, seed=7, scale=0.15):
    torch.manual_seed(seed)
    model.eval().requires_grad_(False)
    for name, parameter in model.named_parameters():
        if parameter.ndim > 1:
            parameter.copy_(torch.randn_like(parameter) * scale)
        elif name.endswith("bias"):
            parameter.copy_(torch.randn_like(parameter) * 0.05)
        elif parameter.ndim == 1 and "logit" not in name:
            parameter.copy_(1 + torch.randn_like(parameter) * 0.1)
    for name, buffer in model.named_buffers():
        if name.endswith("running_mean"):
            buffer.copy_(torch.randn_like(buffer) * 0.1)
        if name.endswith("running_var"):
            buffer.copy_(0.5 + torch.rand_like(buffer))
    return model


def opened(folder, name):
    return ImageOps.exif_transpose(Image.open(f"{folder}/{name}")).convert("RGB")


def unit(rows):
    rows = torch.as_tensor(rows)
    return [[round(float(v), 6) for v in row] for row in rows / rows.norm(dim=-1, keepdim=True)]


def pixel_sample(values):
    """Some of the numbers that the model gets, spread over them all."""
    flat = np.asarray(values, np.float32).reshape(-1)
    return dict(count=int(flat.size), sample=[round(float(flat[i * (flat.size - 1) // 23]), 5) for i in range(24)])


def write_golden(out, reference, texts, ids, text_rows, image_rows, pixels, logit_scale, **more):
    """ids: token ids without padding; pixels: what the model gets of each image, [3, height, width]"""
    golden = dict(reference=reference, logit_scale=round(float(logit_scale), 5), **more,
                  texts=[dict(text=t, input_ids=[int(x) for x in i], text_embeds=e) for t, i, e in zip(texts, ids, unit(text_rows))],
                  images=[dict(file=f, image_embeds=e, pixels=pixel_sample(p)) for f, e, p in zip(IMAGES, unit(image_rows), pixels)])
    os.makedirs(out, exist_ok=True)
    json.dump(golden, open(f"{out}/golden.json", "w"), ensure_ascii=False, indent=0)
    print(out, sum(os.path.getsize(os.path.join(d, f)) for d, _, fs in os.walk(out) for f in fs))


def versions(*libraries):
    return ", ".join(f"{m.__name__} {m.__version__}" for m in libraries or (transformers, torch))
