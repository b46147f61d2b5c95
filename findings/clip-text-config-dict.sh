#!/usr/bin/env bash
# One would expect CLIPConfig's older text_config_dict to change the fields that it names, over text_config.
# Version: transformers 5.24.0 (PyPI). Old CLIP repositories have both in config.json.
# Seen: text_config_dict replaces all of text_config: a field that it leaves out goes back to the class's default.
#   text_config={"hidden_size": 256}, text_config_dict={"num_hidden_layers": 6}  ->  hidden_size 512, num_hidden_layers 6
# Why it matters: whoever merges the two objects builds another model than Python does.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv; venv/bin/pip install -q transformers==5.24.0
seen=$(venv/bin/python - 2>/dev/null <<'PY'
from transformers import CLIPConfig
text = CLIPConfig(text_config={"hidden_size": 256}, text_config_dict={"num_hidden_layers": 6}).text_config
print(f"hidden_size {text.hidden_size}, num_hidden_layers {text.num_hidden_layers}")
PY
)
echo "$seen"
[ "$seen" = "hidden_size 512, num_hidden_layers 6" ]
