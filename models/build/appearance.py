"""Which of ImageNet's classes a word that names none of the concepts looks like, worked out beforehand and kept as a short list for each word.

An okapi is not among the classes. Its gloss, what WordNet's tree has it share with the classes, and its name say what it looks like. Two lists
are made of these: one by their sum, and one by a Gaussian process, which has seen the 1,000 classes and foretells the row that the classifier
would have for it; its list holds the classes whose rows are nearest. A word has the mean of both. If there is a pictogram of it, the list is
made of the foretold row and of what the pictogram shows instead.
"""
import numpy as np

from vocabulary import MEANT

KEPT = 24                                           # classes for each word
GLOSS, SHARED, NAME = 10.0, .5, 3.0                 # weights in the sum: of cosines of glosses and names, and of shared information, in nats
GLOSS_KERNEL, SHARED_KERNEL, NAME_KERNEL = 2.0, 1.0, 1.0
NARROW, NOISE = 3.0, 1.0                            # of each part of the kernel, exp(NARROW * (cosine - 1)); of the rows
SURE, SHOWN = 5.0, 2.0                              # weight of the cosine of a foretold row with a class's; of a pictogram's, against that
LEAST, LABELLED = .3, .9                            # a pictogram shows a rarer sense of a word in vain; its own noun mostly means what it shows
LONGEST = 200                                       # characters of a gloss
unit = lambda x: x / np.linalg.norm(x, axis=-1, keepdims=True)
kernel = lambda cosines: np.exp(NARROW * (cosines - 1))


def senses(wn, word):
    """[(synset, weight)] of the senses that a picture can show, by how often WordNet's texts use each."""
    found = [(s, (count + 1) / rank ** 1.5) for s, rank, count in wn.senses.get(word.lower(), []) if s in wn.synsets and wn.synsets[s][2] in MEANT]
    total = sum(weight for _, weight in found)
    return [(s, weight / total) for s, weight in found]


def shared_information(wn, synsets):
    """([synsets, classes] in nats, the same as cosines) of the concepts above each."""
    gains, place = wn.gains(), {s: i for i, s in enumerate(wn.concepts)}

    def above(of):
        out = np.zeros((len(of), len(place)), np.float32)
        for row, s in zip(out, of):
            for a in wn.ancestors(s) & place.keys():
                row[place[a]] = max(gains[a], 0) ** .5
        return out

    own = np.mean([gains[s] for s in wn.class_synset])      # what a word that is no concept would add itself
    rest = np.float32([0 if s in place else own for s in synsets])
    of_synsets, of_classes = above(synsets), above(wn.class_synset)
    return of_synsets @ of_classes.T, of_synsets @ unit(of_classes).T / np.sqrt((of_synsets ** 2).sum(1) + rest)[:, None]


def likely(scores):
    p = np.exp(scores - scores.max(-1, keepdims=True))
    return p / p.sum(-1, keepdims=True)


def keep(p):
    """Only the likeliest classes, as probabilities."""
    out = np.zeros_like(p)
    order = np.argsort(-p, kind="stable")[:KEPT]
    out[order] = p[order] / p[order].sum()
    return out


class Foretold:
    """The rows that the classifier would have, from glosses, the tree and names."""

    def __init__(self, meaning, of_class, class_names, rows):
        self.meaning, self.rows = meaning, rows             # [synsets, classes], [classes, 1280]
        alike = meaning[of_class] + NAME_KERNEL * kernel(class_names)
        self.fitted = np.linalg.solve(alike + NOISE * np.eye(len(rows)), rows).astype(np.float32)

    def cosines(self, synsets, names):
        """[synsets, classes]: of the foretold rows with the classes' own; `names` are cosines of names, [synsets or 1, classes]."""
        return unit((self.meaning[synsets] + NAME_KERNEL * kernel(names)) @ self.fitted) @ unit(self.rows).T


def classes_like(wn, words, keys, class_keys, class_rows, pictograms, embed, embed_names):
    """(classes [words, KEPT], weights [words, KEPT]); `keys` and `class_keys` are embeddings of the words and of the classes' names,
    `pictograms` what pictograms.look gives."""
    shown, features, nouns = pictograms
    meant, names = [senses(wn, word) for word in words], keys @ class_keys.T
    synsets = sorted({s for found in meant for s, _ in found} | set(wn.class_synset) | set(shown))
    at = {s: i for i, s in enumerate(synsets)}
    of_class = [at[s] for s in wn.class_synset]
    texts = [wn.glosses[s] for s in synsets], [f"{', '.join(wn.synsets[s][0][:3])}: {wn.glosses[s]}" for s in synsets]
    glosses = unit(sum(embed([text[:LONGEST] for text in kind]) for kind in texts))
    glosses = glosses @ glosses[of_class].T
    nats, shared = shared_information(wn, synsets)
    rows = unit(class_rows)
    rows = rows - rows.mean(0)
    foretold = Foretold(GLOSS_KERNEL * kernel(glosses) + SHARED_KERNEL * kernel(shared), of_class, class_keys @ class_keys.T, rows)
    sums = GLOSS * glosses + SHARED * nats

    first_names = embed_names([wn.synsets[s][0][0] for s in shown]) @ class_keys.T
    seen = SHOWN * unit(features) @ unit(rows).T
    picture = dict(zip(shown, likely(SURE * (foretold.cosines([at[s] for s in shown], first_names) + seen))))

    def list_of(word, found, cosines):
        places, shares = [at[s] for s, _ in found], np.float32([weight for _, weight in found])
        p = keep(shares @ likely(sums[places] + NAME * cosines)) + keep(shares @ likely(SURE * foretold.cosines(places, cosines)))
        pictured = [(max(weight, LABELLED) if word.lower() in nouns[s] else weight, s) for s, weight in found if s in picture]
        share, s = max(pictured, default=(0, None))
        return keep((1 - share) * p / 2 + share * picture[s] if share >= LEAST else p)

    classes, weights = np.zeros((len(words), KEPT), np.int16), np.zeros((len(words), KEPT), np.float32)
    for i, (word, found) in enumerate(zip(words, meant)):
        if found:
            p = list_of(word, found, names[i])
            classes[i] = np.argsort(-p, kind="stable")[:KEPT]
            weights[i] = p[classes[i]]
    return classes, weights
