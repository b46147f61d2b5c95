"""A hundred mutated configurations of each family, and what transformers makes of them: an error, or embeddings of one text and one picture.

  usage: mutations.py IMAGES PARITY OUT      (pip install torch transformers pillow)
"""
import copy
import json
import os
import random
import sys
import tempfile

import torch
from transformers import AutoImageProcessor, AutoModel, logging

from tiny import opened

logging.set_verbosity_error()
torch.set_num_threads(1)
images, parity, out = sys.argv[1:4]
FAMILIES = ["layouts/transformers5", "families/metaclip2", "layouts/siglip-spiece", "families/naflex", "layouts/bert-vocab", "families/altclip", "families/align"]
VALUES = [0, 1, 2, 3, 7, 16, 32, 64, -1, 1.5, 1e-3, 1e-5, 1e9, "", "gelu", "relu", "quick_gelu", "gelu_pytorch_tanh", "x", True, False, None, [], [1], {}, "8", 8.0]
picture = opened(images, "chelsea.png")


def mutated(config):
    changed = copy.deepcopy(config)
    part = random.choice(["model", "text_config", "vision_config"])
    inner = changed if part == "model" else changed[part]
    field = random.choice(sorted(k for k in inner if k not in ("text_config", "vision_config", "architectures", "model_type", "transformers_version")))
    how = random.random()
    if how < 0.2:
        del inner[field]
    elif how < 0.3:
        inner["new_field"] = random.choice([1, "x"])
    else:
        inner[field] = random.choice(VALUES)
    return changed


def run(folder, config, ids, pixels):
    with tempfile.TemporaryDirectory() as temporary:
        os.symlink(os.path.abspath(f"{folder}/model.safetensors"), f"{temporary}/model.safetensors")
        json.dump(config, open(f"{temporary}/config.json", "w"))
        try:
            model, info = AutoModel.from_pretrained(temporary, output_loading_info=True, attn_implementation="eager")
            if any(info[k] for k in ("missing_keys", "mismatched_keys", "unexpected_keys")):
                return "error"
            model.eval()
            with torch.no_grad():
                text = model.get_text_features(ids).pooler_output[0]
                image = model.get_image_features(**pixels).pooler_output[0]
            unit = lambda v: [round(float(x), 5) for x in v / v.norm()]
            made = dict(text=unit(text), image=unit(image))
            return made if all(x == x for x in made["text"] + made["image"]) else "error"
        except Exception:
            return "error"


result = {}
for family in FAMILIES:
    random.seed(family)
    folder = f"{parity}/{family}"
    config = json.load(open(f"{folder}/config.json"))
    golden = json.load(open(f"{folder}/golden.json"))
    own = golden["texts"][0]["input_ids"]
    length = 64 if "siglip" in family or "naflex" in family else len(own)
    pad = {"families/naflex": 0}.get(family, 1)
    ids = torch.tensor([own + [pad] * (length - len(own))])
    pixels = AutoImageProcessor.from_pretrained(folder, backend="pil")(picture, return_tensors="pt")
    plain = run(folder, config, ids, pixels)
    assert plain != "error", family
    rows = []
    while len(rows) < 100:
        changed = mutated(config)
        made = run(folder, changed, ids, pixels)
        diff = {p: {k: v for k, v in (changed if p == "model" else changed[p]).items() if p != "model" or not k.endswith("_config")} for p in ("model", "text_config", "vision_config")}
        base = {p: (config if p == "model" else config[p]) for p in diff}
        change = [dict(part=p, field=k, value=diff[p].get(k), dropped=k not in diff[p]) for p in diff for k in {*diff[p], *base[p]}
                  if (p != "model" or not k.endswith("_config")) and (k not in diff[p] or k not in base[p] or json.dumps(diff[p][k]) != json.dumps(base[p][k]))]
        if len(change) == 1:
            rows.append(dict(**change[0], python="same" if made == plain else made))
    result[family] = dict(text=golden["texts"][0]["text"], plain=plain, rows=rows)
    print(family, sum(r["python"] == "error" for r in rows), sum(r["python"] == "same" for r in rows))
json.dump(result, open(out, "w"), ensure_ascii=False, indent=0)
