"""What photos show of words: 208 of COCO's training photos with the objects in each, and 1,000 of Flickr8k's with five captions.

An object is seldom alone: a cup stands on a table, and a frisbee flies over grass. Where a word's photos lie in the embedding space, less the
mean of all photos of the set, says what it looks like there, and its text vector moves that way, the further the more photos there are.
photos.json says which words of captions are taken. Animals and vehicles fill the photos that they are in: held out, they gain nothing.
Nor does a name of a concept of which there are few photos.
"""
import collections, csv, glob, json, os, re

import numpy as np
from PIL import Image

from quantize_image import to_input

FAR, FEW = .5, 6        # how far a text vector moves, relative to its length, by a word of many photos; photos by which it moves half as far
LEAST = 2               # captions of a photo that say a word
ENOUGH = 8              # photos of a word of captions, or of a name of a concept; of another object, one
unit = lambda x: x / np.linalg.norm(x, axis=-1, keepdims=True)


def coco128(folder):
    """{file: names of the objects}, from the public repository lightly-ai/coco128_yolo."""
    names = dict(re.findall(r"^\s+(\d+): (.+)$", open(f"{folder}/object_detection/config.yaml").read(), re.M))
    labels = {os.path.basename(f)[:-4]: open(f).read() for f in glob.glob(f"{folder}/object_detection/labels/train2017/*.txt")}
    return {f: {names[line.split()[0]] for line in labels.get(os.path.basename(f)[:-4], "").splitlines()}
            for f in glob.glob(f"{folder}/images/train2017/*.jpg")}


def coco_tiny(folder):
    """The same, from zzowenzz/COCO_Tiny."""
    found = json.load(open(f"{folder}/annotations/instances_train2017.json"))
    names, shown = {c["id"]: c["name"] for c in found["categories"]}, collections.defaultdict(set)
    for a in found["annotations"]:
        shown[a["image_id"]].add(names[a["category_id"]])
    return {f"{folder}/train2017/{i['file_name']}": shown[i["id"]] for i in found["images"]}


def flickr8k(folder):
    """{file: words that at least two of its captions say}, from quantumnaan/sic_translator."""
    here = os.path.dirname(os.path.abspath(__file__))
    forms = {word: set(said) for word, said in json.load(open(f"{here}/photos.json"))["captions"].items()}
    said = collections.defaultdict(collections.Counter)
    for file, caption in list(csv.reader(open(f"{folder}/data/captions.txt")))[1:]:
        tokens = set(re.findall("[a-z]+", caption.lower()))
        said[file].update(word for word, as_said in forms.items() if tokens & as_said)
    return {f"{folder}/data/images/{file}": {w for w, times in words.items() if times >= LEAST} for file, words in said.items()}


def cropped(file):
    """As the image processor does it: the shorter side 224 pixels, and of that the middle."""
    picture = Image.open(file).convert("RGB")
    size = [max(224, int(side * 224 / min(picture.size))) for side in picture.size]
    left, top = [(side - 224) // 2 for side in size]
    return np.asarray(picture.resize(size, Image.BICUBIC).crop((left, top, left + 224, top + 224)))


def shown_words(folder, concepts, embed_pictures):
    """(words, where each word's text vector moves, relative to its length [words, dimensions], how sure that is, 0 to 1 [words]);
    `embed_pictures` takes pixels [n, 3, 224, 224].
    `concepts` are names of concepts, which have classes of their own, and whether they are animals or vehicles."""
    coco = coco128(f"{folder}/coco128_yolo") | coco_tiny(f"{folder}/COCO_Tiny")
    coco = {os.path.basename(f): (f, names) for f, names in coco.items()}.values()
    captions = flickr8k(f"{folder}/sic_translator").items()
    if (len(coco), len(captions)) != (208, 1000):
        raise SystemExit(f"Expected 208 photos of COCO and 1,000 of Flickr8k under {folder}, found {len(coco)} and {len(captions)}.")
    sums, counts = collections.defaultdict(float), collections.Counter()
    for photos, least in ((sorted(coco), 1), (sorted(captions), ENOUGH)):
        files, names = zip(*photos)
        embedded = np.concatenate([embed_pictures(to_input([cropped(f) for f in files[i:i + 8]])) for i in range(0, len(files), 8)])
        embedded = embedded - embedded.mean(0)
        for word in sorted(set().union(*names)):
            of_word = [word in shown for shown in names]
            if sum(of_word) >= (ENOUGH if word in concepts else least):
                sums[word] = sums[word] + embedded[of_word].sum(0)
                counts[word] += sum(of_word)
    words = sorted(word for word in sums if not concepts.get(word))
    sure = np.float32([counts[w] / (counts[w] + FEW) for w in words])
    return words, FAR * sure[:, None] * unit(np.stack([sums[w] for w in words])).astype(np.float32), sure
