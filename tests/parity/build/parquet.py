"""Writes tests/parity/parquet: small Parquet files by pyarrow, as the hub's data sets are written, with all that readers trip over."""
import io
import json
import os

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

OUT = os.path.join(os.path.dirname(__file__), '..', 'parquet')
ROWS = 12


def png(n):
    buffer = io.BytesIO()
    Image.new('RGB', (8, 8), (n, 2 * n, 3 * n)).save(buffer, 'PNG')
    return buffer.getvalue()


pictures = [png(n) for n in range(ROWS)]
struct = pa.array([{'bytes': b, 'path': None} for b in pictures], pa.struct([('bytes', pa.binary()), ('path', pa.string())]))
several = pa.array([[n % 3, (n + 1) % 3] if n % 4 else [] for n in range(ROWS)], pa.list_(pa.int64()))
words = pa.array(['cat' if n % 2 else 'dog' for n in range(ROWS)])
features = {'image': {'_type': 'Image'}, 'labels': {'feature': {'names': ['a', 'b', 'c'], '_type': 'ClassLabel'}, '_type': 'List'}}
metadata = {'huggingface': json.dumps({'info': {'features': features}})}

os.makedirs(OUT, exist_ok=True)
for codec in ['zstd', 'gzip', 'snappy', 'brotli', 'none']:
    table = pa.table({'image': struct, 'labels': several}).replace_schema_metadata(metadata)
    pq.write_table(table, f'{OUT}/several-{codec}.parquet', compression=codec, row_group_size=5)
raw = pa.table({'jpg': pa.array(pictures, pa.binary()), 'class': words.dictionary_encode()})
pq.write_table(raw, f'{OUT}/raw-dictionary-v2.parquet', row_group_size=5, data_page_version='2.0')
large = pa.table({'image': pa.array(pictures, pa.large_binary()), 'label': words.cast(pa.large_string())})
pq.write_table(large, f'{OUT}/large-types.parquet')
small = pa.table({'image': struct, 'label': pa.array([n % 3 for n in range(ROWS)], pa.uint8())})
pq.write_table(small, f'{OUT}/uint8.parquet')
