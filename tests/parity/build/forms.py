"""Pictures in forms that libvips reads otherwise than Pillow, and Pillow's pixels: forms.py IMAGES OUT (pip install pillow open_clip_torch pillow-heif).

OUT/golden.json holds the SHA-256 of each picture's RGB pixels, and of what open_clip's own transform gives before it makes a tensor.
OUT/unsupported holds pictures that are refused by name. Three AVIFs in OUT were written by sharp, which leaves their colours to the stream; three
files came with bug reports: photo420.avif, ink-transparent.gif and transparent-white.gif.
"""
import hashlib
import io
import json
import os
import struct
import sys
import zlib

import numpy as np
import open_clip
import pillow_heif
from PIL import Image, ImageOps, PngImagePlugin

source, out = sys.argv[1:3]
os.makedirs(f"{out}/unsupported", exist_ok=True)
W, H = 27, 19
photo = Image.open(f"{source}/chelsea.png").convert("RGB").resize((W, H), Image.BICUBIC)
rgb, grey, cmyk, ycbcr = (np.asarray(photo.convert(mode)) for mode in ("RGB", "L", "CMYK", "YCbCr"))
alpha = np.clip(np.add.outer(np.arange(H) * 9, np.arange(W) * 6), 0, 255).astype(np.uint8)
rgba = photo.copy()
rgba.putalpha(Image.fromarray(alpha))
indexed = photo.quantize(16)


