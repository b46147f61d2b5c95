"""The same service as a Python team would write it, FastAPI + transformers + torch: fastapi_service.py MODEL_FOLDER PORT

Images of all requests share batches of up to 8, texts are embedded once, and pictures are opened on threads.
  pip install fastapi uvicorn python-multipart transformers torch pillow
"""
import asyncio
import io
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import torch
import uvicorn
from fastapi import FastAPI, Form, UploadFile
from PIL import Image
from transformers import CLIPImageProcessor, CLIPModel, CLIPTokenizerFast

folder, port = sys.argv[1], int(sys.argv[2])
model = CLIPModel.from_pretrained(folder).eval().requires_grad_(False)
processor, tokenizer = CLIPImageProcessor.from_pretrained(folder), CLIPTokenizerFast.from_pretrained(folder)
unit = lambda rows: torch.nn.functional.normalize(rows, dim=-1)
encoding, opening = ThreadPoolExecutor(1), ThreadPoolExecutor(2)
known, waiting = {}, None


def embed_labels(labels):
    if labels not in known:
        tokens = tokenizer([f"a photo of a {label.strip()}" for label in labels.split(",")], padding=True, truncation=True, return_tensors="pt")
        known[labels] = unit(model.get_text_features(**tokens).pooler_output)
    return known[labels]


def prepare(data):
    return processor(Image.open(io.BytesIO(data)).convert("RGB"), return_tensors="pt").pixel_values


def encode(pixels):
    with torch.inference_mode():
        return unit(model.get_image_features(pixel_values=torch.cat(pixels)).pooler_output)


async def batches():
    loop = asyncio.get_running_loop()
    while True:
        batch = [await waiting.get()]
        while len(batch) < 8 and not waiting.empty():
            batch.append(waiting.get_nowait())
        rows = await loop.run_in_executor(encoding, encode, [pixels for pixels, _ in batch])
        for row, (_, answer) in zip(rows, batch):
            answer.set_result(row)


@asynccontextmanager
async def lifespan(_):
    global waiting
    waiting = asyncio.Queue()
    task = asyncio.create_task(batches())
    yield
    task.cancel()


app = FastAPI(lifespan=lifespan)


@app.get("/readyz")
def ready():
    return {"status": "ready"}


@app.post("/v1/classify")
async def classify(image: UploadFile, labels: str = Form()):
    loop = asyncio.get_running_loop()
    pixels = await loop.run_in_executor(opening, prepare, await image.read())
    answer = loop.create_future()
    await waiting.put((pixels, answer))
    logits = (model.logit_scale.exp() * (await answer) @ embed_labels(labels).T).softmax(-1)
    ranked = sorted(zip(labels.split(","), logits.tolist()), key=lambda pair: -pair[1])
    return {"results": [{"predictions": [{"label": label, "probability": p} for label, p in ranked[:5]]}]}


uvicorn.run(app, host="127.0.0.1", port=port, log_level="error")
