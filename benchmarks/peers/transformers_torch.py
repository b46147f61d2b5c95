"""transformers + torch over image files: transformers_torch.py MODEL_FOLDER BATCH FILE... Prints one JSON line."""
import json, resource, sys, time
import torch
from PIL import Image
from transformers import CLIPImageProcessor, CLIPModel

folder, batch, files = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
started = time.perf_counter()
model, processor = CLIPModel.from_pretrained(folder).eval(), CLIPImageProcessor.from_pretrained(folder)
load = time.perf_counter() - started


def encode(paths):
    with torch.no_grad():
        for i in range(0, len(paths), batch):
            images = [Image.open(p).convert("RGB") for p in paths[i : i + batch]]
            model.get_image_features(**processor(images, return_tensors="pt"))


encode(files[:batch])
at, cpu = time.perf_counter(), time.process_time()
encode(files)
seconds, cpu = time.perf_counter() - at, time.process_time() - cpu
print(json.dumps(dict(imagesPerSecond=len(files) / seconds, cpuSecondsPerImage=cpu / len(files), loadSeconds=load,
                      peakMb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)))
