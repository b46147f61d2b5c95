import { basename } from 'node:path';
import { fingerprint } from '../../core/fingerprint.js';
import { throwIfAborted } from '../../errors.js';
import type { BadExample, Dataset, Example } from '../dataset.js';
import { invalid, listNames } from '../dataset-errors.js';
import { type LabelIndex, matchLabels } from '../match-labels.js';
import type { OpenDatasetOptions } from '../open-options.js';
import { type ChosenColumns, chooseColumns, isImageColumn } from './choose-columns.js';
import { type Column, columnsOf } from './columns.js';
import { type Feature, parseMetadataFeatures } from './features.js';
import { openParquetFile, withParquetFile } from './parquet-file.js';
import { readExample } from './read-example.js';
import { joinNames, namesOf, type OpenedShard, type Shard, withNames } from './shard-names.js';

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
  const shards: OpenedShard[] = [];
  for (const shard of source.shards) shards.push({ ...shard, ...(await readFooter(shard.path, source.features)) });
  const [first] = shards;
  if (first === undefined) throw invalid(`The split "${split}" of ${name} has no files.`, 'Choose another split.');
  const chosen = chooseColumns(first.columns, first.features, name, options);
  for (const shard of shards) refuseOtherColumns(shard, first, chosen, name);
  const size = shards.reduce((sum, shard) => sum + rowsOf(shard), 0);
  if (size === 0)
    throw invalid(`The split "${split}" of ${name} has 0 rows.`, 'Choose another split, or check how the files were written.');
  const own = joinNames(shards, chosen.label, name) ?? (await ownNames(shards, chosen, options.signal));
  const labels = matchLabels(own, options, `${name} (column ${chosen.label})`);
  return {
    name,
    split,
    revision,
    fingerprint: fingerprint({ shards: shards.map(({ hash }) => hash), chosen, split, labelNames: labels.labelNames }),
    labelNames: labels.labelNames,
    isMultiLabel: chosen.isMultiLabel,
    size,
    columns: first.columns,
    chosen,
    examples: ({ from = 0, signal } = {}) => readExamples({ name: split, shards, chosen, labels }, from, signal),
  };
}

/** Whether a file has a column that can hold encoded images. */
export const holdsImages = (path: string): Promise<boolean> =>
  withParquetFile(path, async ({ metadata }) => (await columnsOf(metadata)).some(isImageColumn));

const rowsOf = ({ groups }: OpenedShard): number => groups.reduce((sum, rows) => sum + rows, 0);

interface Reading {
  readonly name: string;
  readonly shards: readonly OpenedShard[];
  readonly chosen: ChosenColumns;
  readonly labels: LabelIndex;
}

async function* readExamples(reading: Reading, from: number, signal: AbortSignal | undefined): AsyncGenerator<Example | BadExample> {
  let before = 0; // rows of the split before the shard
  for (const shard of reading.shards) {
    if (before + rowsOf(shard) > from) yield* readShard(reading, { shard, before, from }, signal);
    before += rowsOf(shard);
  }
}

async function* readShard(reading: Reading, at: { shard: OpenedShard; before: number; from: number }, signal: AbortSignal | undefined) {
  const { chosen, name } = reading;
  const { shard, from } = at;
  const labels = withNames(reading.labels, namesOf(shard, chosen.label));
  const { file, close } = await openParquetFile(shard.path);
  try {
    let row = at.before;
    for (const [group, count] of shard.groups.entries()) {
      const skipped = Math.min(count, Math.max(0, from - row));
      row += skipped;
      if (skipped === count) continue;
      throwIfAborted(signal);
      for await (const rows of file.readGroup(group, [chosen.image, chosen.label], skipped))
        for (const values of rows) {
          throwIfAborted(signal);
          yield await readExample(values, { id: `${name}/${row++}`, file: shard.path }, chosen, labels);
        }
    }
  } finally {
    await close();
  }
}

async function readFooter(path: string, fromCard: readonly Feature[]): Promise<Omit<OpenedShard, keyof Shard>> {
  return withParquetFile(path, async ({ metadata }) => {
    const text = metadata.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value;
    const own = parseMetadataFeatures(text);
    const added = fromCard.filter(({ name }) => !own.some((feature) => feature.name === name && feature.kind !== 'other'));
    const groups = metadata.row_groups.map(({ num_rows }) => Number(num_rows));
    return { columns: await columnsOf(metadata), features: [...added, ...own], groups };
  });
}

/** Every file of a split has to have the columns, and of the same types: numbers mean something else than words. */
function refuseOtherColumns(shard: OpenedShard, first: OpenedShard, { image, label }: ChosenColumns, name: string): void {
  const typeOf = ({ columns }: OpenedShard, wanted: string): string | undefined => columns.find((column) => column.name === wanted)?.type;
  const missing = [image, label].filter((column) => typeOf(shard, column) === undefined);
  if (missing.length > 0)
    throw invalid(
      `The file ${basename(shard.path)} of ${name} lacks the column ${missing.join(' and ')}. It has ${listNames(shard.columns.map((column) => column.name))}.`,
      'All files of a split need the same columns.',
    );
  for (const column of [image, label])
    if (typeOf(shard, column) !== typeOf(first, column))
      throw invalid(
        `The column "${column}" of ${name} holds ${typeOf(first, column)} in ${basename(first.path)}, and ${typeOf(shard, column)} in ${basename(shard.path)}.`,
        'All files of a split need columns of the same types.',
      );
}

/** The names of labels that the files do not name; numbers have none. */
async function ownNames(shards: readonly OpenedShard[], chosen: ChosenColumns, signal: AbortSignal | undefined) {
  const isBoolean = shards[0]?.columns.some(({ name, type }) => name === chosen.label && type === 'boolean');
  return isBoolean ? ['false', 'true'] : chosen.isText ? distinctLabels(shards, chosen, signal) : undefined;
}

/** Labels that are words are their own names: all that occur, sorted. Only their column is read. */
async function distinctLabels(shards: readonly OpenedShard[], chosen: ChosenColumns, signal: AbortSignal | undefined): Promise<string[]> {
  const found = new Set<string>();
  for (const shard of shards) {
    await withParquetFile(shard.path, async (file) => {
      for (const group of shard.groups.keys())
        for await (const rows of file.readGroup(group, [chosen.label])) {
          throwIfAborted(signal);
          for (const row of rows)
            for (const label of [row[chosen.label]].flat()) if (typeof label === 'string' && label !== '') found.add(label);
        }
    });
  }
  if (found.size === 0) throw invalid(`The column "${chosen.label}" holds no labels at all.`, 'Choose another with `labelColumn`.');
  return [...found].sort();
}
