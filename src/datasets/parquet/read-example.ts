import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { LabelwiseError } from '../../errors.js';
import type { BadExample, Example } from '../dataset.js';
import { badRow } from '../dataset-errors.js';
import type { LabelIndex } from '../match-labels.js';
import { toPlaces } from '../to-places.js';
import type { ChosenColumns } from './choose-columns.js';

interface RowPlace {
  readonly id: string;
  /** The Parquet file that holds the row. */
  readonly file: string;
}

/** One row as an example, or what is wrong with it. */
export async function readExample(
  row: Readonly<Record<string, unknown>>,
  { id, file }: RowPlace,
  chosen: ChosenColumns,
  labels: LabelIndex,
): Promise<Example | BadExample> {
  const image = await findImage(row[chosen.image], { id, file }, chosen.image);
  if (typeof image !== 'string' && !(image instanceof Uint8Array)) return { id, error: image };
  const places = toPlaces(row[chosen.label], labels);
  if (typeof places === 'string') return { id, error: badRow(`Row ${id} ${places} in the column "${chosen.label}".`) };
  return { id, image, labels: places };
}

/** The bytes of an image; where there are none, the file that its path names, counted from the Parquet file: `datasets` writes such rows. */
async function findImage(value: unknown, { id, file }: RowPlace, column: string): Promise<Uint8Array | string | LabelwiseError> {
  const { bytes, path } = (value instanceof Uint8Array ? { bytes: value } : (value ?? {})) as { bytes?: unknown; path?: unknown };
  // A copy: a view would keep all that was read with it in memory for as long as the example.
  if (bytes instanceof Uint8Array && bytes.length > 0) return bytes.slice();
  if (typeof path !== 'string' || path === '') return badRow(`Row ${id} has no image bytes in the column "${column}".`);
  const place = resolve(dirname(file), path);
  const isThere = await stat(place).then(
    (stats) => stats.isFile(),
    () => false,
  );
  return isThere
    ? place
    : badRow(`Row ${id} has no image bytes in the column "${column}", and the file that it names does not exist: ${place}.`);
}
