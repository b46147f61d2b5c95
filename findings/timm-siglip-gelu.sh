#!/usr/bin/env bash
# One would expect timm's SigLIP towers of one size to compute the same function, and the same as SigLIP in transformers (GELU with tanh).
# Version: timm 1.0.31, transformers 5.24.0 (PyPI).
# Seen: vit_so400m_patch14_siglip_* use the exact GELU (erf), vit_so400m_patch16_siglip_* and vit_giantopt_* GELU with tanh; base and large use the exact
# one. transformers uses tanh for all of them. open_clip's SigLIP configurations name timm's towers, and their texts have yet another switch (act_kwargs).
#   vit_base_patch16_siglip_224 GELU, vit_so400m_patch14_siglip_224 GELU, vit_so400m_patch16_siglip_256 GELUTanh, transformers gelu_pytorch_tanh
# Why it matters: the same published weights give other embeddings in either layout; the activation has to come from the model's name.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv; venv/bin/pip install -q timm==1.0.31 transformers==5.24.0
seen=$(venv/bin/python - 2>/dev/null <<'PY'
import timm, torch
from transformers import SiglipVisionConfig
names = ["vit_base_patch16_siglip_224", "vit_so400m_patch14_siglip_224", "vit_so400m_patch16_siglip_256"]
with torch.device("meta"):
    acts = [type(timm.create_model(name).blocks[0].mlp.act).__name__ for name in names]
print(*acts, SiglipVisionConfig().hidden_act)
PY
)
echo "$seen"
[ "$seen" = "GELU GELU GELUTanh gelu_pytorch_tanh" ]
