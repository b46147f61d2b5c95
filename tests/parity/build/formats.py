"""Pictures of the rarer kinds and the pixels that Pillow gives for them: usage formats.py IMAGES OUT.

Each picture is small; OUT/golden.json holds for each the SHA-256 of its RGB pixels, and of six resizes of one photo.
"""
import hashlib
import json
import os
import struct
import sys
import zlib

import numpy as np
from PIL import Image, ImageCms, ImageOps

source, out = sys.argv[1:3]
os.makedirs(out, exist_ok=True)
cat = Image.open(f"{source}/chelsea.png").convert("RGB").resize((90, 60), Image.BICUBIC)
deep = (np.asarray(cat.convert("L"), np.uint16) * 257) ^ np.arange(60 * 90, dtype=np.uint16).reshape(60, 90) % 251
cat.convert("CMYK").save(f"{out}/cmyk.jpg", quality=95)
cat.convert("CMYK").save(f"{out}/cmyk.tiff", compression="tiff_lzw")
cat.convert("LA").save(f"{out}/grey-alpha.png")
cat.quantize(16).save(f"{out}/palette-transparent.png", transparency=3)
cat.convert("1").save(f"{out}/one-bit.png")
cat.save(f"{out}/photo.avif", quality=80)
profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()   # red and green swapped: a reader that obeys it shows it
cat.save(f"{out}/swapped-profile.jpg", quality=95, icc_profile=profile.replace(b"rXYZ", b"tmpX").replace(b"gXYZ", b"rXYZ").replace(b"tmpX", b"gXYZ"))
frames = [cat, ImageOps.invert(cat)]
frames[0].save(f"{out}/animated.webp", save_all=True, append_images=frames[1:], lossless=True)
frames[0].save(f"{out}/animated.gif", save_all=True, append_images=frames[1:])
cat.save(f"{out}/photo.tiff")


def png16(path, samples, colour_type):
    height, width = samples.shape[:2]

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    open(path, "wb").write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0))
                           + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


png16(f"{out}/grey-16.png", deep, 0)
png16(f"{out}/rgb-16.png", np.stack([deep, deep[::-1], deep[:, ::-1]], -1), 2)

digest = lambda im: hashlib.sha256(np.ascontiguousarray(np.asarray(im)).tobytes()).hexdigest()
formats = {}
for name in sorted(os.listdir(out)):
    if name == "golden.json":
        continue
    im = Image.open(f"{out}/{name}")
    mode = im.mode
    rgb = Image.fromarray((np.asarray(im) >> 8).astype(np.uint8)).convert("RGB") if mode.startswith("I;16") else ImageOps.exif_transpose(im).convert("RGB")
    formats[name] = dict(mode=mode, size=list(rgb.size), sha256=digest(rgb))
coffee = Image.open(f"{source}/coffee.png").convert("RGB")
filters = {f"{name.lower()}-{w}x{h}": digest(coffee.resize((w, h), getattr(Image, name)))
           for name in ("NEAREST", "BOX", "BILINEAR", "HAMMING", "BICUBIC", "LANCZOS") for w, h in ((224, 224), (300, 900), (31, 17), (500, 60), (900, 300))}
json.dump(dict(pillow=__import__("PIL").__version__, formats=formats, filters=filters), open(f"{out}/golden.json", "w"), indent=1)
print(len(formats), "formats", len(filters), "resizes")
