#!/usr/bin/env bash
# One would expect @huggingface/tokenizers (npm) to give the ids of tokenizers (PyPI) for every tokenizer.json that it loads.
# Versions: @huggingface/tokenizers 0.2.0, tokenizers 0.23.3, Node 20.
# Seen: some steps differ without an error. Lowercase knows the final sigma (Python's does not), Punctuation with behavior "Isolated" keeps runs of marks
#   together, Whitespace splits at letters outside ASCII, Digits knows ASCII digits alone.
#   npm:  σοφος | ["wow","!!?"] | ["na","ï","ve"] | ["a²","1"]
#   PyPI: σοφοσ | ["wow","!","!","?"] | ["naïve"] | ["a","²","1"]
# Why it matters: other ids are other embeddings, and nothing says so.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init -y >/dev/null; npm install --silent @huggingface/tokenizers@0.2.0 >/dev/null
python3 -m venv venv; venv/bin/pip install -q tokenizers==0.23.3
cat > js.mjs <<'JS'
import { DigitsPreTokenizer, LowercaseNormalizer, PunctuationPreTokenizer, WhitespacePreTokenizer } from '@huggingface/tokenizers';
const cut = (step, text) => JSON.stringify(step.pre_tokenize_text(text));
console.log([new LowercaseNormalizer({}).normalize('ΣΟΦΟΣ'), cut(new PunctuationPreTokenizer({ behavior: 'Isolated' }), 'wow!!?'),
  cut(new WhitespacePreTokenizer(), 'naïve'), cut(new DigitsPreTokenizer({ individual_digits: true }), 'a²1')].join(' | '));
JS
cat > py.py <<'PY'
import json
from tokenizers import normalizers as n, pre_tokenizers as p
cut = lambda step, text: json.dumps([part for part, _ in step.pre_tokenize_str(text)], ensure_ascii=False, separators=(",", ":"))
print(" | ".join([n.Lowercase().normalize_str("ΣΟΦΟΣ"), cut(p.Punctuation("isolated"), "wow!!?"), cut(p.Whitespace(), "naïve"), cut(p.Digits(True), "a²1")]))
PY
js=$(node js.mjs); py=$(PYTHONIOENCODING=utf8 venv/bin/python py.py)
echo "npm:  $js"; echo "PyPI: $py"
[ "$js" = 'σοφος | ["wow","!!?"] | ["na","ï","ve"] | ["a²","1"]' ] && [ "$py" = 'σοφοσ | ["wow","!","!","?"] | ["naïve"] | ["a","²","1"]' ]
