"""Checkpoints of open_clip's configurations at reduced width and depth, in the layout that its push writes, and what it gives for them.

  pip install open_clip_torch==3.3.0 timm==1.0.31 transformers sentencepiece
  open_clip_towers.py --list                       the configurations with public weights, as JSON
  open_clip_towers.py [--layers N] [--perturb N] OUT NAME ...   a folder OUT/NAME each

Heads, pooling, patches, image size, options and tokenizer classes are those of the configuration. Weights are random; norms, statistics and scales
are not the identity. `--perturb N` also gives the embeddings after N of the tensors are changed by `moved`.
"""
import argparse, copy, json, math, os, types, zlib
import numpy, open_clip, open_clip.factory, open_clip.hf_model, open_clip.timm_model, timm, torch
from timm.models import vision_transformer_hybrid as hybrid
from open_clip.push_to_hf_hub import save_for_hf
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import M2M100Config, RobertaConfig, XLMRobertaConfig
from open_clip_tokenizers import PARITY, make_tokenizer

PHOTOS = ["cases/coffee.jpg", "images/chelsea.png", "images/cat-grey.jpg"]
TEXTS = ["a photo of a cat", "A Red-Panda, sitting;  on a tree!", "фотография кошки", "", "two dogs near a car " * 30]
HEAD_WIDTH = 8  # of all heads here: rotary positions need a multiple of 4


REDUCED = {}  # what replaced the arguments of timm's name, for labelwise: open_clip does not read it
create_timm, conv_stem = timm.create_model, hybrid.ConvStem


