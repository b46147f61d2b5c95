#!/usr/bin/env bash
# One would expect that `datasets` reads each Parquet file by the label names in its own metadata, or refuses files that disagree.
# datasets 5.2.0: load_dataset of two files, whose ClassLabel names are [crab, laptop] and [laptop, crab], reads the numbers of both by the
# names of the first. No error, no warning. Output seen: right: crab laptop crab laptop; read: crab laptop laptop crab
# It matters because shards are often written by separate jobs, each with the labels in the order in which it met them: half are then wrong.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv && venv/bin/pip install -q datasets==5.2.0
HF_HUB_OFFLINE=1 HF_HOME="$folder/home" venv/bin/python - <<'PYTHON'
from datasets import ClassLabel, Dataset, Features, Value, load_dataset
right = []
for shard, names in enumerate([['crab', 'laptop'], ['laptop', 'crab']]):
    features = Features({'text': Value('string'), 'label': ClassLabel(names=names)})
    words = ['crab', 'laptop']
    Dataset.from_dict({'text': words, 'label': words}, features=features).to_parquet(f'data/test-{shard:05}-of-00002.parquet')
    right += words
test = load_dataset('parquet', data_files='data/*.parquet', split='train')
read = [test.features['label'].int2str(number) for number in test['label']]
print('right:', *right)
print('read: ', *read)
assert read == ['crab', 'laptop', 'laptop', 'crab'], 'datasets reads them otherwise now'
PYTHON
