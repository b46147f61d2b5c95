import { basename } from 'node:path';
import { fingerprint } from '../../core/fingerprint.js';
import { throwIfAborted } from '../../errors.js';
import type { BadExample, Dataset, Example } from '../dataset.js';
import { damaged, invalid, listNames } from '../dataset-errors.js';
import { type LabelIndex, matchLabels } from '../match-labels.js';
import type { OpenDatasetOptions } from '../open-options.js';
import { type ChosenColumns, chooseColumns, isImageColumn } from './choose-columns.js';
import { type Column, columnsOf } from './columns.js';
import { type Feature, parseMetadataFeatures } from './features.js';
import { openParquetFile, withParquetFile } from './parquet-file.js';
import { partsOf } from './parts-of.js';
import { readExample } from './read-example.js';

/** A Parquet file of a split. */
export interface Shard {
  readonly path: string;
  /** A hash of its content. */
  readonly hash: string;
}

interface CountedShard extends Shard {
  /** The rows of each part that is read at once: a row group, or less of a very large one. */
  readonly parts: readonly number[];
}

/** The files of one split, and what is known of them from elsewhere. */
export interface ParquetSource {
  readonly name: string;
  readonly split: string;
  readonly revision: string | undefined;
  readonly shards: readonly Shard[];
  /** From the README; the files' own metadata comes first. */
  readonly features: readonly Feature[];
}

/** A split in Parquet files: the footers are read now, row groups one at a time when they are needed. */
export async function openParquetDataset(
  source: ParquetSource,
  options: OpenDatasetOptions,
): Promise<Dataset & { readonly columns: readonly Column[]; readonly chosen: ChosenColumns }> {
  const { name, split, revision } = source;
  const [first] = source.shards;
  if (first === undefined) throw invalid(`The split "${split}" of ${name} has no files.`, 'Choose another split.');
  const { columns, features } = await readSchema(first.path, source.features);
  const chosen = chooseColumns(columns, features, name, options);
  const shards: CountedShard[] = [];
  for (const shard of source.shards) shards.push({ ...shard, parts: await countRows(shard.path, chosen, name) });
  const size = shards.flatMap(({ parts }) => parts).reduce((sum, rows) => sum + rows, 0);
  if (size === 0)
    throw invalid(`The split "${split}" of ${name} has 0 rows.`, 'Choose another split, or check how the files were written.');
  const own = chosen.labelNames ?? (chosen.isText ? await distinctLabels(shards, chosen, options.signal) : undefined);
  const labels = matchLabels(own, options, `${name} (column ${chosen.label})`);
  return {
    name,
    split,
    revision,
    fingerprint: fingerprint({ shards: shards.map(({ hash }) => hash), chosen, split, labelNames: labels.labelNames }),
    labelNames: labels.labelNames,
    isMultiLabel: chosen.isMultiLabel,
    size,
    columns,
    chosen,
    examples: ({ from = 0, signal } = {}) => readExamples({ name: split, shards, chosen, labels }, from, signal),
  };
}

interface Reading {
  readonly name: string;
  readonly shards: readonly CountedShard[];
  readonly chosen: ChosenColumns;
  readonly labels: LabelIndex;
}

async function* readExamples(reading: Reading, from: number, signal: AbortSignal | undefined): AsyncGenerator<Example | BadExample> {
  let before = 0; // rows of the split before the shard
  for (const shard of reading.shards) {
    const rows = shard.parts.reduce((sum, count) => sum + count, 0);
    if (before + rows > from) yield* readShard(reading, shard, before, from, signal);
    before += rows;
  }
}

async function* readShard(reading: Reading, shard: CountedShard, before: number, from: number, signal: AbortSignal | undefined) {
  const { chosen } = reading;
  const { file, close } = await openParquetFile(shard.path);
  try {
    let start = 0; // rows of the shard before the part
    for (const count of shard.parts) {
      const first = Math.max(start, from - before);
      const end = start + count;
      if (first < end) {
        throwIfAborted(signal);
        const rows = await file.read([chosen.image, chosen.label], first, end);
        if (rows.length !== end - first)
          throw damaged(`${basename(shard.path)} promises ${end - first} rows from row ${first} on and holds ${rows.length}.`);
        for (const [i, row] of rows.entries()) {
          throwIfAborted(signal);
          yield readExample(row, `${reading.name}/${before + first + i}`, chosen, reading.labels);
        }
      }
      start = end;
    }
  } finally {
    await close();
  }
}

/** Whether a file has a column that can hold encoded images. */
export const holdsImages = (path: string): Promise<boolean> =>
  withParquetFile(path, async ({ metadata }) => (await columnsOf(metadata)).some(isImageColumn));

async function readSchema(path: string, fromCard: readonly Feature[]): Promise<{ columns: Column[]; features: Feature[] }> {
  return withParquetFile(path, async ({ metadata }) => {
    const text = metadata.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value;
    const own = parseMetadataFeatures(text);
    const added = fromCard.filter(({ name }) => !own.some((feature) => feature.name === name && feature.kind !== 'other'));
    return { columns: await columnsOf(metadata), features: [...added, ...own] };
  });
}

/** The rows of each part. Every file has to have the columns. */
async function countRows(path: string, chosen: ChosenColumns, name: string): Promise<number[]> {
  return withParquetFile(path, async ({ metadata }) => {
    const names = (await columnsOf(metadata)).map((column) => column.name);
    const missing = [chosen.image, chosen.label].filter((column) => !names.includes(column));
    if (missing.length > 0)
      throw invalid(
        `The file ${basename(path)} of ${name} lacks the column ${missing.join(' and ')}. It has ${listNames(names)}.`,
        'All files of a split need the same columns.',
      );
    return metadata.row_groups.flatMap((group) => partsOf(group, [chosen.image, chosen.label]));
  });
}

/** Labels that are words are their own names: all that occur, sorted. Only their column is read. */
async function distinctLabels(shards: readonly CountedShard[], chosen: ChosenColumns, signal: AbortSignal | undefined): Promise<string[]> {
  const found = new Set<string>();
  for (const shard of shards) {
    await withParquetFile(shard.path, async (file) => {
      let start = 0;
      for (const count of shard.parts) {
        throwIfAborted(signal);
        for (const row of await file.read([chosen.label], start, start + count))
          for (const label of [row[chosen.label]].flat()) if (typeof label === 'string' && label !== '') found.add(label);
        start += count;
      }
    });
  }
  if (found.size === 0) throw invalid(`The column "${chosen.label}" holds no labels at all.`, 'Choose another with --label-column.');
  return [...found].sort();
}
