"""Checkpoints of open_clip's configurations at reduced width and depth, in the layout that its push writes, and what it gives for them.

  pip install open_clip_torch==3.3.0 timm==1.0.31 transformers sentencepiece
  open_clip_towers.py --list                       the configurations with public weights, as JSON
  open_clip_towers.py [--compact | --full] [--half] [--layers N] [--perturb N] [--mutate N] OUT NAME ...   a folder OUT/NAME each

Heads, pooling, patches, image size, options and tokenizer classes are those of the configuration. Weights are random; norms, statistics and scales
are not the identity. `--compact` makes files that can be committed (narrower heads, bfloat16), `--full` keeps all widths and, without `--layers`,
all layers and the vocabularies of Hugging Face's text towers; `--half` writes float16, so that a giant fits into 9 GB. `--perturb N` also gives the embeddings after N of the tensors are changed by `moved`, `--mutate N` after each of N changes of the
configuration, each field once and then any, or that open_clip fails.
"""
import argparse, copy, dataclasses, json, math, os, random, types, zlib
import numpy, open_clip, open_clip.factory, open_clip.hf_model, open_clip.timm_model, timm, torch
from timm.models import vision_transformer_hybrid as hybrid, vitamin
from open_clip.push_to_hf_hub import save_for_hf
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import BertConfig, M2M100Config, MT5Config, RobertaConfig, XLMRobertaConfig
from open_clip_tokenizers import PARITY, make_tokenizer

def openvision(size, image, width, heads, layers, patch=16, **mlp):
    """OpenVision's configurations (Li et al., 2025, published beside its code): open_clip's fields, with CLIPA's kind of towers."""
    norm = dict(norm_kwargs=dict(eps=1e-6), **mlp)
    return dict(embed_dim=width if size != "base" else 512, vision_cfg=dict(image_size=image, layers=layers, width=width, patch_size=patch, no_ln_pre=True, pool_type="avg", final_ln_after_pool=True, head_width=width // heads, **norm),
                text_cfg=dict(context_length=80, vocab_size=32000, hf_tokenizer_name="bert-base-uncased", tokenizer_kwargs=dict(strip_sep_token=True), width=width if size != "base" else 512, heads=heads if size != "base" else 8,
                              layers=layers, pool_type="last", no_causal_mask=True, act_kwargs=dict(approximate="tanh"), **norm))


BIOMED = "microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract"
IMAGENET = dict(mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225], interpolation="bilinear", resize_mode="squash")
# Configurations that open_clip's library does not hold, as the repositories of their checkpoints state them.
OTHERS = {
    "openvision-vit-base-patch16-224": (openvision("base", 224, 768, 12, 12), IMAGENET),
    "openvision-vit-so400m-patch14-384": (openvision("so400m", 384, 1152, 16, 27, patch=14, mlp_ratio=3.7362), IMAGENET),
    "BiomedCLIP": (dict(embed_dim=512, vision_cfg=dict(timm_model_name="vit_base_patch16_224", timm_model_pretrained=False, timm_pool="", timm_proj="linear", image_size=224),
                        text_cfg=dict(hf_model_name=BIOMED, hf_tokenizer_name=BIOMED, hf_proj_type="mlp", hf_pooler_type="cls_last_hidden_state_pooler", context_length=256)), {}),
    "bert-with-pooler": (dict(embed_dim=512, vision_cfg=dict(timm_model_name="vit_small_patch16_224", timm_pool="token", image_size=224),
                              text_cfg=dict(hf_model_name="bert-base-uncased", hf_tokenizer_name="bert-base-uncased", hf_proj_type="linear", hf_pooler_type="cls_pooler")), {}),
    "mt5-base-ViT-B-32": (open_clip.get_model_config("mt5-base-ViT-B-32"), {}),
}
PHOTOS = ["cases/coffee.jpg", "images/chelsea.png", "images/cat-grey.jpg"]
TEXTS = ["a photo of a cat", "A Red-Panda, sitting;  on a tree!", "wow!? 3_cats", "фотография кошки", "", "two dogs near a car " * 30]


REDUCED = {}  # what replaced the arguments of timm's name, for labelwise: open_clip does not read it
create_timm, conv_stem = timm.create_model, hybrid.ConvStem


