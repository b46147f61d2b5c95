import type { BadExample, Example } from '../dataset.js';
import { badRow } from '../dataset-errors.js';
import type { LabelIndex } from '../match-labels.js';
import { toPlaces } from '../to-places.js';
import type { ChosenColumns } from './choose-columns.js';

/** One row as an example, or why it is none. */
export function readExample(
  row: Readonly<Record<string, unknown>>,
  id: string,
  chosen: ChosenColumns,
  labels: LabelIndex,
): Example | BadExample {
  const bytes = bytesOf(row[chosen.image]);
  if (bytes === undefined) return { id, error: badRow(`Row ${id} has no image bytes in the column "${chosen.image}".`) };
  const places = toPlaces(row[chosen.label], labels);
  if (typeof places === 'string') return { id, error: badRow(`Row ${id} ${places} in the column "${chosen.label}".`) };
  // A copy: a view would keep all that was read with it in memory for as long as the example.
  return { id, image: bytes.slice(), labels: places };
}

function bytesOf(value: unknown): Uint8Array | undefined {
  const bytes = value !== null && typeof value === 'object' && 'bytes' in value ? value.bytes : value;
  return ArrayBuffer.isView(bytes) && bytes.byteLength > 0 ? (bytes as Uint8Array) : undefined;
}
