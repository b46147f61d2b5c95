import { basename } from 'node:path';
import { fingerprint } from '../../core/fingerprint.js';
import { throwIfAborted } from '../../errors.js';
import { hashFiles } from '../../hub/file-hashes.js';
import { encodePng } from '../../images/encode-png.js';
import type { BadExample, Example } from '../dataset.js';
import { badRow, damaged, invalid, listNames } from '../dataset-errors.js';
import { type LabelIndex, matchLabels } from '../match-labels.js';
import type { OpenDatasetOptions } from '../open-options.js';
import type { OpenedDataset } from '../opened-dataset.js';
import { chooseName } from '../splits.js';
import { type Archive, openArchive, readText } from './archive.js';

interface CifarLayout {
  /** The label columns in the order of a record's first bytes, and where their names stand. */
  readonly columns: Readonly<Record<string, string>>;
  readonly splits: Readonly<Record<string, readonly string[]>>;
}

/** How the authors lay out their two data sets: https://www.cs.toronto.edu/~kriz/cifar.html, "binary version". */
const LAYOUTS: readonly CifarLayout[] = [
  {
    columns: { label: 'batches.meta.txt' },
    splits: { train: [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`), test: ['test_batch.bin'] },
  },
  {
    columns: { coarse_label: 'coarse_label_names.txt', fine_label: 'fine_label_names.txt' },
    splits: { train: ['train.bin'], test: ['test.bin'] },
  },
];

const SIDE = 32;
const PLANE = SIDE * SIDE;

/** Whether files of these names are CIFAR-10's or CIFAR-100's. */
export function isCifar(names: readonly string[]): boolean {
  return LAYOUTS.some((layout) => Object.values(layout.columns).every((file) => names.includes(file)));
}

/** CIFAR-10 or CIFAR-100 in the binary version of its authors: the .tar.gz or the folder in it. Images come as PNG, without loss. */
export async function openCifar(path: string, options: OpenDatasetOptions & { home: string }): Promise<OpenedDataset> {
  const name = basename(path);
  const archive = await openArchive(path);
  const names = [...archive.sizes.keys()];
  const layout = LAYOUTS.find((one) => Object.values(one.columns).every((file) => names.includes(file)));
  if (!layout)
    throw invalid(`${name} is an archive without CIFAR's label names. It has ${listNames(names)}.`, 'Unpack it, and name the folder.');
  const columns = Object.keys(layout.columns);
  const column = options.labelColumn ?? (columns.at(-1) as string);
  if (!columns.includes(column))
    throw invalid(`${name} has no column "${column}". There is ${listNames(columns)}.`, 'Choose one with `labelColumn`.');
  if (![undefined, 'image'].includes(options.imageColumn))
    throw invalid(`${name} has no column "${options.imageColumn}": its images are "image".`, 'Leave `imageColumn` out.');
  const splits = Object.entries(layout.splits).filter(([, files]) => files.every((file) => names.includes(file)));
  const split = chooseName(
    splits.map(([one]) => one),
    options.split,
    name,
  );
  const files = layout.splits[split] ?? [];
  const recordBytes = columns.length + 3 * PLANE;
  const counts = files.map((file) => countRecords(archive, file, recordBytes));
  const size = counts.reduce((sum, count) => sum + count, 0);
  if (size === 0) throw invalid(`The split "${split}" of ${name} has 0 rows.`, 'Choose another split.');
  const namesFile = layout.columns[column] as string;
  const own = (await readText(archive, namesFile)).split(/\r?\n/).filter((line) => line !== '');
  const labels = matchLabels(own, options, name);
  const hashes = await hashFiles(archive.filesOf([...files, namesFile]), options.home);
  const reading: Reading = {
    archive,
    files,
    counts,
    recordBytes,
    split,
    labels,
    labelAt: columns.indexOf(column),
    pixelsAt: columns.length,
  };
  return {
    name,
    split,
    revision: undefined,
    fingerprint: fingerprint({ hashes, split, column, labelNames: labels.labelNames }),
    labelNames: labels.labelNames,
    isMultiLabel: false,
    size,
    facts: {
      kind: 'CIFAR binary',
      configs: [],
      config: undefined,
      splits: splits.map(([one]) => one),
      columns: [{ name: 'image', type: 'image bytes' }, ...columns.map((one) => ({ name: one, type: 'integer' }))],
      imageColumn: 'image',
      labelColumn: column,
      files: files.length,
      bytes: size * recordBytes,
    },
    examples: ({ from = 0, signal } = {}) => readExamples(reading, from, signal),
  };
}

function countRecords(archive: Archive, file: string, recordBytes: number): number {
  const bytes = archive.sizes.get(file) ?? 0;
  if (bytes % recordBytes !== 0)
    throw damaged(`${file} of ${archive.path} is cut short: ${bytes} bytes are not a whole number of records of ${recordBytes}.`);
  return bytes / recordBytes;
}

interface Reading {
  readonly archive: Archive;
  readonly files: readonly string[];
  readonly counts: readonly number[];
  readonly recordBytes: number;
  readonly split: string;
  readonly labels: LabelIndex;
  /** The places of the label's byte and of the first red pixel in a record. */
  readonly labelAt: number;
  readonly pixelsAt: number;
}

async function* readExamples(reading: Reading, from: number, signal: AbortSignal | undefined): AsyncGenerator<Example | BadExample> {
  let before = 0;
  for (const [i, file] of reading.files.entries()) {
    const count = reading.counts[i] as number;
    if (before + count > from) {
      const first = Math.max(0, from - before);
      let row = before + first;
      for await (const record of records(reading.archive.read(file, first * reading.recordBytes), reading.recordBytes)) {
        throwIfAborted(signal);
        yield await toExample(record, `${reading.split}/${row++}`, reading);
      }
    }
    before += count;
  }
}

/** Parts of any length as records of one. */
async function* records(parts: AsyncIterable<Uint8Array>, length: number): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array(0);
  for await (const part of parts) {
    const bytes = rest.length === 0 ? part : Buffer.concat([rest, part]);
    let start = 0;
    for (; start + length <= bytes.length; start += length) yield bytes.subarray(start, start + length);
    rest = bytes.subarray(start);
  }
}

async function toExample(record: Uint8Array, id: string, reading: Reading): Promise<Example | BadExample> {
  const number = record[reading.labelAt] as number;
  const place = reading.labels.placeOfNumber(number);
  if (place === undefined)
    return { id, error: badRow(`Row ${id} has the label ${number}, not a number from 0 to ${reading.labels.numberCount - 1}.`) };
  const rgb = new Uint8Array(3 * PLANE); // from [3, height, width] to [height, width, 3]
  for (let c = 0; c < 3; c++) for (let i = 0; i < PLANE; i++) rgb[i * 3 + c] = record[reading.pixelsAt + c * PLANE + i] as number;
  return { id, image: await encodePng(rgb, SIDE, SIDE), labels: [place] };
}