def reduced_timm(layers):
    """timm.create_model with its own heads and options, but a narrow and shallow trunk."""
    def make(name, **kwargs):
        hybrid.ConvStem = conv_stem
        with torch.device("meta"):
            full = create_timm(name, **{**kwargs, "pretrained": False})
        if isinstance(full, (timm.models.VisionTransformer, timm.models.Eva)):
            width = full.blocks[0].attn.num_heads * HEAD_WIDTH
            kwargs.update(embed_dim=width, depth=layers)
            REDUCED.update(embed_dim=width, depth=layers)
            hybrid.ConvStem = lambda channels, **rest: conv_stem(channels=(width // 4, width // 4, width), **rest)  # vit_base_mci_224 states its own
        return create_timm(name, **kwargs)
    return make


def hf_config(vocabulary, layers):
    """transformers' configuration of a text tower by its name; head width 64, as published, is what heads are counted by."""
    def make(name, *_args, **_kwargs):
        if "nllb" in name:
            return M2M100Config(vocab_size=vocabulary, d_model=32, encoder_layers=layers, decoder_layers=1, encoder_attention_heads=16, decoder_attention_heads=16, encoder_ffn_dim=48, decoder_ffn_dim=48,
                                max_position_embeddings=1024, scale_embedding=True, activation_function="relu", pad_token_id=1, bos_token_id=0, eos_token_id=2)
        cls = XLMRobertaConfig if name.startswith("xlm") else RobertaConfig
        return cls(vocab_size=vocabulary, hidden_size=128, num_hidden_layers=layers, num_attention_heads=2, intermediate_size=96, max_position_embeddings=514, type_vocab_size=1,
                   pad_token_id=1, bos_token_id=0, eos_token_id=2, layer_norm_eps=1e-5)
    return make


def reduce_config(full, vocabulary, layers):
    cfg = copy.deepcopy(full)
    vision, text = cfg["vision_cfg"], cfg["text_cfg"]
    cfg["embed_dim"] = 32
    if "timm_model_name" not in vision:
        if isinstance(vision["layers"], list):
            vision.update(layers=[1, 2, 1, 1], width=8)
        else:
            heads = vision["width"] // vision.get("head_width", 64)
            vision.update(width=heads * HEAD_WIDTH, head_width=HEAD_WIDTH, layers=layers)
    if "hf_model_name" not in text:
        text.update(width=text["heads"] * HEAD_WIDTH, layers=layers, vocab_size=vocabulary)
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
            elif p.ndim < 2 or last == "bias":
                p.copy_(noise(p) * 0.3)
            elif "embed" in name or last in ("query", "latent", "cls_token", "probe") or "token" in last:
                p.copy_(noise(p) * 0.5)
            elif last in ("proj", "text_projection"):  # [in, out]
                p.copy_(noise(p) * p.shape[0] ** -0.5)
            else:
                p.copy_(noise(p) * 1.2 * math.prod(p.shape[1:]) ** -0.5)


def moved(tensor):
    """A change that any program can make: half of the values go up by 0.25, the others down."""
    flat = tensor.flatten().clone().float()
    flat[0::2] += 0.25
    flat[1::2] -= 0.25
    return flat.reshape(tensor.shape).to(tensor.dtype)


def embeddings(folder, ids, photos):
    model, preprocess = open_clip.create_model_from_pretrained(f"local-dir:{folder}", weights_only=True)
    with torch.no_grad():
        pixels = torch.stack([preprocess(photo) for photo in photos])
        return model, model.eval().encode_image(pixels, normalize=True), model.encode_text(ids, normalize=True)


short = lambda t: [[round(float(v), 5) for v in row] for row in t]


def make(out, name, options):
    folder = f"{out}/{name}"
    os.makedirs(folder, exist_ok=True)
    full = open_clip.get_model_config(name)
    text_cfg = full["text_cfg"]
    tokenizer_name = text_cfg.get("hf_tokenizer_name")
    REDUCED.clear()
    vocabulary = make_tokenizer(folder, tokenizer_name)
    timm.create_model = reduced_timm(options.layers)
    open_clip.hf_model.AutoConfig = types.SimpleNamespace(from_pretrained=hf_config(vocabulary, options.layers))
    config = reduce_config(full, vocabulary, options.layers)
    tag = open_clip.list_pretrained_tags_by_model(name)[0]
    preprocess = {k: v for k, v in open_clip.get_pretrained_cfg(name, tag).items() if k in ("mean", "std", "interpolation", "resize_mode")}
    open_clip.factory._MODEL_CONFIGS["reduced"] = copy.deepcopy(config)
    model = open_clip.create_model("reduced", force_preprocess_cfg=preprocess, pretrained_text=False).eval()
    randomise(model, zlib.crc32(name.encode()))

    class Written:
        """The tokenizer's files are there already."""
        save_pretrained = staticmethod(lambda _folder: None)

    save_for_hf(model, Written, config, folder, safe_serialization=True)
    if REDUCED:
        written = json.load(open(f"{folder}/open_clip_config.json"))
        json.dump({**written, "timm_model_args": REDUCED}, open(f"{folder}/open_clip_config.json", "w"), indent=1)
    merges = f"{folder}/merges.txt.gz"
    tokenizer = open_clip.get_tokenizer(f"local-dir:{folder}", **({} if tokenizer_name else {"bpe_path": merges}))
    ids = tokenizer(TEXTS)
    if not tokenizer_name:
        os.remove(merges)
    photos = [Image.open(f"{PARITY}/{photo}") for photo in PHOTOS]
    model, ie, te = embeddings(folder, ids, photos)
    golden = dict(texts=TEXTS, photos=PHOTOS, ids=[trimmed(row) for row in ids.tolist()], te=short(te), ie=short(ie), scale=float(model.logit_scale.detach().exp()),
                  bias=None if getattr(model, "logit_bias", None) is None else float(model.logit_bias.detach()))
    if options.perturb:
        golden["perturbed"] = perturb(folder, ids, photos, options.perturb)
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
    path = f"{folder}/open_clip_model.safetensors"
    weights = load_file(path)
    names = sorted(n for n in weights if not n.startswith(("logit_", "text_decoder.")) and weights[n].is_floating_point())
    picked = [names[round(i)] for i in numpy.linspace(0, len(names) - 1, min(count, len(names)))]
    results = {}
    for name in picked:
        save_file({**weights, name: moved(weights[name])}, path)
        _model, ie, te = embeddings(folder, ids, photos[:1])
        results[name] = dict(te=short(te[:1]), ie=short(ie))
    save_file(weights, path)
    return results


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--perturb", type=int, default=0)
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
