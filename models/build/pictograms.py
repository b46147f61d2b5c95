"""What pictograms show of words that are no class of ImageNet: emoji of four styles, and Tux Paint's stamps, most of which are photos.

Each is put on four backgrounds and read by the image tower. Less the mean of its style, it says what its word looks like: of 187 pictograms
of ImageNet's classes, 57 % are nearest to their own of the 1,000 rows of the classifier, and for 87 % the own is among the ten nearest.
render_pictograms.mjs draws them, and pictograms.json says what each shows: a noun, and the file of WordNet's nouns its sense is in.
"""
import collections, glob, json, os

import numpy as np
from PIL import Image, ImageFilter

from appearance import senses
from quantize_image import to_input

HERE = os.path.dirname(os.path.abspath(__file__))
PLACES = (((255, 255, 255), .95), ((128, 128, 128), .7), (None, .8), (None, .6))   # (background, or a blurred picture; size)


def sense_of(wn, noun, file, among=None):
    """The most usual sense of a noun in one of WordNet's files, and among some synsets."""
    found = [(weight, s) for s, weight in senses(wn, noun) if wn.synsets[s][2] == file and (among is None or s in among)]
    return max(found, default=(0, None))[1]


def named(wn):
    """{(is a stamp, name of the file): (synset, noun, whether the noun is the whole name)}"""
    names = json.load(open(f"{HERE}/pictograms.json"))
    emoji = {(False, k): (sense_of(wn, noun, file), noun, True) for k, (noun, file, _) in names["emoji"].items()}
    stamps = {(True, os.path.splitext(k)[0].replace("/", "-")): (sense_of(wn, noun, file), noun, not part) for k, (noun, file, *part) in names["stamps"].items()}
    return {k: v for k, v in (emoji | stamps).items() if v[0] is not None}


def labels(wn):
    """{noun: synset} of the names that are words of the vocabulary, whatever else is in it; parts of the body are not."""
    return {noun.lower(): s for s, noun, whole in named(wn).values() if whole and len(noun) < 26 and wn.synsets[s][2] != 8}


def on_backgrounds(picture, backgrounds, at, random):
    picture = picture.crop(picture.getbbox())
    for place, (colour, size) in enumerate(PLACES):
        scale = 224 * size / max(picture.size)
        drawn = picture.resize([max(1, round(side * scale)) for side in picture.size], Image.LANCZOS)
        if colour is None:
            photo = Image.open(backgrounds[(at * 7 + place * 131) % len(backgrounds)]).convert("RGB")
            ground = photo.resize((224, 224), Image.BICUBIC).filter(ImageFilter.GaussianBlur(18))
        else:
            ground = Image.new("RGB", (224, 224), colour)
        corner = [int((224 - side) * (.25 + random.random() / 2)) for side in drawn.size]
        ground.paste(drawn, corner, drawn)
        yield np.asarray(ground)


def look(wn, session, folder, backgrounds):
    """(synsets, mean features [synsets, 1280] less the mean of each style, {synset: nouns})"""
    what, random = named(wn), np.random.default_rng(5)
    shown, nouns = collections.defaultdict(list), collections.defaultdict(set)
    for style in sorted(os.listdir(folder)):
        files = [(f, what.get((style == "stamps", os.path.basename(f)[:-4]))) for f in sorted(glob.glob(f"{folder}/{style}/*.png"))]
        files = [(f, meant) for f, meant in files if meant]
        features = np.stack([session.run(None, {"pixel_values": to_input(list(on_backgrounds(Image.open(f).convert("RGBA"), backgrounds, i, random)))})[0]
                             for i, (f, _) in enumerate(files)])
        for x, (_, (synset, noun, _)) in zip((features - features.mean(0)).mean(1), files):
            shown[synset].append(x)
            nouns[synset].add(noun)
    synsets = sorted(shown)
    return synsets, np.stack([np.mean(shown[s], 0) for s in synsets]), nouns
