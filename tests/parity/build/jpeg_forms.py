"""JPEGs of every sampling and coding that libjpeg-turbo's cjpeg writes, for tests/integration/decode-by-rows.test.ts.

python jpeg_forms.py IMAGES OUT, with tests/parity/images and tests/parity/jpeg. No pixels are kept: sharp's are what the test expects.
"""

import io
import pathlib
import subprocess
import sys

from PIL import Image

images, out = map(pathlib.Path, sys.argv[1:])
FORMS = {
    "444": ["-sample", "1x1"],
    "422": ["-sample", "2x1"],
    "420": ["-sample", "2x2"],
    "411": ["-sample", "4x1"],
    "440": ["-sample", "1x2"],
    "410": ["-sample", "4x2"],
    "441": ["-sample", "1x4"],
    "mixed": ["-sample", "2x2,2x1,1x2"],
    "finer-chroma": ["-sample", "1x1,1x1,2x2"],
    "rgb": ["-rgb"],
    "grey": ["-grayscale"],
    "420-progressive": ["-sample", "2x2", "-progressive"],
    "422-restart-rows": ["-sample", "2x1", "-restart", "1"],
    "420-restart-blocks": ["-sample", "2x2", "-restart", "2B", "-optimize"],
    "420-arithmetic": ["-sample", "2x2", "-arithmetic"],
    "420-coarse": ["-sample", "2x2", "-quality", "5"],
    "444-fine": ["-sample", "1x1", "-quality", "100"],
}

out.mkdir(exist_ok=True)
picture = io.BytesIO()
Image.open(images / "coffee.png").convert("RGB").resize((83, 61)).save(picture, "PPM")
for name, switches in FORMS.items():
    jpeg = subprocess.run(["cjpeg", *switches], input=picture.getvalue(), capture_output=True, check=True).stdout
    (out / f"{name}.jpg").write_bytes(jpeg)
