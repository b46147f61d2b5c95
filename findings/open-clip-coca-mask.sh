#!/usr/bin/env bash
# One would expect CoCa's class token, which comes last, to see the text and itself, and no padding.
# Version: open_clip_torch 3.3.0 (PyPI), with which the published CoCa weights are run (TextTransformer, correct_cls_mask=False).
# Seen: the mask is one place off. The token sees the first token of padding and does not see itself, unless the text fills the context.
#   places that it sees, of a text of 4 tokens in a context of 8:  [0, 1, 2, 3, 4] (its own is 8)
#   the text's embedding moves with the embedding of padding:      True
# Why it matters: whoever masks padding as usual gets other text embeddings than open_clip.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv; venv/bin/pip install -q open_clip_torch==3.3.0
seen=$(venv/bin/python - 2>/dev/null <<'PY'
import torch
from open_clip.transformer import TextTransformer
torch.manual_seed(0)
tower = TextTransformer(context_length=8, vocab_size=20, width=16, heads=2, layers=1, output_dim=8, embed_cls=True).eval()
text = torch.tensor([[1, 5, 6, 2, 0, 0, 0, 0]])
_, mask = tower._embeds(text)
row = (mask[0, -1] == 0).nonzero().flatten().tolist()  # what the class token, at place 8, sees
with torch.no_grad():
    before = tower(text)
    tower.token_embedding.weight[0] += torch.randn(16)
    after = tower(text)
print(row, bool((before - after).abs().max() > 1e-4))
PY
)
echo "$seen"
[ "$seen" = "[0, 1, 2, 3, 4] True" ]
