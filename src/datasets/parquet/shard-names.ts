import { basename } from 'node:path';
import { invalid } from '../dataset-errors.js';
import { type LabelIndex, refuseTwins } from '../match-labels.js';
import type { Column } from './columns.js';
import type { Feature } from './features.js';

/** A Parquet file of a split. */
export interface Shard {
  readonly path: string;
  /** A hash of its content. */
  readonly hash: string;
}

/** A file with what its footer says. */
export interface OpenedShard extends Shard {
  readonly columns: readonly Column[];
  readonly features: readonly Feature[];
  /** The rows of each row group. */
  readonly groups: readonly number[];
}

/** What a file calls the numbers of its labels, if it does. */
export const namesOf = ({ features }: OpenedShard, label: string): readonly string[] | undefined =>
  features.find(({ name }) => name === label)?.labelNames;

/**
 * The label names of all files: the first's in their order, then what others add. Files may number their labels in different orders:
 * `withNames` reads each by its own.
 *
 * @throws LabelwiseError `DATASET_INVALID` where files disagree, and one has numbers without names
 */
export function joinNames(shards: readonly OpenedShard[], label: string, name: string): readonly string[] | undefined {
  for (const shard of shards) refuseTwins(namesOf(shard, label) ?? [], `${name} (column ${label})`);
  const named = shards.flatMap((shard) => namesOf(shard, label) ?? []);
  const joined = [...new Set(named)];
  const unnamed = shards.find((shard) => namesOf(shard, label) === undefined);
  const differs = shards.some((shard) => !isSame(namesOf(shard, label) ?? joined, joined));
  if (unnamed && differs)
    throw invalid(
      `The files of ${name} number the labels of the column "${label}" differently, and ${basename(unnamed.path)} does not name its own.`,
      'Write the files again from one data set, so that they agree.',
    );
  return named.length === 0 ? undefined : joined;
}

/** The labels as a file with these names numbers them. */
export function withNames(labels: LabelIndex, names: readonly string[] | undefined): LabelIndex {
  if (names === undefined) return labels;
  const placeOfNumber = (number: number): number | undefined => {
    const name = names[number];
    return name === undefined ? undefined : labels.placeOfName(name);
  };
  return { ...labels, numberCount: names.length, placeOfNumber };
}

const isSame = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((name, i) => name === b[i]);
