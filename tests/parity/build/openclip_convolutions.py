"""Tiny OpenCLIP checkpoints with convolutional image towers, with what open_clip 3.3.0 and timm 1.0.31 give for one photo and five texts, and for
the photo after one tensor is changed by `shifted`, for a sample of the tensors.
python openclip_convolutions.py CASES   (the folder tests/parity/cases; its clipa holds the tokenizer)"""
import copy, json, os, shutil, sys
import open_clip, timm, torch
from PIL import Image
from safetensors.torch import save_file
from timm.models import vitamin
from open_clip_towers import randomise, short

cases = sys.argv[1]
TEXTS = [f"a photo of a {x}." for x in ("cat", "dog", "red panda", "car", "beach")]
TEXT = dict(context_length=16, vocab_size=411, hf_tokenizer_name="bert-base-uncased", width=8, heads=2, layers=1)
create_model = timm.create_model
MIXED = dict(depths=[1, 2, 1, 1], dims=[4, 8, 12, 16])
FAST = dict(depths=[1, 1, 1, 1], dims=[2, 4, 8, 32])
WITHIN = dict(embed_dim=24, depth=1, depths=[1, 2], dims=[8, 12])
# name: vision_cfg, arguments of timm's name as labelwise and as timm take them
CASES = {
    "openclip-resnet": (dict(image_size=64, layers=[1, 2, 1, 1], width=2, head_width=32), {}, {}),
    "openclip-convnext": (dict(timm_model_name="convnext_base", timm_pool="", timm_proj="mlp", image_size=64), MIXED, MIXED),
    "openclip-fastvit": (dict(timm_model_name="fastvit_mci2", timm_pool="avg", timm_proj=None, image_size=64), FAST, dict(layers=FAST["depths"], embed_dims=FAST["dims"])),
    "openclip-vitamin": (dict(timm_model_name="vitamin_small_224", timm_pool="", timm_proj="linear", image_size=64), WITHIN,
                         dict(img_size=64, embed_dim=24, depth=1, embed_cfg=vitamin.VitCfg(embed_dim=(8, 12, 24), depths=(1, 2), stem_width=8))),
}
SAMPLE = 6


def shifted(tensor):
    """A change that no normalisation takes back."""
    return tensor + 0.25 * torch.cos(torch.arange(tensor.numel(), dtype=torch.float64)).float().reshape(tensor.shape)


def shift_each(model, embed):
    """What the photo becomes after each tensor of a sample is changed."""
    tensors = {k: v for k, v in model.state_dict().items() if k.startswith("visual.") and v.is_floating_point()}
    names = sorted(tensors)
    results = {}
    for name in names[:: len(names) // SAMPLE]:
        kept = tensors[name].clone()
        tensors[name].copy_(shifted(kept))
        results[name] = embed()
        tensors[name].copy_(kept)
    return results


for number, (name, (vision, args, timm_args)) in enumerate(CASES.items()):
    torch.manual_seed(5)
    timm.create_model = lambda *a, **k: create_model(*a, **{**k, **timm_args})
    cfg = dict(embed_dim=16, custom_text=True, vision_cfg=vision, text_cfg=TEXT)
    model = open_clip.model.CustomTextCLIP(**{k: copy.deepcopy(v) for k, v in cfg.items() if k != "custom_text"}).eval()
    randomise(model, number)
    if name == "openclip-resnet":
        cfg["vision_cfg"]["patch_size"] = None  # as open_clip's configurations say
    folders = [f"{cases}/{name}"] + ([f"{cases}/{name}-folded"] if "fastvit" in name else [])
    preprocess = open_clip.transform.image_transform_v2(open_clip.transform.PreprocessCfg(size=64, mean=(0.5,) * 3, std=(0.5,) * 3), is_train=False)
    for folder in folders:
        os.makedirs(folder, exist_ok=True)
        for file in ("tokenizer.json", "tokenizer_config.json"):
            shutil.copy(f"{cases}/clipa/{file}", folder)
        json.dump(dict(model_cfg=cfg, preprocess_cfg=dict(mean=[0.5] * 3, std=[0.5] * 3), **(dict(timm_model_args=args) if args else {})),
                  open(f"{folder}/open_clip_config.json", "w"), indent=1)
    ids = open_clip.get_tokenizer(f"local-dir:{folders[0]}")(TEXTS)
    pixels = preprocess(Image.open(f"{cases}/coffee.jpg")).unsqueeze(0)
    with torch.no_grad():
        te = model.encode_text(ids, normalize=True)
        embed = lambda: short(model.encode_image(pixels, normalize=True))
        ie, changed = embed(), shift_each(model, embed)
    golden = dict(texts=TEXTS, te=short(te), ie=ie, changed=changed, scale=float(model.logit_scale.detach().exp()), bias=0, ids=ids.tolist())
    for folder in folders:
        if folder.endswith("-folded"):
            model.visual.trunk = timm.utils.reparameterize_model(model.visual.trunk)
            del golden["changed"]  # the tensors of the branches
        save_file({k: v.contiguous() for k, v in model.state_dict().items()}, f"{folder}/open_clip_model.safetensors")
        json.dump(golden, open(f"{folder}/golden.json", "w"))
        print(folder, os.path.getsize(f"{folder}/open_clip_model.safetensors"))
