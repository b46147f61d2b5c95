"""The fields of open_clip's, transformers', timm's and tokenizers' configurations with their defaults, as installed.
pip install open_clip_torch==3.3.0 transformers==5.24.0 timm==1.0.31
python config_fields.py tests/parity/config-fields.json"""
import dataclasses, glob, inspect, json, os, sys
import open_clip, timm, tokenizers, transformers
from open_clip.model import CLIP, CustomTextCLIP, CLIPTextCfg, CLIPVisionCfg
from open_clip.transform import PreprocessCfg
from timm.models import PretrainedCfg
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers


def plain(value):
    return json.loads(json.dumps(value, default=lambda v: v.value if hasattr(v, "value") else str(v)))


def of_dataclass(cls):
    return {f.name: plain(f.default if f.default is not dataclasses.MISSING else None) for f in dataclasses.fields(cls)}


def of_init(*classes):
    skip = {"self", "args", "kwargs"}
    return {n: plain(p.default if p.default is not inspect.Parameter.empty else None)
            for c in classes for n, p in inspect.signature(c.__init__).parameters.items() if n not in skip}


def of_config(cls):
    return plain({k: v for k, v in cls().to_dict().items() if k not in ("text_config", "vision_config")})


def of_processor(cls):
    kwargs = {name: None for name in cls.valid_kwargs.__annotations__}
    return plain({**kwargs, **cls().to_dict()})


def parts(module, attribute):
    found = {}
    for name, cls in vars(module).items():
        if not inspect.isclass(cls) or name in ("Normalizer", "PreTokenizer"):
            continue
        for args in ((), (" ", "x"), ([],), ("x",), (b"",), (" ", "isolated"), (1,)):
            try:
                tokenizer = Tokenizer(models.BPE())
                setattr(tokenizer, attribute, cls(*args))
                part = json.loads(tokenizer.to_str())[attribute]
                found[part.pop("type")] = part
                break
            except Exception:
                continue
    return found


shipped = {}
for path in glob.glob(os.path.join(os.path.dirname(open_clip.__file__), "model_configs", "*.json")):
    for key in json.load(open(path)):
        shipped.setdefault(key, None)

ours = {
    "versions": {m.__name__: m.__version__ for m in (open_clip, timm, tokenizers, transformers)},
    "open_clip": {"model": {**shipped, **of_init(CLIP, CustomTextCLIP)}, "vision": of_dataclass(CLIPVisionCfg),
                  "text": of_dataclass(CLIPTextCfg), "preprocess": of_dataclass(PreprocessCfg)},
    "transformers": {
        family: {part: of_config(getattr(transformers, f"{family}{name}Config")) for part, name in (("model", ""), ("text", "Text"), ("vision", "Vision"))}
        for family in ("CLIP", "Siglip", "ChineseCLIP", "Siglip2", "MetaClip2", "AltCLIP", "CLIPSeg", "Align")},
    "processors": {name: of_processor(getattr(transformers, f"{name}ImageProcessor")) for name in ("CLIP", "ChineseCLIP", "Bit", "Siglip", "ViT", "Blip", "EfficientNet", "Siglip2")},
    "otherProcessors": ["ConvNextImageProcessor", "MobileViTImageProcessor"],
    "timm": of_dataclass(PretrainedCfg),
    "normalizers": parts(normalizers, "normalizer"),
    "preTokenizers": parts(pre_tokenizers, "pre_tokenizer"),
}
json.dump(ours, open(sys.argv[1], "w"), indent=1, sort_keys=True)
