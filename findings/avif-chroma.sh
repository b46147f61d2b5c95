#!/bin/sh
# One expects two AVIF readers to give the same picture, give or take rounding.
# sharp 0.35.5 (libvips 8.18, libheif) repeats each chroma sample of 4:2:0 over its four pixels, although libheif's documentation calls
# bilinear its preferred algorithm; Pillow 13.0.0 (libavif, libyuv) interpolates. Seen here: 77 levels between them, and 1 at 4:4:4.
# It matters because models are trained and measured on Pillow's pixels. A way out that needs no other decoder: write matrix
# coefficients 0 (identity) and full range into the `colr` box. libheif then hands out Cr, Y and Cb as they are stored.
set -e
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null && npm install --silent sharp@0.35.5 >/dev/null
python3 -m venv v && v/bin/pip install -q pillow==13.0.0 numpy
cat >decode.mjs <<'J'
import sharp from 'sharp';
import { writeFileSync } from 'node:fs';
for (const name of ['420', '444']) writeFileSync(`${name}.raw`, await sharp(`${name}.avif`).removeAlpha().raw().toBuffer());
J
cat >check.py <<'P'
import subprocess
import numpy as np
from PIL import Image
x, y = np.meshgrid(np.arange(64), np.arange(64))
picture = Image.fromarray(np.stack([(x // 5 % 2) * 255, np.full_like(x, 90), (y // 7 % 2) * 255], -1).astype(np.uint8))
for name, sampling in (("420", "4:2:0"), ("444", "4:4:4")):
    picture.save(f"{name}.avif", quality=95, subsampling=sampling)
subprocess.run(["node", "decode.mjs"], check=True)
seen = {}
for name in ("420", "444"):
    pillow = np.asarray(Image.open(f"{name}.avif").convert("RGB")).astype(int)
    seen[name] = int(np.abs(pillow - np.fromfile(f"{name}.raw", np.uint8).reshape(pillow.shape)).max())
print("largest difference of sharp and Pillow, by chroma sampling:", seen)
raise SystemExit(0 if seen["420"] > 20 and seen["444"] <= 2 else 1)
P
v/bin/python check.py
