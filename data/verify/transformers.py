import json
import torch
import transformers
from PIL import Image, ImageOps
from transformers import AutoModel, AutoProcessor

processor = AutoProcessor.from_pretrained(MODEL)
model = AutoModel.from_pretrained(MODEL, dtype=torch.float32).eval()
padding = dict(padding="max_length", max_length=64) if model.config.model_type.startswith("siglip") else dict(padding=True)
with torch.no_grad():
    texts = model.get_text_features(**processor(text=PROMPTS, return_tensors="pt", truncation=True, **padding))
    pictures = [ImageOps.exif_transpose(Image.open(path)).convert("RGB") for path in PHOTOS]
    images = [model.get_image_features(**processor.image_processor(images=picture, return_tensors="pt")) for picture in pictures]
rows = lambda output: getattr(output, "pooler_output", output).tolist()
reference = f"transformers {transformers.__version__}, torch {torch.__version__}"
print(json.dumps(dict(reference=reference, texts=rows(texts), images=[rows(image)[0] for image in images])))
