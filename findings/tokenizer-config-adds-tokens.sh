#!/usr/bin/env bash
# One would expect tokenizer.json to say the ids of every text, and pad_token in tokenizer_config.json only what fills texts up.
# Versions: transformers 5.24.0 with tokenizers 0.23 (PyPI), @huggingface/tokenizers 0.2.0 (npm), Node 20.
# Seen: transformers cuts texts at each special token that tokenizer_config.json names, also at one that tokenizer.json does not list. The npm library
#   takes both files and does not. With pad_token "!", as some copies of CLIP's tokenizer have it, "a!" is
#   npm:  3 5 2 4   (<s> a !</w> <e>)
#   PyPI: 3 1 0 4   (<s> a</w> ! <e>)
# Why it matters: each prompt with an exclamation mark gets another embedding, and nothing says so.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init -y >/dev/null; npm install --silent @huggingface/tokenizers@0.2.0 >/dev/null
python3 -m venv venv; venv/bin/pip install -q transformers==5.24.0
mkdir model
cat > model/tokenizer.json <<'JSON'
{"version": "1.0", "truncation": null, "padding": null, "normalizer": null, "pre_tokenizer": {"type": "WhitespaceSplit"}, "decoder": null,
 "added_tokens": [{"id": 3, "content": "<s>", "special": true, "normalized": false, "lstrip": false, "rstrip": false, "single_word": false},
   {"id": 4, "content": "<e>", "special": true, "normalized": false, "lstrip": false, "rstrip": false, "single_word": false}],
 "post_processor": {"type": "RobertaProcessing", "cls": ["<s>", 3], "sep": ["<e>", 4], "trim_offsets": false, "add_prefix_space": false},
 "model": {"type": "BPE", "dropout": null, "unk_token": "<e>", "continuing_subword_prefix": "", "end_of_word_suffix": "</w>", "fuse_unk": false,
   "byte_fallback": false, "ignore_merges": false, "vocab": {"!": 0, "a</w>": 1, "!</w>": 2, "<s>": 3, "<e>": 4, "a": 5}, "merges": []}}
JSON
echo '{"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>", "eos_token": "<e>", "pad_token": "!"}' > model/tokenizer_config.json
cat > js.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';
const read = (name) => JSON.parse(readFileSync(`model/${name}.json`));
console.log(new Tokenizer(read('tokenizer'), read('tokenizer_config')).encode('a!').ids.join(' '));
JS
cat > py.py <<'PY'
from transformers import AutoTokenizer
print(*AutoTokenizer.from_pretrained('model')('a!')['input_ids'])
PY
js=$(node js.mjs); py=$(venv/bin/python py.py 2>/dev/null)
echo "npm:  $js"; echo "PyPI: $py"
[ "$js" = '3 5 2 4' ] && [ "$py" = '3 1 0 4' ]
