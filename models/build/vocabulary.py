"""The words that pocket's text tower compares a text with, and what each of them stands for."""
import collections

import numpy as np
from scipy import sparse

WORDS = 15400           # names of concepts, then the usual words for other things under them; nouns that pictograms show come on top
LARGEST_CONCEPT = 300   # a concept that covers more classes says too little about a word under it
THINGS = {5: 2.2, 6: 1.6, 8: .5, 13: 2, 15: .2, 17: 2, 18: .3, 20: 1.3, 27: .3}   # WordNet's files of nouns: animals, artifacts, bodies, food ...
MEANT = (5, 6, 8, 13, 15, 17, 18, 19, 20, 25, 27)
ABSTRACT = (4, 7, 9, 10, 11, 12, 14, 16, 19, 22, 23, 24, 26, 28)
SYSTEMATIC = ("genus ", "family ", "order ", "class ", "subfamily ", "suborder ", "phylum ", "subclass ", "superfamily ", "division ", "tribe ")


def meanings(wn, word):
    """{concept, or None for what no concept covers: weight}, by how often WordNet's texts use each sense."""
    out = collections.Counter()
    for s, rank, count in wn.senses.get(word.lower(), []):
        if s not in wn.synsets:
            continue
        concept = wn.lowest_concept(s)
        known = concept is not None and len(wn.covers[concept]) <= LARGEST_CONCEPT and wn.synsets[s][2] in MEANT
        out[concept if known else None] += (count + 1) / rank ** 1.5
    total = sum(out.values())
    return {c: w / total for c, w in out.items()}


def known_words(wn, pictured):
    """({word: {concept: weight}}, how many of the first are names of concepts); `pictured` {noun: synset} are words in any case."""
    words = {}
    for s in wn.concepts:
        if len(wn.covers[s]) <= 600:
            for lemma in wn.synsets[s][0]:
                if lemma not in words:
                    found = {c: w / 2 for c, w in meanings(wn, lemma).items()}
                    found[s] = found.get(s, 0) + 1 - sum(found.values())
                    words[lemma] = found
    for c, s in zip(wn.classes, wn.class_synset):
        words[c["name"]] = {s: 1.0}
    concepts = len(words)
    others = []
    for s, (lemmas, _, file) in wn.synsets.items():
        concept = wn.lowest_concept(s)
        if file not in THINGS or concept is None:
            continue
        for place, lemma in enumerate(lemmas[:3]):
            foreign = lemma != lemma.lower()
            if (lemma in words or lemma.lower() in words or lemma.startswith(SYSTEMATIC) or len(lemma) > 28
                    or (foreign and file not in (5, 13)) or any(c.isdigit() for c in lemma)):
                continue
            found = meanings(wn, lemma)
            if sum(w for c, w in found.items() if c is not None) < .25:
                continue
            usual = sum(count for _, _, count in wn.senses.get(lemma, []))
            score = (THINGS[file] + np.log1p(usual) + .25 * np.log(len(wn.classes) / len(wn.covers[concept]))
                     - .35 * lemma.count(" ") - .8 * place - .8 * foreign)
            others.append((-score, lemma, found))
    for _, lemma, found in sorted(others, key=lambda o: o[:2]):
        if len(words) == WORDS:
            break
        words.setdefault(lemma, found)
    written = {word.lower() for word in words}
    for noun, s in pictured.items():
        if noun not in written:
            words[noun] = {wn.lowest_concept(s): 1.0}
    return words, concepts


def unknown_words(wn, known):
    """Usual adjectives, actions and abstract nouns: what the model does not know."""
    def usual(pos, n):
        words = [w for w, p in wn.counts if p == pos and not any(c.isdigit() for c in w) and len(w) < 25]
        return sorted(words, key=lambda w: (-wn.counts[w, pos], w))[:n]

    def doing(verb):
        return verb if " " in verb else (verb[:-1] if verb.endswith("e") and not verb.endswith("ee") else verb) + "ing"

    first = {w: min(found, key=lambda f: f[1])[0] for w, found in wn.senses.items()}
    abstract = [w for w, s in first.items() if s in wn.synsets and wn.synsets[s][2] in ABSTRACT and len(w) < 25]
    abstract = sorted(abstract, key=lambda w: (-wn.counts[w, "1"], w))[:1000]
    words = dict.fromkeys(usual("3", 800) + usual("5", 200) + [doing(v) for v in usual("2", 500)] + abstract)
    return [w for w in words if w not in known]


def meaning_matrix(wn, words, unknown):
    """[words + unknown, concepts], sparse; the rows of unknown words are empty."""
    place = {s: i for i, s in enumerate(wn.concepts)}
    found = [(i, place[c], w) for i, m in enumerate(words.values()) for c, w in m.items() if c is not None]
    rows, columns, weights = zip(*found)
    return sparse.coo_matrix((np.float32(weights), (rows, columns)), shape=(len(words) + unknown, len(wn.concepts))).tocsr().tocoo()