def tiff(name, array, photometric, order="<", compress=False, tile=None, **tags):
    """One strip or tiles; tags by number, as t338=[1], of 16 bits each."""
    height, width = array.shape[:2]
    samples = array.shape[2] if array.ndim == 3 else 1
    kind = array.dtype.kind
    fields = {256: (4, [width]), 257: (4, [height]), 258: (3, [array.dtype.itemsize * 8] * samples), 259: (3, [8 if compress else 1]),
              262: (3, [photometric]), 277: (3, [samples])}
    if kind != "u":
        fields[339] = (3, [{"i": 2, "f": 3}[kind]] * samples)
    fields.update({int(tag[1:]): (3, values) for tag, values in tags.items()})
    swapped = array.astype(array.dtype.newbyteorder(order))
    if tile:
        padded = np.zeros((-(-height // tile) * tile, -(-width // tile) * tile, *array.shape[2:]), array.dtype)
        padded[:height, :width] = array
        parts = [padded[y:y + tile, x:x + tile].tobytes() for y in range(0, height, tile) for x in range(0, width, tile)]
        fields.update({322: (3, [tile]), 323: (3, [tile])})
    else:
        parts = [zlib.compress(swapped.tobytes()) if compress else swapped.tobytes()]
        fields[278] = (4, [height])
    offsets, counts = (324, 325) if tile else (273, 279)
    fields[counts] = (4, [len(part) for part in parts])
    fields[offsets] = (4, [0] * len(parts))
    sizes = {3: 2, 4: 4}
    at = 8 + 2 + 12 * len(fields) + 4
    extra = b""
    placed = {}
    for tag, (code, values) in sorted(fields.items()):
        if sizes[code] * len(values) > 4:
            placed[tag] = at + len(extra)
            extra += bytes(sizes[code] * len(values))
    start = at + len(extra)
    fields[offsets] = (4, [start + sum(map(len, parts[:i])) for i in range(len(parts))])
    pack = lambda code, values: struct.pack(f"{order}{len(values)}{'H' if code == 3 else 'I'}", *values)
    ifd = struct.pack(order + "H", len(fields))
    extra = b""
    for tag, (code, values) in sorted(fields.items()):
        raw = pack(code, values)
        ifd += struct.pack(order + "HHI", tag, code, len(values)) + (struct.pack(order + "I", placed[tag]) if tag in placed else raw.ljust(4, b"\0"))
        extra += raw if tag in placed else b""
    with open(f"{out}/{name}", "wb") as file:
        file.write((b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8) + ifd + struct.pack(order + "I", 0) + extra + b"".join(parts))


WHITE, BLACK, RGB, PALETTE, CMYK, YCBCR, LAB = 0, 1, 2, 3, 5, 6, 8
deep = lambda array: (array.astype(np.uint16) * 257) ^ 77
tiff("ycbcr.tiff", ycbcr, YCBCR, t530=[1, 1])
tiff("ycbcr-tiles.tiff", ycbcr, YCBCR, tile=16, t530=[1, 1])
tiff("ycbcr-deflate.tiff", ycbcr, YCBCR, compress=True, t530=[1, 1])
tiff("ycbcr-unsaid.tiff", ycbcr, YCBCR)
photo.convert("YCbCr").save(f"{out}/ycbcr-lzw.tiff", compression="tiff_lzw")
photo.convert("YCbCr").save(f"{out}/ycbcr-video.tiff", compression="tiff_lzw", tiffinfo={
    529: (0.2126, 0.7152, 0.0722), 532: (16.0, 235.0, 128.0, 240.0, 128.0, 240.0)})
tiff("rgb-tiles.tiff", rgb, RGB, tile=16)
tiff("cmyk-16.tiff", deep(cmyk), CMYK)
tiff("cmyk-16-motorola.tiff", deep(cmyk), CMYK, order=">", compress=True)
tiff("cmyk-extra.tiff", np.dstack([cmyk, alpha]), CMYK, t338=[0])
tiff("float.tiff", grey.astype(np.float32) * 2 - 99.5, BLACK)
tiff("float-white.tiff", grey.astype(np.float32) + 0.7, WHITE, compress=True)
tiff("int-8.tiff", grey.view(np.int8), BLACK)
tiff("int-16.tiff", grey.astype(np.int16) * 3 - 300, BLACK)
tiff("int-32.tiff", grey.astype(np.int32) * 3 - 300, BLACK)
tiff("rgba-16-premultiplied.tiff", np.dstack([(rgb.astype(np.uint32) * alpha[..., None] // 255), alpha]).astype(np.uint16) * 257, RGB, t338=[1])
tiff("rgba.tiff", np.asarray(rgba), RGB, t338=[2])
tiff("rgb-extra.tiff", np.asarray(rgba), RGB, t338=[0])
palette = np.zeros((256, 3), int)
palette[:16] = np.array(indexed.getpalette()[:48]).reshape(-1, 3) * 257
tiff("palette.tiff", np.asarray(indexed), PALETTE, t320=list(map(int, palette.T.flatten())))
indexed.save(f"{out}/palette-last.tiff", compression="tiff_lzw")
photo.convert("1").save(f"{out}/one-bit.tiff", compression="group4")


def gif(name, canvas, place, data, colours=None, own=None, transparent=None, interlaced=False, background=0):
    """`data` are numbers below 4, packed without compression."""
    size = lambda p: {6: 0, 12: 1}[len(p)]
    file = b"GIF89a" + struct.pack("<HH", *canvas) + bytes([0x80 | size(colours) if colours else 0, background, 0]) + bytes(colours or [])
    if transparent is not None:
        file += b"\x21\xf9\x04\x01\0\0" + bytes([transparent]) + b"\0"
    file += b"," + struct.pack("<HHHH", *place) + bytes([(0x80 | size(own) if own else 0) | 0x40 * interlaced]) + bytes(own or [])
    codes = [code for i, value in enumerate(data) for code in ([4, value] if i % 2 == 0 else [value])] + [5]
    bits = sum(code << 3 * i for i, code in enumerate(codes))
    packed = bits.to_bytes(-(-3 * len(codes) // 8), "little")
    open(f"{out}/{name}", "wb").write(file + b"\2" + bytes([len(packed)]) + packed + b"\0;")


FOUR = [10, 20, 30, 200, 0, 0, 0, 200, 0, 250, 250, 250]
numbers = [(i * 7) % 4 for i in range(24)]
gif("small-frame.gif", (10, 8), (2, 3, 6, 4), numbers, FOUR, background=3)
gif("small-frame-transparent.gif", (10, 8), (2, 3, 6, 4), numbers, FOUR, transparent=2)
gif("large-frame.gif", (4, 3), (1, 1, 6, 4), numbers, FOUR)
gif("own-palette.gif", (6, 4), (0, 0, 6, 4), numbers, FOUR, own=[255 - x for x in FOUR], transparent=1)
gif("no-palette.gif", (8, 8), (0, 0, 6, 4), numbers, transparent=3)
gif("grey-palette.gif", (8, 8), (0, 0, 6, 4), numbers, [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3])
gif("short-palette.gif", (6, 4), (0, 0, 6, 4), numbers, FOUR[:6])
gif("interlaced.gif", (6, 4), (0, 0, 6, 4), numbers, FOUR, interlaced=True)
photo.resize((90, 60)).quantize(256).save(f"{out}/photo.gif")
indexed.save(f"{out}/transparent.gif", transparency=3)

for sampling in ("4:2:0", "4:2:2", "4:4:4", "4:0:0"):
    for values in ("full", "limited"):
        photo.save(f"{out}/{sampling.replace(':', '')}-{values}.avif", quality=70, subsampling=sampling, range=values)
photo.resize((28, 20)).save(f"{out}/even.avif", quality=70)
rgba.save(f"{out}/alpha.avif", quality=70)
rgba.save(f"{out}/premultiplied.avif", quality=80, alpha_premultiplied=True)
photo.convert("LA").save(f"{out}/grey-alpha.avif")
photo.save(f"{out}/animated.avif", save_all=True, append_images=[ImageOps.invert(photo)])


def exif(orientation):
    tags = Image.Exif()
    tags[0x112] = orientation
    return tags.tobytes()


def xmp(orientation):
    return (f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
            f'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="{orientation}"/></rdf:RDF></x:xmpmeta>').encode()


for orientation in range(2, 9):
    photo.save(f"{out}/turned-{orientation}.avif", quality=70, exif=exif(orientation))
    text = PngImagePlugin.PngInfo()
    raw = exif(orientation)
    text.add_text("Raw profile type exif", f"\nexif\n{len(raw):8}\n{raw.hex()}\n", zip=True)
    indexed.save(f"{out}/raw-profile-{orientation}.png", pnginfo=text)
text = PngImagePlugin.PngInfo()
text.add_itxt("XML:com.adobe.xmp", xmp(7).decode())
indexed.save(f"{out}/xmp-7.png", pnginfo=text)
photo.save(f"{out}/xmp-6.jpg", xmp=xmp(6), quality=80)
photo.save(f"{out}/xmp-element.jpg", quality=80, xmp=xmp(8).replace(b' tiff:Orientation="8"/>', b"><tiff:Orientation>8</tiff:Orientation></rdf:Description>"))
photo.save(f"{out}/exif-1-xmp-6.jpg", exif=exif(1), xmp=xmp(6), quality=80)
photo.convert("CMYK").save(f"{out}/xmp-cmyk.jpg", xmp=xmp(5), quality=80)
photo.save(f"{out}/xmp-8.webp", xmp=xmp(8), lossless=True)
rgba.save(f"{out}/xmp-5.avif", xmp=xmp(5), quality=70)
rgba.save(f"{out}/alpha.webp", lossless=True)
rgba.save(f"{out}/alpha.png")
photo.convert("LA").save(f"{out}/grey-alpha.png")
photo.convert("1").save(f"{out}/one-bit.png")
photo.convert("CMYK").save(f"{out}/cmyk.jpg", quality=80)
photo.save(f"{out}/one-transparent-colour.png", transparency=photo.getpixel((3, 3)))

digest = lambda image: hashlib.sha256(image.tobytes()).hexdigest()


def by_open_clip(image):
    """By the shorter side, 19 leaving the size as it is: resized, cropped and converted to RGB, in this order."""
    seen = {}
    for size in (16, H, 40):
        result = image
        for step in open_clip.image_transform(size, is_train=False, mean=(0, 0, 0), std=(1, 1, 1)).transforms[:3]:
            result = step(result)
        seen[size] = digest(result)
    return seen


formats = {}
for name in sorted(name for name in os.listdir(out) if "." in name and not name.endswith(".json")):
    image = ImageOps.exif_transpose(Image.open(f"{out}/{name}"))
    formats[name] = dict(mode=image.mode, size=list(image.size), sha256=digest(image.convert("RGB")))
    if image.mode not in ("F", "I"):  # open_clip resizes their numbers, labelwise their 8 bits
        formats[name]["open_clip"] = by_open_clip(image)


def longest_refused(name):
    """The most bytes of a file that Pillow refuses."""
    data = open(f"{out}/{name}", "rb").read()
    for length in range(len(data) - 1, 0, -1):
        try:
            Image.open(io.BytesIO(data[:length])).load()
        except (OSError, SyntaxError):
            return length


cut = {name: longest_refused(name) for name in (
    "rgb-tiles.tiff", "ycbcr.tiff", "ycbcr-tiles.tiff", "ycbcr-deflate.tiff", "palette.tiff", "palette-last.tiff", "one-bit.tiff", "cmyk-16-motorola.tiff",
    "small-frame.gif", "small-frame-transparent.gif", "interlaced.gif", "own-palette.gif", "photo.gif", "transparent.gif")}
json.dump(dict(pillow=__import__("PIL").__version__, open_clip=open_clip.__version__, formats=formats, longest_refused=cut), open(f"{out}/golden.json", "w"), indent=1)

out += "/unsupported"
tiff("lab.tiff", rgb, LAB)
tiff("zstd.tiff", rgb, RGB, t259=[50000])
tiff("lzma.tiff", rgb, RGB, t259=[34925])
tiff("float-rgb.tiff", rgb.astype(np.float32) / 255, RGB)
tiff("float-64.tiff", grey.astype(np.float64), BLACK)
tiff("grey-12.tiff", grey, BLACK, t258=[12])
photo.save(f"{out}/12-bit.jpg", quality=30)
jpeg = bytearray(open(f"{out}/12-bit.jpg", "rb").read())
frame = jpeg.find(b"\xff\xc0")
jpeg[frame + 1], jpeg[frame + 4] = 0xC1, 12
open(f"{out}/12-bit.jpg", "wb").write(jpeg)
jpeg[frame + 1], jpeg[frame + 4] = 0xC3, 8
open(f"{out}/lossless.jpg", "wb").write(jpeg)
pillow_heif.from_pillow(photo).save(f"{out}/photo.heic", quality=30)
print(len(formats), "pictures")
