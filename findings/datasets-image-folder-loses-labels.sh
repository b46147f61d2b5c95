#!/usr/bin/env bash
# One would expect that `datasets` keeps the labels of an image folder (train/crab/1.jpg) when one more picture lies beside the folders, and
# that a class called "train" is a class among others.
# datasets 5.2.0: one stray picture drops the labels of all splits; of the classes bus, car and train it reads train alone, as a split without
# labels, and leaves bus and car out. No error, no warning. Output seen:
#   stray  train: 3 rows, columns ['image']
#   train  train: 1 rows, columns ['image']
# It matters because a contact sheet or an exported picture in the folder makes a labelled data set one without labels.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv && venv/bin/pip install -q datasets==5.2.0 pillow==12.0.0
HF_HUB_OFFLINE=1 HF_HOME="$folder/home" venv/bin/python - <<'PYTHON'
import os
from datasets import load_dataset
from PIL import Image
def read(name, *paths):
    for path in paths:
        os.makedirs(os.path.dirname(f'{name}/{path}'), exist_ok=True)
        Image.new('RGB', (8, 8)).save(f'{name}/{path}')
    splits = load_dataset(name)
    for split, rows in splits.items(): print(f'{name:6} {split}: {len(rows)} rows, columns {rows.column_names}')
    return {split: (len(rows), rows.column_names) for split, rows in splits.items()}
seen = [read('stray', 'train/crab/1.jpg', 'train/laptop/1.jpg', 'train/sheet.jpg'), read('train', 'bus/1.jpg', 'car/1.jpg', 'train/1.jpg')]
assert seen == [{'train': (3, ['image'])}, {'train': (1, ['image'])}], 'datasets reads them otherwise now'
PYTHON
