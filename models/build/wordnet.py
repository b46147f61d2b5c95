"""WordNet 3.1 nouns, the ImageNet classes among them, and the tree of concepts above the classes."""
import collections, json, os
from functools import lru_cache

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


class WordNet:
    def __init__(self, folder):
        self.synsets, self.glosses, self.senses, self.counts = {}, {}, collections.defaultdict(list), collections.Counter()
        for line in open(f"{folder}/data.noun"):
            if line.startswith("  "):
                continue
            head, _, gloss = line.partition("|")
            f = head.split()
            self.glosses[f[0]] = gloss.partition('; "')[0].strip()
            words = int(f[3], 16)
            k = 4 + 2 * words
            pointers = [f[k + 1 + 4 * i: k + 5 + 4 * i] for i in range(int(f[k]))]
            self.synsets[f[0]] = ([f[4 + 2 * i].replace("_", " ") for i in range(words)],
                                  [p[1] for p in pointers if p[0] in ("@", "@i") and p[2] == "n"], int(f[1]))
        for line in open(f"{folder}/index.sense"):                       # lemma%pos:... synset rank count
            key, synset, rank, count = line.split()
            lemma, _, pos = key.partition("%")
            self.counts[lemma.replace("_", " "), pos[0]] += int(count)
            if pos[0] == "1":
                self.senses[lemma.replace("_", " ")].append((synset, int(rank), int(count)))
        by_lemmas, by_lemma = collections.defaultdict(list), collections.defaultdict(list)
        for s, (lemmas, _, _) in self.synsets.items():
            by_lemmas[tuple(sorted(l.lower() for l in lemmas))].append(s)
            for l in lemmas:
                by_lemma[l.lower()].append(s)

        def find(wnid, names):
            """The WordNet 3.1 synset of a WordNet 3.0 id, found by its lemmas."""
            exact = by_lemmas.get(tuple(sorted(names)), [])
            if len(exact) == 1:
                return exact[0]
            votes = collections.Counter(s for n in names for s in by_lemma.get(n, []))
            top = max(votes.values())
            return min((s for s in votes if votes[s] == top), key=lambda s: abs(int(s) - int(wnid[1:])))

        self.classes = json.load(open(f"{HERE}/imagenet1k.json"))        # [{wnid, name, lemmas}] in the usual 0..999 order
        self.class_synset = [find(c["wnid"], c["lemmas"]) for c in self.classes]
        self.covers = collections.defaultdict(list)                      # concept -> the classes under it
        for i, s in enumerate(self.class_synset):
            for a in sorted(self.ancestors(s)):
                self.covers[a].append(i)
        self.concepts = sorted(self.covers)

    @lru_cache(None)
    def ancestors(self, s):
        return frozenset({s}.union(*(self.ancestors(h) for h in self.synsets[s][1])))

    def lowest_concept(self, s):
        """The nearest concept at or above a synset."""
        level = [s]
        while level:
            hit = [x for x in level if x in self.covers]
            if hit:
                return min(hit, key=lambda x: len(self.covers[x]))
            level = [h for x in level for h in self.synsets[x][1]]

    def members(self):
        """[concepts, classes]: 1 where the concept covers the class."""
        m = np.zeros((len(self.concepts), len(self.classes)), np.float32)
        for i, s in enumerate(self.concepts):
            m[i, self.covers[s]] = 1
        return m

    def gains(self):
        """{concept: what it adds in information to its parents}"""
        content = {s: -np.log(len(c) / len(self.classes)) for s, c in self.covers.items()}
        return {s: content[s] - max((content[p] for p in self.synsets[s][1] if p in content), default=0.0) for s in self.covers}

    def tree(self):
        """The nodes that say more than their parents: their members [nodes, classes] and the square root of what they add in information."""
        nodes = [(s, g) for s, g in sorted(self.gains().items(), key=lambda n: (len(self.covers[n[0]]), n[0])) if g > 1e-6]
        m = np.zeros((len(nodes), len(self.classes)), np.float32)
        for i, (s, _) in enumerate(nodes):
            m[i, self.covers[s]] = 1
        return m, np.sqrt([g for _, g in nodes]).astype(np.float32) / np.float32(np.sqrt(np.log(len(self.classes))))
