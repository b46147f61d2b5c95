"""What ftfy and open_clip make of texts before they cut them into tokens, and the tables of ftfy that it takes.

  usage: clean_text.py data/mojibake.json tests/parity/clean-text.json     (pip install open_clip_torch ftfy)

ftfy is by Robyn Speer and licensed under Apache-2.0.
"""
import json
import random
import re
import sys
import warnings

import ftfy
from ftfy import badness, chardata
from open_clip.tokenizer import _clean_canonicalize, _clean_lower, _clean_whitespace

warnings.simplefilter("ignore")


def compact(pattern):
    """A pattern without the white space and comments of re.VERBOSE."""
    made, inside = "", False
    for line in pattern.split("\n"):
        for i, character in enumerate(line):
            if character == "[" and not inside:
                inside = True
            elif character == "]" and inside:
                inside = False
            elif character == "#" and not inside:
                break
            elif character.isspace() and not inside and character != "\u00a0":
                continue
            made += character
    return made


tables = dict(
    source=f"ftfy {ftfy.__version__} (https://github.com/rspeer/python-ftfy, Apache-2.0)",
    bad=compact(badness.BADNESS_RE.pattern),
    utf8=compact(chardata.UTF8_DETECTOR_RE.pattern),
    altered=chardata.ALTERED_UTF8_RE.pattern.decode("latin-1"),
    lossy=chardata.LOSSY_UTF8_RE.pattern.decode("latin-1"),
    ligatures={chr(k): v for k, v in chardata.LIGATURES.items()},
    widths={chr(k): v if isinstance(v, str) else chr(v) for k, v in chardata.WIDTH_MAP.items()},
    controls="".join(chr(c) for c in sorted(chardata.CONTROL_CHARS)),
    encodings={e: bytes(range(0x80, 0x100)).decode(e, errors="replace") for e in chardata.CHARMAP_ENCODINGS},
)
SPACE = r"[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
script = {**tables, "bad": tables["bad"].replace(r"\w", r"[\p{L}\p{N}_]").replace(r"\s", SPACE)}  # JavaScript's \w is ASCII alone
json.dump(script, open(sys.argv[1], "w"), ensure_ascii=True, indent=0)

random.seed(5)
words = ["a photo of a cat", "schön", "voilà le travail", "naïve café", "東京タワー", "Привет", "l’été", "“quoted”", "it’s", "ＬＯＵＤ　ＮＯＩＳＥＳ", "ﬁsh & chips", "&amp;", "&lt;b&gt;",
         "&eacute;", "&EACUTE;", "&#233;", "&#x1F600;", "&copy 2020", "&notit;", "&amp;amp;", "<b>&eacute;</b>", "snow\u2028line", "tab\tand\x0bvt", "😀 👍🏽", "e\u0301", "\x07bell", "\x1b[31mred\x1b[0m",
         "50 %…", "£5–10", "ü", "İstanbul", "ΣΊΣΥΦΟΣ", "snake_case", "#hash!", "\ufeffbom", "\u00a0nbsp", "Ǆ", "ŉ", "½", "½ cup", "x\x85y", "a\r\nb", "&NTILDE;", "&#128;", "&#0;", "&#xD800;", "&#1114112;",
         "M&S", "&nbsp;", "&quot;hi&quot;", "AT&T", "&ampersand", "&#39;", "\ufffd", "ｶﾞ"]
samples = list(words)
while len(samples) < 700:
    text = " ".join(random.choice(words) for _ in range(random.randint(1, 4)))
    for _ in range(random.randint(0, 2)):
        encoding = random.choice(["latin-1", "windows-1252", "windows-1251", "windows-1250", "macroman", "cp437", "windows-1254", "iso-8859-2", "windows-1257", "windows-1253"])
        try:
            text = text.encode("utf-8").decode(encoding, errors=random.choice(["strict", "replace"]))
        except UnicodeError:
            pass
    if random.random() < 0.1:
        text = text.replace("\u00a0", " ")
    samples.append(text)
samples = sorted(set(samples))
rows = [dict(text=t, whitespace=_clean_whitespace(t), lower=_clean_lower(t), canonicalize=_clean_canonicalize(t)) for t in samples]
for row in rows:
    if row["lower"] == row["whitespace"].lower():
        del row["lower"]
json.dump(dict(reference=tables["source"], rows=rows), open(sys.argv[2], "w"), ensure_ascii=True, indent=0)
changed = sum(r["whitespace"] != " ".join(r["text"].split()) for r in rows)
print(len(rows), changed, [re.compile(tables["bad"]).pattern[:80]])
for t in samples:
    assert bool(re.search(tables["bad"], t)) == badness.is_bad(t), t
    assert bool(re.search(tables["utf8"], t)) == bool(chardata.UTF8_DETECTOR_RE.search(t)), t
