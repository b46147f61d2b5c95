#!/usr/bin/env bash
# One would expect open_clip and transformers to give SigLIP 2 the same text for the same prompt: the weights are the same, and for the first
# SigLIP both take out ASCII punctuation.
# Versions: open_clip_torch 3.3.0, transformers 5.24.0 (PyPI).
# Seen: open_clip's configurations of SigLIP 2 still say clean "canonicalize" (lower case, "_" to a space, no punctuation). transformers'
# Siglip2Tokenizer puts the text in lower case and leaves the rest, so the full stop of "a photo of a cat." is a token there and not here.
#   prompt         A photo of a T-shirt, size_L.
#   open_clip      a photo of a tshirt size l
#   transformers   a photo of a t-shirt, size_l.
# Why it matters: the usual templates end in a full stop. Embeddings of texts that one library made and the other searches with do not match,
# and accuracies measured with the two differ for one checkpoint, with no message from either.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip install -q transformers==5.24.0
venv/bin/pip download -q --no-deps open_clip_torch==3.3.0
venv/bin/python - <<'PYTHON' 2>/dev/null
import ast, glob, json, string, zipfile
from transformers import Siglip2Tokenizer

prompt = 'A photo of a T-shirt, size_L.'
with zipfile.ZipFile(glob.glob('open_clip_torch-*.whl')[0]) as wheel:
    cleaning = json.loads(wheel.read('open_clip/model_configs/ViT-B-16-SigLIP2.json'))['text_cfg']['tokenizer_kwargs']['clean']
    tree = ast.parse(wheel.read('open_clip/tokenizer.py'))
function = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == f'{cleaning}_text')
scope = {'string': string}
exec(compile(ast.Module([function], []), 'tokenizer.py', 'exec'), scope)

tokenizer = Siglip2Tokenizer(vocab={'<pad>': 0, '<eos>': 1, '<bos>': 2, '<unk>': 3, 'a': 4}, merges=[])
normalizer = tokenizer.backend_tokenizer.normalizer
seen = [scope[function.name](prompt), normalizer.normalize_str(prompt).replace('\u2581', ' ')]
print(*seen, sep='\n')
assert seen == ['a photo of a tshirt size l', 'a photo of a t-shirt, size_l.'], seen
PYTHON
