"""Small tokenizers of the classes that open_clip's configurations name, because the hub's own cannot be downloaded.
Each has the special tokens, normaliser and template of the original, and a vocabulary learnt from a few sentences."""
import gzip, io, json, os, shutil
import open_clip.tokenizer, sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

PARITY = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SENTENCES = ["a photo of a cat", "a red panda sitting on a tree", "ein Foto einer Katze", "una foto de un gato", "фотография кошки", "一张猫的照片", "hund på stranden", "two dogs near a car"]
MERGES = 200


def save(folder, tokenizer, **config):
    tokenizer.save(f"{folder}/tokenizer.json")
    json.dump(config, open(f"{folder}/tokenizer_config.json", "w"), indent=1)
    return tokenizer.get_vocab_size()


def clip(folder):
    """open_clip's own tokenizer with its first merges; what its push writes beside it is CLIP's of transformers, which has the same ids."""
    with gzip.open(open_clip.tokenizer.default_bpe(), "rt", encoding="utf-8") as file:
        lines = file.read().split("\n")[: MERGES + 1]
    with gzip.open(f"{folder}/merges.txt.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(lines))
    own = open_clip.tokenizer.SimpleTokenizer(f"{folder}/merges.txt.gz")
    full = json.load(open(f"{PARITY}/clip-tiny/tokenizer.json"))
    start, end = "<|startoftext|>", "<|endoftext|>"
    names = {"<start_of_text>": start, "<end_of_text>": end}
    full["model"].update(vocab={names.get(token, token): id for token, id in own.encoder.items()}, merges=[line.split() for line in lines[1:]])
    for token in full["added_tokens"]:
        token["id"] = full["model"]["vocab"][token["content"]]
    full["post_processor"].update(sep=[end, own.eot_token_id], cls=[start, own.sot_token_id])
    json.dump(full, open(f"{folder}/tokenizer.json", "w"), ensure_ascii=False)
    shutil.copy(f"{PARITY}/clip-tiny/tokenizer_config.json", folder)
    return own.vocab_size


def copied(source, **changes):
    def make(folder):
        shutil.copy(f"{PARITY}/{source}/tokenizer.json", folder)
        config = json.load(open(f"{PARITY}/{source}/tokenizer_config.json"))
        json.dump({**config, **changes}, open(f"{folder}/tokenizer_config.json", "w"), indent=1)
        return Tokenizer.from_file(f"{folder}/tokenizer.json").get_vocab_size()
    return make


def pieces_of(kind, size):
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(SENTENCES * 3), model_writer=written, vocab_size=size, model_type=kind, hard_vocab_limit=False, minloglevel=2)
    model = sentencepiece_model_pb2.ModelProto.FromString(written.getvalue())
    normaliser = normalizers.Precompiled(model.normalizer_spec.precompiled_charsmap) if is_charsmap_kept else normalizers.NFKC()
    return [(p.piece, p.score) for p in model.pieces if p.type == 1], normaliser


def t5(folder, pad="</s>"):
    """SigLIP's: T5's class without its extra tokens."""
    pieces, charsmap = pieces_of("unigram", 120)
    tokenizer = Tokenizer(models.Unigram([("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *pieces], unk_id=2))
    tokenizer.normalizer = normalizers.Sequence([charsmap, normalizers.Strip(left=False, right=True), normalizers.Replace(Regex(" {2,}"), "▁")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    tokenizer.add_special_tokens(["<pad>", "</s>", "<unk>"])
    return save(folder, tokenizer, tokenizer_class="TokenizersBackend", eos_token="</s>", pad_token=pad, unk_token="<unk>", model_max_length=64 if pad == "</s>" else 512)


def roberta(folder):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.train_from_iterator(SENTENCES, trainers.BpeTrainer(vocab_size=400, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"], initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet())))
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return save(folder, tokenizer, tokenizer_class="TokenizersBackend", bos_token="<s>", eos_token="</s>", cls_token="<s>", sep_token="</s>", pad_token="<pad>", unk_token="<unk>", model_max_length=512)


def nllb(folder):
    """NLLB's: SentencePiece BPE, the language code before the text."""
    pieces, charsmap = pieces_of("bpe", 160)
    vocab = {token: id for id, token in enumerate(["<s>", "<pad>", "</s>", "<unk>", *(piece for piece, _ in pieces), "eng_Latn", "<mask>"])}
    rank = {piece: -score for piece, score in pieces}
    merges = sorted(((a, b) for piece in rank for a, b in ((piece[:i], piece[i:]) for i in range(1, len(piece))) if a in rank and b in rank), key=lambda pair: rank["".join(pair)])
    tokenizer = Tokenizer(models.BPE(vocab, merges, unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([charsmap, normalizers.Replace(Regex(" {2,}"), "▁")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(single="eng_Latn $A </s>", special_tokens=[("eng_Latn", vocab["eng_Latn"]), ("</s>", 2)])
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", "eng_Latn", "<mask>"])
    return save(folder, tokenizer, tokenizer_class="TokenizersBackend", bos_token="<s>", eos_token="</s>", sep_token="</s>", pad_token="<pad>", unk_token="<unk>", model_max_length=1024)


GEMMA = copied("cases/siglip2-lowercase", tokenizer_class="TokenizersBackend", do_lower_case=False)
XLM = copied("xlm-roberta-tiny")
BERT = copied("cases/clipa")
BY_NAME = {"bert-base-uncased": BERT, "microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract": BERT, "google/mt5-base": lambda folder: t5(folder, "<pad>"), "roberta-base": roberta, "xlm-roberta-base": XLM, "xlm-roberta-large": XLM, "facebook/xlm-v-base": XLM,
           "facebook/nllb-200-distilled-600M": nllb, "facebook/nllb-200-distilled-1.3B": nllb}


def make_tokenizer(folder, name, is_compact=False):
    """Writes the tokenizer's files into a folder and gives the size of its vocabulary; no name stands for open_clip's own."""
    make = BY_NAME.get(name) if name else clip
    if make is None:
        make = GEMMA if "SigLIP2" in name else t5
    global is_charsmap_kept
    is_charsmap_kept = not is_compact  # SentencePiece's normalisation takes 300 kB
    return make(folder)
