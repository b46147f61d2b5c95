#!/usr/bin/env bash
# One would expect AutoTokenizer to do what tokenizer.json says: the file holds the normaliser, the pre-tokeniser and the model, and the tokenizers
#   library follows all of them.
# Versions: transformers 5.24.0 and tokenizers 0.23.3 (PyPI).
# Seen: if tokenizer_config.json names XLMRobertaTokenizer (or BertTokenizer, GemmaTokenizer and others), transformers 5 takes only the vocabulary from
#   tokenizer.json, and builds the steps anew from its own class. A normaliser that lower-cases, or makes a ligature two letters, is dropped without a word:
#   tokenizers:   0 4 2 | 0 5 2      ("Cat", "ﬁn")
#   transformers: 0 3 2 | 0 3 2      (unknown, unknown)
# Why it matters: texts of a multilingual CLIP that was trained with such a tokenizer get other ids in transformers than in every library that reads the file
#   (in Rust, JavaScript or Python), and so other embeddings, with no error or warning.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv; venv/bin/pip install -q transformers==5.24.0 tokenizers==0.23.3
mkdir model
cat > made.py <<'PY'
import json
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
words = ["<s>", "<pad>", "</s>", "<unk>", "▁cat", "▁fin"]
t = Tokenizer(models.Unigram([(w, -float(i)) for i, w in enumerate(words)], unk_id=3))
t.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
t.add_special_tokens(words[:4])
t.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
t.save("model/tokenizer.json")
json.dump({"tokenizer_class": "XLMRobertaTokenizer"}, open("model/tokenizer_config.json", "w"))
PY
cat > both.py <<'PY'
from tokenizers import Tokenizer
from transformers import AutoTokenizer
texts = ["Cat", "ﬁn"]
own, class_ = Tokenizer.from_file("model/tokenizer.json"), AutoTokenizer.from_pretrained("model")
show = lambda rows: " | ".join(" ".join(map(str, row)) for row in rows)
print(show(own.encode(t).ids for t in texts))
print(show(class_(t)["input_ids"] for t in texts))
PY
venv/bin/python made.py
out=$(venv/bin/python both.py 2>/dev/null)
echo "tokenizers:   $(head -1 <<<"$out")"; echo "transformers: $(tail -1 <<<"$out")"
[ "$(head -1 <<<"$out")" = '0 4 2 | 0 5 2' ] && [ "$(tail -1 <<<"$out")" = '0 3 2 | 0 3 2' ]
