"""What Python's tokenizers make of odd texts, step by step. pip install tokenizers==0.23.3
python tokenizer_steps.py tests/parity   (its xlm-roberta-tiny holds the charsmap nmt_nfkc)"""
import base64, json, random, sys
import tokenizers
from tokenizers import normalizers as N, pre_tokenizers as P

folder = sys.argv[1]
charsmap = json.load(open(f"{folder}/xlm-roberta-tiny/tokenizer.json"))["normalizer"]["precompiled_charsmap"]
random.seed(1)
ranges = [(32, 0x250), (0x300, 0x370), (0x370, 0x600), (0x900, 0x9d0), (0x1100, 0x1180), (0x1e00, 0x2200), (0x3040, 0x3100), (0xac00, 0xac80), (0xff00, 0xff70)]
pool = [chr(c) for low, high in ranges for c in range(low, high)] + list("\u200d\u200b\ufe0f👨👩🏽🇦🇧𠀀\x85\ufeff")
texts = ["".join(random.choice(pool) for _ in range(random.randint(1, 10))) for _ in range(250)]
texts += ["ΟΔΟΣ", "ΣΑΣ.", "Straße", "ﬁsh", "Ⅷ", "ｶﾞ", "Ä́", "👨‍👩‍👧", "a\u0301\u0308", "İstanbul", "日本語　テスト", "𠀀x", "wow!!?", "a1²3", "naïve_x", " \x85a\ufeff "]
steps = {"Lowercase": N.Lowercase(), "BertNormalizer": N.BertNormalizer(), "Precompiled": N.Precompiled(base64.b64decode(charsmap)), "Strip": N.Strip(),
         "Whitespace": P.Whitespace(), "WhitespaceSplit": P.WhitespaceSplit(), "Punctuation": P.Punctuation(), "Digits": P.Digits(individual_digits=True)}
run = lambda step, text: step.normalize_str(text) if hasattr(step, "normalize_str") else [part for part, _ in step.pre_tokenize_str(text)]
json.dump({"reference": f"tokenizers {tokenizers.__version__}", "texts": texts, "steps": {name: [run(step, text) for text in texts] for name, step in steps.items()}},
          open(f"{folder}/tokenizer-steps.json", "w"), ensure_ascii=True)
