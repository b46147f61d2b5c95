#!/usr/bin/env bash
# One would expect open_clip's ViTamin-XL-384 to take images of 384 pixels, as ViTamin-L-384 and ViTamin-L2-384 do.
# Version: open_clip_torch 3.3.0 (PyPI). Seen: its configuration says 256, and timm's tower vitamin_xlarge_384 takes them in silence, because
# the XL towers have no table of positions that another size would not fit.
#   ViTamin-L-384 vitamin_large_384 384 / ViTamin-L2-384 vitamin_large2_384 384 / ViTamin-XL-384 vitamin_xlarge_384 256
# Why it matters: whoever takes the image size from the name gets other embeddings than open_clip does.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv; venv/bin/pip download -q --no-deps open_clip_torch==3.3.0
seen=$(venv/bin/python - <<'PY'
import glob, json, zipfile
with zipfile.ZipFile(glob.glob("open_clip_torch-*.whl")[0]) as wheel:
    for name in ("ViTamin-L-384", "ViTamin-L2-384", "ViTamin-XL-384"):
        vision = json.loads(wheel.read(f"open_clip/model_configs/{name}.json"))["vision_cfg"]
        print(name, vision["timm_model_name"], vision["image_size"])
PY
)
echo "$seen"
[ "$(echo "$seen" | tail -1)" = "ViTamin-XL-384 vitamin_xlarge_384 256" ]
