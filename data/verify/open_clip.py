import json
import open_clip
import os
import torch
from PIL import Image, ImageOps

name = f"local-dir:{MODEL}" if os.path.isdir(MODEL) else f"hf-hub:{MODEL}"
model, preprocess = open_clip.create_model_from_pretrained(name)
tokenizer = open_clip.get_tokenizer(name)
model.eval()
with torch.no_grad():
    texts = model.encode_text(tokenizer(PROMPTS))
    images = torch.cat([model.encode_image(preprocess(ImageOps.exif_transpose(Image.open(path)))[None]) for path in PHOTOS])
reference = f"open_clip {open_clip.__version__}, torch {torch.__version__}"
print(json.dumps(dict(reference=reference, texts=texts.tolist(), images=images.tolist())))
