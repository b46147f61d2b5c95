"""Mutated files of tokenizers, and the ids that transformers (or open_clip, with open_clip_config.json) makes of them.

  usage: tokenizer_mutations.py PARITY OUT COUNT SEED      (pip install torch transformers open_clip_torch sentencepiece protobuf)

A row is one change of tokenizer.json, tokenizer_config.json, special_tokens_map.json or added_tokens.json, as patches of the committed files, and the ids of
the texts that changed by it, or "error".
"""
import copy
import json
import logging
import os
import random
import sys
import tempfile

os.environ.update(TOKENIZERS_PARALLELISM="false", HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1")
import open_clip
from transformers import AutoTokenizer, logging as own_logging

own_logging.set_verbosity_error()
logging.disable(logging.CRITICAL)
parity, out, count, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
BASES = ["layouts/transformers5", "families/align", "families/metaclip2", "families/naflex", "cases/siglip2-lowercase", "siglip-tiny", "chinese-clip-tiny",
         "layouts/vocab-merges", "layouts/bert-vocab", "layouts/xlmr-spiece", "layouts/siglip-spiece", "layouts/gemma-spiece",
         "xlm-roberta-tiny", "cases/clipa", "cases/timm-dual", "cases/openclip-clips", "towers/ViT-B-16-SigLIP", "towers/nllb-clip-base"]
JSONS = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json")
TEXTS = ["a photo of a cat.", "A Photo of a CAT!", "  two  spaces here ", "ﬁn café naïve Ünï", "日本 cat 猫", "a cat<|endoftext|>x", "</s> [SEP] cat <mask> [MASK] x", "cat!!! ...",
         "", " ".join(["a photo of the cat and dog"] * 14), "it's 2024", "a_b-c", "cat <unk> <pad>[PAD] [UNK]dog", "hello\tworld\nline", "dog <s>cat <eos> <bos>x"]
NORM = [None, {"type": "Lowercase"}, {"type": "NFC"}, {"type": "NFKC"}, {"type": "StripAccents"}, {"type": "Replace", "pattern": {"String": "a"}, "content": "b"}, {"type": "Replace", "pattern": {"Regex": "[.!]"}, "content": ""},
  {"type": "Prepend", "prepend": "▁"}, {"type": "Strip", "strip_left": True, "strip_right": True}, {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True}, {"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "Lowercase"}]}]
PRE = [None, {"type": "Whitespace"}, {"type": "WhitespaceSplit"}, {"type": "BertPreTokenizer"}, {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}, {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
  {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never", "split": True}, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": False}, {"type": "Punctuation", "behavior": "Isolated"}, {"type": "Digits", "individual_digits": True},
  {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False}, {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}]}]
CLASSES = ["CLIPTokenizer", "CLIPTokenizerFast", "BertTokenizer", "BertTokenizerFast", "XLMRobertaTokenizer", "XLMRobertaTokenizerFast", "GemmaTokenizer", "GemmaTokenizerFast", "Siglip2Tokenizer", "PreTrainedTokenizerFast", "TokenizersBackend", "T5Tokenizer", "SiglipTokenizer", "RobertaTokenizer", "DistilBertTokenizer", "Nonsense", "", None, "LlamaTokenizer"]
NAMED = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"]
CONFIG = {"model_max_length": [None, 5, 8, 16, 64, 77, 1000, 1e30, 0, -1, "8", 7.5], "tokenizer_class": CLASSES, "padding_side": ["left", "right", None, "x"], "truncation_side": ["left", "right", None], "add_prefix_space": [True, False, None],
  "add_bos_token": [True, False], "add_eos_token": [True, False], "do_lower_case": [True, False, None], "strip_accents": [True, False, None], "tokenize_chinese_chars": [True, False, None], "split_special_tokens": [True, False], "clean_up_tokenization_spaces": [True, False],
  "legacy": [True, False], "use_fast": [True, False], "max_len": [5, 100], "max_length": [5], "do_basic_tokenize": [False], "never_split": [["cat"]], "errors": ["ignore"], "unk_id": [5], "image_token": ["cat", "x"], "truncation": [True], "padding": ["max_length"], "stride": [2], "pad_to_multiple_of": [8], "lowercase": [False], "new_field": [1, "x"],
  "fast_tokenizer_files": [["tokenizer.json"]], "vocab_file": ["vocab.txt"], "chat_template": ["x"], "fix_mistral_regex": [True], "backend": ["tokenizers", "sentencepiece"], "sp_model_kwargs": [{}, {"enable_sampling": False}], "from_slow": [True], "auto_map": [{"AutoTokenizer": ["a.B", None]}], "init_inputs": [[]], "model_input_names": [["input_ids"]], "normalizer": [None], "return_tensors": ["pt"], "is_local": [False], "name_or_path": ["x"], "special_tokens_map_file": [None], "tokenizer_file": [None, "x.json"], "vocab_size": [10]}

def flags(rng, content, special=None):
    r = lambda: rng.random() < .3
    return dict(content=content, single_word=r() and r(), lstrip=r(), rstrip=r(), normalized=r(), **({} if special is None else dict(special=special)))

def vocabulary(files, folder):
    t = files.get("tokenizer.json")
    if t:
        v = t["model"]["vocab"]
        return [e[0] for e in v] if isinstance(v, list) else list(v)
    if os.path.exists(folder + "/vocab.json"): return list(json.load(open(folder + "/vocab.json")))
    if os.path.exists(folder + "/vocab.txt"): return open(folder + "/vocab.txt").read().split("\n")
    for n in ("spiece.model", "tokenizer.model", "sentencepiece.bpe.model"):
        if os.path.exists(f"{folder}/{n}"):
            import sentencepiece
            s = sentencepiece.SentencePieceProcessor(model_file=f"{folder}/{n}")
            return [s.id_to_piece(i) for i in range(len(s))]
    return ["cat"]

def token(rng, vocab):
    plain = [w for w in vocab if w.isalpha() or w in "!.,"] or vocab
    k = rng.random()
    if k < .35: return rng.choice(["<s>", "</s>", "<pad>", "<unk>", "<mask>", "[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]", "<bos>", "<eos>", "<|endoftext|>", "<|startoftext|>", "!", "."])
    if k < .8: return rng.choice(plain)
    if k < .9: return rng.choice(["zzz", "new token", "photo of"])
    return rng.choice(vocab)

def token_value(rng, vocab):
    k = rng.random()
    if k < .6: return token(rng, vocab)
    if k < .9: return dict(**flags(rng, token(rng, vocab)), **({"__type": "AddedToken"} if rng.random() < .7 else {}))
    return rng.choice([None, "", 5, True, []])

def mutate_json(rng, t, vocab):
    k = rng.random(); m = t["model"]
    if k < .15: t["normalizer"] = rng.choice(NORM); return
    if k < .3: t["pre_tokenizer"] = rng.choice(PRE); return
    if k < .35: t["truncation"] = rng.choice([None, {"direction": rng.choice(["Right", "Left"]), "max_length": rng.choice([5, 8, 64, 100]), "strategy": "LongestFirst", "stride": rng.choice([0, 0, 2])}]); return
    if k < .4: t["padding"] = rng.choice([None, {"strategy": rng.choice(["BatchLongest", {"Fixed": rng.choice([8, 64])}]), "direction": rng.choice(["Right", "Left"]), "pad_to_multiple_of": rng.choice([None, 8]), "pad_id": rng.choice([0, 1, 3, 5]), "pad_type_id": 0, "pad_token": rng.choice(["[PAD]", "<pad>", token(rng, vocab)])}]); return
    if k < .5:
        a = t.setdefault("added_tokens", [])
        j = rng.random()
        if a and j < .25: del a[rng.randrange(len(a))]
        elif j < .55:
            c = token(rng, vocab); ids = {w: i for i, w in enumerate(vocab)}
            a.append(dict(id=ids.get(c, len(vocab)) if rng.random() < .8 else rng.randrange(len(vocab)), **flags(rng, c, rng.random() < .5)))
        elif a:
            e = rng.choice(a); f = rng.choice(list(e)); e[f] = (not e[f]) if isinstance(e[f], bool) else rng.choice([0, 1, 5, 40, len(vocab)]) if f == "id" else token(rng, vocab)
        return
    if k < .62:
        f = rng.choice([x for x in m if x not in ("vocab", "merges")] + ["dropout", "fuse_unk", "byte_fallback", "ignore_merges", "unk_token", "unk_id", "new"])
        if rng.random() < .3: m.pop(f, None)
        else: m[f] = rng.choice([None, True, False, 0, 1, 3, 5, 100, "", "##", "</w>", "@@", token(rng, vocab), 0.5])
        return
    if k < .75:
        v = m["vocab"]; j = rng.random()
        if j < .25 and "merges" in m and m["merges"]:
            if rng.random() < .5: del m["merges"][rng.randrange(len(m["merges"]))]
            else: i = rng.randrange(len(m["merges"])); m["merges"].insert(0, m["merges"].pop(i))
        elif isinstance(v, list):
            i = rng.randrange(len(v)); n = rng.randrange(len(v))
            if j < .5: v[i], v[n] = v[n], v[i]
            elif j < .7: del v[i]
            elif j < .85: v[i][1] = rng.choice([0, -1, -5.5, -100, 3])
            else: v.append(["zzz", -1])
        else:
            a, b = rng.choice(list(v)), rng.choice(list(v))
            if j < .55: v[a], v[b] = v[b], v[a]
            elif j < .7: del v[a]
            elif j < .85: v[a] = v[b]
            else: v["cat</w>" if rng.random() < .5 else "zzz"] = rng.choice([len(v), 10 ** 6, 5])
        return
    if k < .85:
        ids = {w: i for i, w in enumerate(vocab)}; c, d = token(rng, vocab), token(rng, vocab)
        t["post_processor"] = rng.choice([None, {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False, "use_regex": True}, {"type": "BertProcessing", "sep": [c, ids.get(c, 2)], "cls": [d, ids.get(d, 1)]}, {"type": "RobertaProcessing", "sep": [c, ids.get(c, 2)], "cls": [d, ids.get(d, 1)], "trim_offsets": True, "add_prefix_space": True},
          {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": c, "type_id": 0}}], "pair": [], "special_tokens": {c: {"id": c, "ids": [ids.get(c, 2)], "tokens": [c]}}}])
        return
    paths = []
    def walk(n, p):
        for key, v in (n.items() if isinstance(n, dict) else enumerate(n)):
            if key in ("vocab", "merges", "precompiled_charsmap") or p[:1] == ("decoder",): continue
            paths.append(p + (key,))
            if isinstance(v, (dict, list)): walk(v, p + (key,))
    walk({k: v for k, v in t.items() if k not in ("decoder",)}, ())
    p = rng.choice(paths); n = t
    for key in p[:-1]: n = n[key]
    old = n[p[-1]]
    if rng.random() < .3: del n[p[-1]]
    elif isinstance(old, bool): n[p[-1]] = not old
    elif isinstance(old, int): n[p[-1]] = rng.choice([0, 1, 2, 5, 1000])
    elif isinstance(old, list): n[p[-1]] = old[:-1] if rng.random() < .5 else list(reversed(old))
    elif isinstance(old, str): n[p[-1]] = rng.choice(["Removed", "Isolated", "MergedWithNext", "Contiguous", "first", "never", "always", "x", "▁", " ", "", token(rng, vocab), "NFKC", "Lowercase", "Whitespace", "\\s+"])
    else: n[p[-1]] = rng.choice([None, 1, "x", {}])

def mutate_config(rng, c, vocab):
    k = rng.random()
    if k < .1 and c: c.pop(rng.choice(list(c)))
    elif k < .4:
        f = rng.choice(NAMED); c[f] = token_value(rng, vocab)
    elif k < .5:
        c[rng.choice(["additional_special_tokens", "extra_special_tokens"])] = rng.choice([[token_value(rng, vocab)], [token(rng, vocab), token(rng, vocab)], {"x": token(rng, vocab)}, [], None])
    elif k < .6:
        ids = {w: i for i, w in enumerate(vocab)}; d = {}
        for _ in range(rng.randrange(1, 3)):
            w = token(rng, vocab); d[str(ids.get(w, len(vocab)) if rng.random() < .8 else rng.randrange(len(vocab)))] = flags(rng, w, rng.random() < .5)
        c["added_tokens_decoder"] = rng.choice([d, d, d, {}, None])
    else:
        f = rng.choice([x for x in CONFIG] + ["tokenizer_class", "model_max_length", "padding_side"] * 3); c[f] = rng.choice(CONFIG[f])

def special_map(rng, vocab):
    m = {}
    for _ in range(rng.randrange(1, 3)):
        if rng.random() < .75: m[rng.choice(NAMED)] = token_value(rng, vocab)
        else: m[rng.choice(["additional_special_tokens", "extra_special_tokens", "image_token"])] = rng.choice([[token(rng, vocab)], [token_value(rng, vocab)], token(rng, vocab), {"x": token(rng, vocab)}])
    return m

def added(rng, vocab):
    ids = {w: i for i, w in enumerate(vocab)}; d = {}
    for _ in range(rng.randrange(1, 3)):
        w = token(rng, vocab); d[w] = ids.get(w, len(vocab)) if rng.random() < .8 else rng.choice([0, 5, len(vocab), len(vocab) + 3])
    return d

def mutated(rng, files, vocab):
    f = copy.deepcopy(files)
    k = rng.random()
    if "tokenizer.json" in f and f["tokenizer.json"] and k < .42:
        mutate_json(rng, f["tokenizer.json"], vocab)
    elif k < .75:
        if f.get("tokenizer_config.json") is not None: mutate_config(rng, f["tokenizer_config.json"], vocab)
    elif k < .87: f["special_tokens_map.json"] = special_map(rng, vocab)
    elif k < .97: f["added_tokens.json"] = added(rng, vocab)
    else: f["tokenizer_config.json"] = None
    return f


def limit_of(text):
    return text.get("max_position_embeddings", 77) - (2 if any(name in text.get("model_type", "") for name in ("roberta", "altclip")) else 0)


def ids_of(folder):
    """Rows of ids, filled up where the tower always takes the full length; None for a text that the model fails with."""
    if os.path.exists(folder + "/open_clip_config.json"):
        wrapped = open_clip.get_tokenizer("local-dir:" + folder)
        if wrapped.tokenizer.pad_token is None and not wrapped.tokenizer_mode:
            cleaned = [wrapped.clean_fn(text) for text in TEXTS]
            return dict(ids=[wrapped.tokenizer([t], max_length=wrapped.context_length, truncation=True)["input_ids"][0] for t in cleaned], padded=False)
        return dict(ids=wrapped(TEXTS).tolist(), padded=True)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    config = json.load(open(folder + "/config.json"))
    text = config["text_config"]
    if config["model_type"].startswith("siglip"):
        ids = tokenizer(TEXTS, padding="max_length", truncation=True, max_length=64)["input_ids"]
        return "error" if any(i >= text.get("vocab_size", 32000) for row in ids for i in row) else dict(ids=ids, padded=True)
    ids = [tokenizer([t], truncation=True)["input_ids"][0] for t in TEXTS]
    if any(i >= text.get("vocab_size", 49408) for row in ids for i in row):
        return "error"
    return dict(ids=[row if len(row) <= limit_of(text) else None for row in ids], padded=False)


def run(source, files):
    with tempfile.TemporaryDirectory() as folder:
        for name in os.listdir(source):
            if name not in JSONS:
                os.symlink(os.path.abspath(f"{source}/{name}"), f"{folder}/{name}")
        for name, value in files.items():
            if value is not None:
                json.dump(value, open(f"{folder}/{name}", "w"), ensure_ascii=False)
        try:
            return ids_of(folder)
        except KeyboardInterrupt:
            raise
        except BaseException:  # the tokenizers library panics at some files
            return "error"


def patches(old, new, path=()):
    """What to set, and where; without a value, what to delete."""
    if old == new and type(old) is type(new):
        return []
    if isinstance(old, dict) and isinstance(new, dict):
        return [p for key in {**old, **new} for p in (patches(old[key], new[key], (*path, key)) if key in old and key in new
                else [dict(path=[*path, key], value=new[key])] if key in new else [dict(path=[*path, key])])]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [p for i, (a, b) in enumerate(zip(old, new)) for p in patches(a, b, (*path, i))]
    return [dict(path=list(path), value=new)]


result = dict(texts=TEXTS, plain={}, rows=[])
for base in BASES:
    rng, source = random.Random(f"{seed}:{base}"), f"{parity}/{base}"
    files = {name: json.load(open(f"{source}/{name}")) for name in JSONS if os.path.exists(f"{source}/{name}")}
    vocab = vocabulary(files, source)
    plain = result["plain"][base] = run(source, files)
    made = 0
    while made < count:
        changed = mutated(rng, files, vocab)
        patch = [dict(file=name, **p) for name in changed for p in (patches(files[name], changed[name]) if name in files and changed[name] is not None
                 else [dict(path=[], **({} if changed[name] is None else dict(value=changed[name])))])]
        if not patch or len(json.dumps(patch)) > 3000:  # a vocabulary written anew
            continue
        made += 1
        python = run(source, changed)
        if python != "error" and python["padded"] == plain["padded"]:
            python = {i: row for i, (row, usual) in enumerate(zip(python["ids"], plain["ids"])) if row != usual}
        elif python != "error":
            python = dict(unpadded=python["ids"])
        result["rows"].append(dict(base=base, patch=patch, python=python))
    rows = [row["python"] for row in result["rows"] if row["base"] == base]
    print(base, "errors", rows.count("error"), "same", rows.count({}))
json.dump(result, open(out, "w"), ensure_ascii=False, separators=(",", ":"))
