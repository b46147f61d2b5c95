#!/usr/bin/env bash
# One would expect tokenizer_config.json to decide which tokens stand around a text, and special_tokens_map.json, which transformers 5 no longer writes, to
#   repeat it at most.
# Versions: transformers 5.24.0 with tokenizers 0.23.3 (PyPI).
# Seen: a special_tokens_map.json that is left in the folder overrides tokenizer_config.json, and texts end with its eos_token. An empty
#   "added_tokens_decoder" in tokenizer_config.json, which names no token, switches that file off:
#   both files:          0 3 2   (<s> cat <other>)
#   with the empty list: 0 3 1   (<s> cat </s>)
# Why it matters: CLIP's text tower reads its embedding at the end token. Whoever corrects a token in tokenizer_config.json alone changes nothing, and a library that
#   reads tokenizer_config.json and tokenizer.json, as those in JavaScript and Rust do, embeds other ids than Python. Nothing says so.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv; venv/bin/pip install -q transformers==5.24.0 tokenizers==0.23.3
mkdir model
cat > both.py <<'PY'
import json
from tokenizers import Tokenizer, models
from transformers import AutoTokenizer
Tokenizer(models.Unigram([(w, -1.0) for w in ["<s>", "</s>", "<other>", "▁cat", "<unk>", "<pad>", "<mask>"]], unk_id=4)).save("model/tokenizer.json")
json.dump({"eos_token": "<other>"}, open("model/special_tokens_map.json", "w"))
for extra in ({}, {"added_tokens_decoder": {}}):
    json.dump({"tokenizer_class": "XLMRobertaTokenizer", "bos_token": "<s>", "eos_token": "</s>", **extra}, open("model/tokenizer_config.json", "w"))
    print(*AutoTokenizer.from_pretrained("model")("cat")["input_ids"])
PY
out=$(venv/bin/python both.py 2>/dev/null)
echo "both files:          $(head -1 <<<"$out")"; echo "with the empty list: $(tail -1 <<<"$out")"
[ "$(head -1 <<<"$out")" = '0 3 2' ] && [ "$(tail -1 <<<"$out")" = '0 3 1' ]