def reduced_timm(layers, head_width):
    """timm.create_model with its own heads and options, but a narrow and shallow trunk."""
    def make(name, **kwargs):
        if head_width is None and layers is None:
            return create_timm(name, **kwargs)
        hybrid.ConvStem = conv_stem
        with torch.device("meta"):
            full = create_timm(name, **{**kwargs, "pretrained": False})
        REDUCED.clear()
        if isinstance(full, (timm.models.VisionTransformer, timm.models.Eva)):
            turns = 2 if getattr(full, "rope", None) is not None else 1  # rotary positions need a multiple of 4
            width = full.blocks[0].attn.num_heads * head_width * turns if head_width else full.embed_dim
            REDUCED.update(embed_dim=width, depth=layers)
            kwargs.update(REDUCED)
            if name.startswith("vitamin") and head_width:
                REDUCED.update(depths=[1, 2], dims=[16, 24])
                kwargs.update(embed_cfg=vitamin.VitCfg(embed_dim=(16, 24, width), depths=(1, 2), stem_width=16))
            hybrid.ConvStem = lambda channels, **rest: conv_stem(channels=(width // 4, width // 4, width), **rest)  # vit_base_mci_224 states its own
        elif isinstance(full, timm.models.ConvNeXt) and head_width:
            REDUCED.update(depths=[1, 2, 1, 1], dims=[8, 16, 24, 32])
            kwargs.update(REDUCED)
        elif isinstance(full, timm.models.FastVit) and head_width:
            REDUCED.update(depths=[2, *[1] * (len(full.stages) - 1)], dims=[8 * 2**i for i in range(len(full.stages))])
            kwargs.update(layers=REDUCED["depths"], embed_dims=REDUCED["dims"])
        return create_timm(name, **kwargs)
    return make


VOCABULARIES = {"nllb": 256206, "mt5": 250112, "xlm-roberta": 250002, "roberta": 50265, "bert": 30522}


def hf_config(small, layers, options):
    """transformers' configuration of a text tower by its name; head width 64, as published, is what BERT's, RoBERTa's and mT5's heads are counted by."""
    is_full, heads = options.full, 1 if options.compact else 2
    width, hidden = (768, 3072) if is_full else (64 * heads, 48 * heads)

    def make(name, *_args, **_kwargs):
        vocabulary = next(size for part, size in VOCABULARIES.items() if part in name.lower()) if is_full else small
        if "nllb" in name:
            return M2M100Config(vocab_size=vocabulary, d_model=1024 if is_full else 32, encoder_layers=layers, decoder_layers=1, encoder_attention_heads=16, decoder_attention_heads=16, encoder_ffn_dim=4096 if is_full else 48,
                                decoder_ffn_dim=48, max_position_embeddings=1024, scale_embedding=True, activation_function="relu", pad_token_id=1, bos_token_id=0, eos_token_id=2)
        if "mt5" in name:  # as in mt5-small, all heads together are not as wide as the model
            return MT5Config(vocab_size=vocabulary, d_model=768 if is_full else 48 * heads, d_kv=64, d_ff=2048 if is_full else 40 * heads, num_layers=layers, num_decoder_layers=1, num_heads=12 if is_full else heads)
        shape = dict(vocab_size=vocabulary, hidden_size=width, num_hidden_layers=layers, num_attention_heads=12 if is_full else heads, intermediate_size=hidden)
        if "roberta" not in name and "xlm" not in name:
            return BertConfig(**shape, max_position_embeddings=256 if options.compact else 512)
        cls = XLMRobertaConfig if name.startswith("xlm") else RobertaConfig
        return cls(**shape, max_position_embeddings=514, type_vocab_size=1, pad_token_id=1, bos_token_id=0, eos_token_id=2, layer_norm_eps=1e-5)
    return make


def reduce_config(full, vocabulary, layers, head_width):
    cfg = copy.deepcopy(full)
    vision, text = cfg["vision_cfg"], cfg["text_cfg"]
    if "hf_model_name" not in text:
        text.update(vocab_size=vocabulary)
    if head_width is None:
        for part in (vision, text) if layers else ():
            part.update(layers=layers)
        return cfg
    cfg["embed_dim"] = 32
    if "timm_model_name" not in vision:
        if isinstance(vision["layers"], list):
            vision.update(layers=[1, 2, 1, 1], width=8)
        else:
            heads = vision["width"] // vision.get("head_width", 64)
            vision.update(width=heads * head_width, head_width=head_width, layers=layers)
            if head_width == 2 and vision["patch_size"] == 32:  # as many patches, a quarter of the largest tensor
                vision.update(patch_size=16, image_size=vision["image_size"] // 2)
    if "hf_model_name" not in text:
        text.update(width=text["heads"] * head_width, layers=layers)
    if "multimodal_cfg" in cfg:
        decoder = cfg["multimodal_cfg"]
        decoder.update(width=text["width"], heads=text["heads"], layers=1, vocab_size=vocabulary)
        cfg["embed_dim"] = text["width"]
    if vision.get("timm_proj") == "none":  # the trunk makes the embedding
        with torch.device("meta"):
            trunk = timm.create_model(vision["timm_model_name"], num_classes=0, global_pool=vision["timm_pool"])
        cfg["embed_dim"] = trunk.num_features
        if text.get("proj_type") == "none":
            assert text["width"] == trunk.num_features
    return cfg


def randomise(model, seed):
    """Weights that keep activations near one, so that every tensor counts."""
    generator = torch.Generator().manual_seed(seed)
    noise = lambda p: torch.randn(p.shape, generator=generator)
    norms = {f"{name}." for name, m in model.named_modules() if "norm" in type(m).__name__.lower()}
    with torch.no_grad():
        for name, p in [*model.named_parameters(), *model.named_buffers()]:
            last = name.split(".")[-1]
            if not p.is_floating_point() or last == "attn_mask" or "position_ids" in name:
                continue
            if last == "logit_scale":
                p.fill_(4.2)
            elif last == "logit_bias":
                p.fill_(-9.5)
            elif last == "running_mean":
                p.copy_(noise(p) * 0.2)
            elif last == "running_var":
                p.copy_(0.5 + torch.rand(p.shape, generator=generator))
            elif name[: -len(last)] in norms and last == "weight":
                p.copy_(1 + noise(p) * 0.2)
            elif "gamma" in last or ".ls" in name or "layer_scale" in name:
                p.copy_(0.6 + noise(p) * 0.2)
            elif ".se." in name and p.ndim > 1:
                p.copy_(noise(p) * 0.02 * math.prod(p.shape[1:]) ** -0.5)  # large values leave a gate open or shut, whatever else changes
            elif ".SelfAttention.q." in name:  # T5 divides its products by nothing, and is made with queries that are as much smaller
                p.copy_(noise(p) * (64 * p.shape[1]) ** -0.5)
            elif p.ndim < 2 or last == "bias":
                p.copy_(noise(p) * 0.3)
            elif "embed" in name or last in ("query", "latent", "cls_token", "probe") or "token" in last:
                p.copy_(noise(p) * 0.5)
            elif last in ("proj", "text_projection"):  # [in, out]
                p.copy_(noise(p) * p.shape[0] ** -0.5)
            else:
                p.copy_(noise(p) * 1.2 * math.prod(p.shape[1:]) ** -0.5)


def moved(tensor):
    """A change that any program can make, and that no norm takes away: 0.4 sin(i) is added to value i."""
    flat = tensor.flatten().double()
    return (flat + 0.4 * torch.arange(len(flat), dtype=torch.float64).sin()).reshape(tensor.shape).to(tensor.dtype)


def embeddings(folder, ids, photos):
    model, preprocess = open_clip.create_model_from_pretrained(f"local-dir:{folder}", weights_only=True)
    with torch.no_grad():
        pixels = torch.stack([preprocess(photo) for photo in photos])
        return model, model.eval().encode_image(pixels, normalize=True), model.encode_text(ids, normalize=True)


short = lambda t, digits=5: [[round(float(v), digits) for v in row] for row in t]


def make(out, name, options):
    folder = f"{out}/{name}"
    os.makedirs(folder, exist_ok=True)
    full = OTHERS[name][0] if name in OTHERS else open_clip.get_model_config(name)
    text_cfg = full["text_cfg"]
    tokenizer_name = text_cfg.get("hf_tokenizer_name")
    REDUCED.clear()
    vocabulary = make_tokenizer(folder, tokenizer_name, options.compact)
    head_width = None if options.full else 2 if options.compact else 8
    layers = options.layers or (None if options.full else 1 if options.compact else 2)
    timm.create_model = reduced_timm(layers, head_width)
    open_clip.hf_model.AutoConfig = types.SimpleNamespace(from_pretrained=hf_config(vocabulary, layers or 12, options))
    config = reduce_config(full, vocabulary, layers, head_width)
    public = {} if name in OTHERS else open_clip.get_pretrained_cfg(name, open_clip.list_pretrained_tags_by_model(name)[0])
    preprocess = OTHERS[name][1] if name in OTHERS else {k: v for k, v in public.items() if k in ("mean", "std", "interpolation", "resize_mode")}
    open_clip.factory._MODEL_CONFIGS["reduced"] = copy.deepcopy(config)
    model = open_clip.create_model("reduced", force_preprocess_cfg=preprocess, pretrained_text=False).eval()
    randomise(model, zlib.crc32(name.encode()))

    class Written:
        """The tokenizer's files are there already."""
        save_pretrained = staticmethod(lambda _folder: None)

    if options.half:
        model.half()
    save_for_hf(model, Written, config, folder, safe_serialization=True)
    del model
    if options.compact:
        weights = load_file(f"{folder}/open_clip_model.safetensors")
        save_file({k: v.bfloat16() if v.is_floating_point() and v.ndim else v for k, v in weights.items()}, f"{folder}/open_clip_model.safetensors")
    if REDUCED:
        written = json.load(open(f"{folder}/open_clip_config.json"))
        json.dump({**written, "timm_model_args": REDUCED}, open(f"{folder}/open_clip_config.json", "w"), indent=1)
    merges = f"{folder}/merges.txt.gz"
    tokenizer = open_clip.get_tokenizer(f"local-dir:{folder}", **({} if tokenizer_name else {"bpe_path": merges}))
    ids = tokenizer(TEXTS)
    photos = [Image.open(f"{PARITY}/{photo}") for photo in PHOTOS]
    model, ie, te = embeddings(folder, ids, photos)
    digits = 8 if options.perturb else 5
    golden = dict(texts=TEXTS, photos=PHOTOS, ids=[trimmed(row) for row in ids.tolist()], te=short(te, digits), ie=short(ie, digits), scale=float(model.logit_scale.detach().exp()),
                  bias=None if getattr(model, "logit_bias", None) is None else float(model.logit_bias.detach()))
    if options.perturb:
        golden["perturbed"] = perturb(folder, ids, photos, options.perturb)
    if options.mutate:
        golden["mutated"] = mutate(folder, photos, options.mutate, {} if tokenizer_name else {"bpe_path": merges})
    if not tokenizer_name:
        os.remove(merges)
    json.dump(golden, open(f"{folder}/golden.json", "w"), ensure_ascii=False)
    spread = lambda e: float((e @ e.T - torch.eye(len(e))).max())
    print(json.dumps(dict(name=name, bytes=os.path.getsize(f"{folder}/open_clip_model.safetensors"), nearest_images=round(spread(ie), 4), nearest_texts=round(spread(te), 4))), flush=True)


def trimmed(row):
    """Token ids with the run of equal ids at the end, which is padding, as one number and its count."""
    end = len(row)
    while end > 1 and row[end - 2] == row[-1]:
        end -= 1
    return dict(ids=row[: end - 1], last=row[-1], length=len(row))


def perturb(folder, ids, photos, count):
    """Embeddings after a change of each tensor, in the model as it lies in memory; one of them also by way of its file, which has to give the same."""
    path = f"{folder}/open_clip_model.safetensors"
    weights = load_file(path)
    names = sorted(n for n in weights if not n.startswith(("logit_", "text_decoder.")) and weights[n].is_floating_point())
    picked = [names[round(i)] for i in numpy.linspace(0, len(names) - 1, min(count, len(names)))]
    model, preprocess = open_clip.create_model_from_pretrained(f"local-dir:{folder}", weights_only=True)
    held = model.eval().state_dict()
    assert all(torch.equal(held[name], weights[name]) for name in weights)
    pixels, results = preprocess(photos[0])[None], {}
    with torch.no_grad():
        for name in picked:
            held[name].copy_(moved(weights[name]))
            ie, te = model.encode_image(pixels, normalize=True), model.encode_text(ids[:1], normalize=True)
            held[name].copy_(weights[name])
            results[name] = dict(te=short(te, 8), ie=short(ie, 8))
    name = picked[len(picked) // 2]
    save_file({**weights, name: moved(weights[name])}, path)
    _model, ie, te = embeddings(folder, ids, photos[:1])
    save_file(weights, path)
    assert max(float((torch.tensor(results[name][key]) - value[:1]).abs().max()) for key, value in (("ie", ie), ("te", te))) < 1e-4, name
    return results


FIELDS = {"vision_cfg": open_clip.CLIPVisionCfg, "text_cfg": open_clip.CLIPTextCfg, "preprocess_cfg": open_clip.transform.PreprocessCfg}
WORDS = {
    "pool_type": ["tok", "avg", "none", "last", "first", "eos", "argmax"], "timm_pool": ["token", "avg", "map", "", "max"], "timm_proj": ["linear", "mlp", "none", "", None],
    "pos_embed_type": ["learnable", "sin_cos_2d"], "proj_type": ["linear", "none"], "hf_pooler_type": ["mean_pooler", "cls_pooler", "cls_last_hidden_state_pooler"],
    "hf_proj_type": ["linear", "mlp"], "interpolation": ["bicubic", "bilinear", "random", "nearest"], "resize_mode": ["shortest", "longest", "squash"],
    "act_kwargs": [{"approximate": "tanh"}, {"approximate": "none"}, {}], "norm_kwargs": [{"eps": 1e-2}, {}], "tokenizer_kwargs": [{"clean": "whitespace"}, {"clean": "canonicalize"}, {"strip_sep_token": True}, {}],
    "block_type": ["default", "custom"], "tokenizer_mode": ["", "clips"], "mean": [[0.1, 0.2, 0.3]], "std": [[0.3, 0.2, 0.1]], "mode": ["RGB", "L"],
    "timm_model_name": ["vit_base_patch16_siglip_224", "vit_large_patch16_siglip_256", "vit_base_patch16_clip_224", "eva02_base_patch16_clip_224", "vit_pe_core_base_patch16_224",
                        "convnext_base", "convnext_xxlarge", "fastvit_mci2", "fastvit_mci3", "vitamin_small_224"],
}


MODEL_FIELDS = {"quick_gelu": False, "embed_dim": 32, "init_logit_bias": -10, "init_logit_scale": 2.5, "custom_text": False, "nonscalar_logit_scale": False}
PLACES = [("model_cfg", field) for field in MODEL_FIELDS] + [
    (part, field.name) for part, cls in FIELDS.items() for field in dataclasses.fields(cls) if field.name != "output_tokens"]  # it changes what a call returns


def mutation(config, chance, place):
    """Another configuration: a field of those that open_clip knows has another value, or is left out."""
    changed = copy.deepcopy(config)
    part, field = place
    if part == "model_cfg":
        target, default = changed["model_cfg"], MODEL_FIELDS[field]
    else:
        target, default = changed[part] if part == "preprocess_cfg" else changed["model_cfg"][part], getattr(FIELDS[part], field, None)
    value = target.get(field, default)
    if field in target and chance.random() < 0.2:
        target.pop(field)
    elif field in WORDS:
        target[field] = chance.choice([word for word in WORDS[field] if word != value])
    elif isinstance(value, bool):
        target[field] = not value
    elif isinstance(value, int):
        target[field] = chance.choice([value + 1, max(1, value - 1), value * 2, max(1, value // 2), 0])
    elif isinstance(value, float):
        target[field] = value * chance.choice([0.5, 2.0])
    else:
        target[field] = chance.choice([0.5, 1, True])
    return changed


def mutate(folder, photos, count, tokenizer_kwargs):
    path = f"{folder}/open_clip_config.json"
    written = open(path).read()
    chance, results = random.Random(7), []
    for i in range(count):  # each field once, then any
        config = mutation(json.loads(written), chance, PLACES[i] if i < len(PLACES) else chance.choice(PLACES))
        json.dump(config, open(path, "w"))
        try:
            kwargs = {} if config["model_cfg"]["text_cfg"].get("hf_tokenizer_name") else tokenizer_kwargs
            ids = open_clip.get_tokenizer(f"local-dir:{folder}", **kwargs)(TEXTS[:2])
            _model, ie, te = embeddings(folder, ids, photos[:1])
            assert ie.isfinite().all() and te.isfinite().all()
            results.append(dict(config=config, te=short(te), ie=short(ie)))
        except Exception as error:
            results.append(dict(config=config, error=f"{type(error).__name__}: {error}"[:200]))
    open(path, "w").write(written)
    return results


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--compact", action="store_true")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--half", action="store_true")
    parser.add_argument("--layers", type=int)
    parser.add_argument("--perturb", type=int, default=0)
    parser.add_argument("--mutate", type=int, default=0)
    parser.add_argument("--trace", action="store_true")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    torch.set_num_threads(1)
    public = sorted({name for name, _tag in open_clip.list_pretrained()})
    if options.list:
        print(json.dumps(dict(version=open_clip.__version__, names=public)))
    else:
        out, *names = options.names
        for name in names or public:
            try:
                make(out, name, options)
            except Exception as error:
                if options.trace: raise
                print(json.dumps(dict(name=name, error=f"{type(error).__name__}: {error}")), flush=True)
