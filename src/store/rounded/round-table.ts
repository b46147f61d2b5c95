import type { Table } from '@lancedb/lancedb';
import type { Table as ArrowTable, RecordBatch } from 'apache-arrow';
import { isUnit } from '../../core/embedding.js';
import { chunks } from '../image-index.js';
import { arrangeByCell } from './arrange-by-cell.js';
import { embeddingsOf, idsOf, takeEmbeddings } from './embeddings-of.js';
import { KeptWriter, NOT_KEPT } from './kept-rows.js';
import { chooseGrid, roundRow } from './round-rows.js';
import { type LoadedRows, type RoundedOf, roomFor } from './rounded-file.js';
import { NO_EMBEDDING } from './rounded-rows.js';

/** Rows whose numbers say how far each column reaches. */
const SAMPLE_ROWS = 4096;
/** Where more of the rows are new, all are rounded again, on a grid of their own. */
const MOST_NEW = 0.3;
/** So many files of kept rows are put together. */
const MOST_FILES = 32;

/**
 * Rounds the rows of a table and keeps them whole in a file of their own; what `before` has of them is taken over, because a row id always
 * names the same row.
 *
 * @param folder where whole rows are kept; undefined keeps none
 */
export async function roundTable(
  table: Table,
  { of, folder, before }: { of: RoundedOf; folder: string | undefined; before: LoadedRows | undefined },
): Promise<LoadedRows | undefined> {
  const ids = idsOf(await table.query().select(['size']).withRowId().toArrow());
  const placeBefore = toPlaces(before?.ids ?? []);
  const missing = ids.filter((id) => !placeBefore.has(id));
  const isKept = before !== undefined && missing.length <= MOST_NEW * ids.length && before.kept.files.length < MOST_FILES;
  const isNothingNew = isKept && missing.length === 0;
  const writer = folder === undefined || isNothingNew ? undefined : await KeptWriter.start(folder).catch(() => undefined);
  const files = [...(isKept ? before.kept.files : []), ...(writer ? [writer.name] : [])];
  const rows = roomFor({ of, rows: ids.length, folder: writer || isNothingNew ? folder : undefined, files });
  if (!rows) return undefined;
  rows.ids.set(ids);
  const grid = isKept ? before : chooseGrid(await takeSample(table, ids), of.dimension);
  rows.means.set(grid.means);
  rows.steps.set(grid.steps);
  rows.errors.fill(NO_EMBEDDING);
  rows.kept.places.fill(NOT_KEPT);
  const codesAt = (from: LoadedRows, at: number): Int8Array => from.codes.subarray(at * rows.stride, (at + 1) * rows.stride);
  if (isKept)
    for (const [at, id] of ids.entries()) {
      const from = placeBefore.get(id);
      if (from === undefined) continue;
      rows.errors[at] = before.errors[from] as number;
      codesAt(rows, at).set(codesAt(before, from));
      for (const part of ['places', 'lengths', 'sums'] as const) rows.kept[part][at] = before.kept[part][from] as number;
    }
  const placeOf = toPlaces(ids);
  const columns = ['embedding', ...of.columns];
  for await (const batch of isKept ? takeInRuns(table, missing, columns) : table.query().select(columns).withRowId()) {
    const factsOf = readFacts(batch, of.columns);
    let i = 0;
    for (const [id, embedding] of embeddingsOf(batch)) {
      const at = placeOf.get(id);
      if (at !== undefined) {
        const error = roundRow(embedding, rows, codesAt(rows, at));
        rows.errors[at] = error;
        if (embedding && error >= 0) await writer?.add({ embedding, facts: factsOf(i) }, rows.kept, { row: at, file: files.length - 1 });
      }
      i++;
    }
  }
  const isWhole = (await writer?.finish()) ?? true;
  const kept = isWhole ? rows : { ...rows, folder: undefined };
  if (!isKept || !before.cells) return kept;
  const { cells } = before;
  const cellBefore = cellsOf(cells.starts);
  const cellOf = (row: number): number | undefined => cellBefore[placeBefore.get(ids[row] as number) ?? -1];
  return arrangeByCell(kept, { cells, total: before.ids.length, cellOf });
}

/** The cell of each row. */
function cellsOf(starts: Uint32Array): Uint32Array {
  const cells = new Uint32Array(starts.at(-1) as number);
  for (let cell = 0; cell + 1 < starts.length; cell++) cells.fill(cell, starts[cell], starts[cell + 1]);
  return cells;
}

const toPlaces = (ids: ArrayLike<number>): Map<number, number> => {
  const places = new Map<number, number>();
  for (let at = 0; at < ids.length; at++) places.set(ids[at] as number, at);
  return places;
};

async function* takeInRuns(table: Table, ids: Float64Array, columns: readonly string[]): AsyncGenerator<ArrowTable> {
  for (const some of chunks([...ids], SAMPLE_ROWS)) yield await takeEmbeddings(table, some, columns);
}

const takeSample = async (table: Table, ids: Float64Array): Promise<Float32Array[]> => {
  const every = Math.max(1, Math.floor(ids.length / SAMPLE_ROWS));
  const taken = await takeEmbeddings(table, [...ids].filter((_, at) => at % every === 0).slice(0, SAMPLE_ROWS));
  return [...embeddingsOf(taken)].flatMap(([, embedding]) => (embedding && isUnit(embedding) ? [embedding] : []));
};

/** The columns of a row as JSON, as LanceDB gives them in an object. */
function readFacts(batch: ArrowTable | RecordBatch, columns: readonly string[]): (row: number) => string {
  const vectors = columns.map((name) => ({ name: JSON.stringify(name), values: batch.getChild(name) }));
  return (row) => `{${vectors.map(({ name, values }) => `${name}:${JSON.stringify(values?.get(row) ?? null)}`).join(',')}}`;
}
