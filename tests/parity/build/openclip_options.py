"""Tiny OpenCLIP checkpoints that set the rarer options of vision_cfg and text_cfg, with what open_clip 3.3.0 gives for one photo and five texts.
python openclip_options.py CASES   (the folder tests/parity/cases; its clipa holds the tokenizer)"""
import json, os, shutil, sys
import open_clip, torch
from PIL import Image
from safetensors.torch import save_file

cases = sys.argv[1]
TEXTS = [f"a photo of a {x}." for x in ("cat", "dog", "red panda", "car", "beach")]
vision = dict(image_size=32, layers=2, width=16, head_width=8, patch_size=8)
text = dict(context_length=32, vocab_size=411, hf_tokenizer_name="bert-base-uncased", width=16, heads=2, layers=2)
OPTIONS = {
    "openclip-scaled": dict(embed_dim=8, vision_cfg=dict(vision, ls_init_value=0.5, pool_type="avg", norm_kwargs={"eps": 1e-3}, act_kwargs={"approximate": "tanh"}),
                            text_cfg=dict(text, ls_init_value=0.5, proj_bias=True, pool_type="eos", eos_id=3, norm_kwargs={"eps": 1e-3}, act_kwargs={"approximate": "tanh"})),
    "openclip-first": dict(embed_dim=16, init_logit_bias=-10, quick_gelu=True, vision_cfg=dict(vision, pos_embed_type="sin_cos_2d", mlp_ratio=2.6),
                           text_cfg=dict(text, no_causal_mask=True, pool_type="first", proj_type="none", mlp_ratio=2.6)),
    "openclip-clips": dict(embed_dim=8, vision_cfg=dict(vision, no_ln_pre=True, pool_type="avg", final_ln_after_pool=True, pos_embed_type="sin_cos_2d"),
                           text_cfg=dict(text, tokenizer_mode="clips", tokenizer_kwargs={"strip_sep_token": True}, no_causal_mask=True, pool_type="last", context_length=12)),
}
ONLY = sys.argv[2:]  # names of cases to make; all by default
for name, cfg in OPTIONS.items():
    if ONLY and name not in ONLY:
        continue
    torch.manual_seed(3)
    folder = f"{cases}/{name}"
    os.makedirs(folder, exist_ok=True)
    model = open_clip.model.CustomTextCLIP(**json.loads(json.dumps(cfg))).eval()
    with torch.no_grad():
        for key, value in model.named_parameters():
            value.add_(torch.randn_like(value) * (0.3 if value.ndim > 1 else 0.1))
        model.logit_scale.fill_(4.6)
    save_file({k: v.contiguous() for k, v in model.state_dict().items()}, f"{folder}/open_clip_model.safetensors")
    cfg["custom_text"] = True
    pre = dict(mean=[0.5] * 3, std=[0.5] * 3, interpolation="bicubic", resize_mode="squash")
    json.dump(dict(model_cfg=cfg, preprocess_cfg=pre), open(f"{folder}/open_clip_config.json", "w"), indent=1)
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(f"{cases}/clipa/{file}", folder)
    if "clips" in name:
        special = json.load(open(f"{folder}/tokenizer_config.json"))
        json.dump({**special, "bos_token": "[MASK]", "eos_token": "[SEP]"}, open(f"{folder}/tokenizer_config.json", "w"), indent=1)
    model, preprocess = open_clip.create_model_from_pretrained(f"local-dir:{folder}")
    ids = open_clip.get_tokenizer(f"local-dir:{folder}")(TEXTS)
    with torch.no_grad():
        te = model.eval().encode_text(ids, normalize=True)
        ie = model.encode_image(preprocess(Image.open(f"{cases}/coffee.jpg")).unsqueeze(0), normalize=True)
    logits = model.logit_scale.exp() * ie @ te.T + (model.logit_bias if model.logit_bias is not None else 0)
    json.dump(dict(texts=TEXTS, photos=["coffee.jpg"], te=te.tolist(), ie=ie.tolist(), scale=float(model.logit_scale.exp()),
                   bias=float(model.logit_bias or 0), logits=logits.tolist(), ids=ids.tolist()), open(f"{folder}/golden.json", "w"))
