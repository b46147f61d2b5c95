/**
 * Writes a data set of made-up JPEG images as Parquet, in the layout of the hub: several shards of row groups of 1,000, one row group in
 * memory at a time. Every image is another file; every 1,999th has the same pixels. The same arguments give the same bytes.
 *
 *     node benchmarks/make-synthetic-dataset.mjs FOLDER [images] [shards] [bytes an image]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import sharp from 'sharp';

const LABELS = ['red', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple', 'pink', 'grey', 'white'];
const DISTINCT = 1999; // prime: never in step with rows, batches or labels
const ROWS_IN_GROUP = 1000;
const SIDE = 96;

/** @returns the bytes written */
export async function makeSyntheticDataset(folder, { images = 100_000, shards = 4, bytes = 10_800 } = {}) {
  const pictures = await drawPictures(Math.min(images, DISTINCT));
  mkdirSync(join(folder, 'data'), { recursive: true });
  writeFileSync(join(folder, 'README.md'), readme(images));
  let written = 0;
  for (let shard = 0; shard < shards; shard++) {
    const [first, end] = [shard, shard + 1].map((n) => Math.floor((images * n) / shards));
    const pad = (number) => String(number).padStart(5, '0');
    const writer = fileWriter(join(folder, 'data', `test-${pad(shard)}-of-${pad(shards)}.parquet`));
    const parquet = new ParquetWriter({ writer, schema: SCHEMA, codec: 'UNCOMPRESSED', statistics: false, kvMetadata: [metadata()] });
    for (let start = first; start < end; start += ROWS_IN_GROUP) {
      const rows = Array.from({ length: Math.min(ROWS_IN_GROUP, end - start) }, (_, i) => start + i);
      const files = rows.map((row) => toUniqueJpeg(pictures[row % pictures.length], row, bytes));
      parquet.write({
        columnData: [
          { name: 'image', data: files.map((file, i) => ({ bytes: file, path: `${rows[i]}.jpg` })) },
          { name: 'label', data: rows.map((row) => BigInt((row * 7) % LABELS.length)) },
        ],
        rowGroupSize: ROWS_IN_GROUP,
      });
      written += files.reduce((sum, file) => sum + file.length, 0);
    }
    parquet.finish();
  }
  return written;
}

const SCHEMA = [
  { name: 'schema', num_children: 2, repetition_type: 'REQUIRED' },
  { name: 'image', num_children: 2, repetition_type: 'OPTIONAL' },
  { name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
  { name: 'path', type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' }, repetition_type: 'OPTIONAL' },
  { name: 'label', type: 'INT64', repetition_type: 'OPTIONAL' },
];

function metadata() {
  const features = { image: { _type: 'Image' }, label: { names: LABELS, _type: 'ClassLabel' } };
  return { key: 'huggingface', value: JSON.stringify({ info: { features } }) };
}

function readme(images) {
  const names = LABELS.map((name, i) => `          '${i}': ${name}`).join('\n');
  return `---
dataset_info:
  features:
  - name: image
    dtype: image
  - name: label
    dtype:
      class_label:
        names:
${names}
  splits:
  - name: test
    num_examples: ${images}
configs:
- config_name: default
  data_files:
  - split: test
    path: data/test-*
---

Made-up images for measuring memory and resumption: the labels mean nothing.
`;
}

/** Discs of one colour on another, with noise; a linear congruential generator, so that every run draws the same. */
async function drawPictures(count) {
  const pictures = [];
  for (let n = 0; n < count; n++) {
    let state = n + 1;
    const random = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    for (let i = 0; i < 8; i++) random();
    const [ground, disc] = [0, 1].map(() => [0, 1, 2].map(() => random() * 255));
    const [x0, y0, radius] = [random() * SIDE, random() * SIDE, SIDE * (0.15 + random() * 0.3)];
    const data = Buffer.alloc(SIDE * SIDE * 3);
    for (let y = 0; y < SIDE; y++)
      for (let x = 0; x < SIDE; x++) {
        const colour = Math.hypot(x - x0, y - y0) < radius ? disc : ground;
        for (let c = 0; c < 3; c++) data[(y * SIDE + x) * 3 + c] = Math.max(0, Math.min(255, colour[c] + (random() - 0.5) * 60));
      }
    pictures.push(
      await sharp(data, { raw: { width: SIDE, height: SIDE, channels: 3 } })
        .jpeg({ quality: 85 })
        .toBuffer(),
    );
  }
  return pictures;
}

/** The picture with a comment of its row's number, as long as makes the whole `bytes` long. */
function toUniqueJpeg(jpeg, row, bytes) {
  const comment = Buffer.alloc(Math.max(16, Math.min(65_000, bytes - jpeg.length - 4)), ' ');
  comment.write(`row ${row}`);
  const head = Buffer.from([0xff, 0xd8, 0xff, 0xfe, 0, 0]);
  head.writeUInt16BE(comment.length + 2, 4);
  return Buffer.concat([head, comment, jpeg.subarray(2)]);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [folder, images, shards, bytes] = process.argv.slice(2);
  if (folder === undefined) {
    console.error('usage: node benchmarks/make-synthetic-dataset.mjs FOLDER [images, 100000] [shards, 4] [bytes an image, 10800]');
    process.exit(2);
  }
  const numbers = {
    ...(images && { images: Number(images) }),
    ...(shards && { shards: Number(shards) }),
    ...(bytes && { bytes: Number(bytes) }),
  };
  const written = await makeSyntheticDataset(folder, numbers);
  console.error(`wrote ${(written / 1e9).toFixed(2)} GB of images to ${folder}`);
}
