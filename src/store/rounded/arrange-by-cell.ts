import type { Embedding } from '../../core/embedding.js';
import { type CellMap, type Cells, createCellFinder } from './cells.js';
import { chooseProbed } from './choose-probed.js';
import { findCellMap, sortBy } from './find-cells.js';
import { type LoadedRows, roomFor } from './rounded-file.js';

/** What is known of the cells of rows. */
export interface KnownCells {
  readonly cells: Cells;
  /** How many rows they had when they were measured. */
  readonly total: number;
  /** The cell of a row, or undefined for a row that is new. */
  readonly cellOf: (row: number) => number | undefined;
}

/** Puts the rows of a cell next to each other, by the cells that other rows of the table have. */
export function arrangeByCell(rows: LoadedRows, { cells, total, cellOf }: KnownCells): LoadedRows | undefined {
  return arrange(rows, cells, { probed: Math.ceil((cells.probed * rows.ids.length) / Math.max(1, total)), cellOf });
}

/** Cells that need to compare so many times more rows than when they were found no longer fit their rows. */
const WORN = 2;

/** Rows with cells that were measured now: those that they have, or others where these no longer fit. Where none are good enough, without cells. */
export async function withCells(rows: LoadedRows, texts: readonly Embedding[]): Promise<LoadedRows> {
  if (!rows.cells) return (await findCells(rows, texts)) ?? rows;
  const { cells } = rows;
  const probed = await chooseProbed({ ...rows, cells }, texts);
  if (probed !== undefined && probed <= cells.probed * WORN) return { ...rows, cells: { ...cells, probed } };
  return (await findCells(rows, texts)) ?? { ...rows, cells: undefined };
}

/** Finds cells for rows that have none, and how many rows a search has to compare; undefined for few rows, and where cells tell too little. */
export async function findCells(rows: LoadedRows, texts: readonly Embedding[] = []): Promise<LoadedRows | undefined> {
  const map = findCellMap(rows);
  const arranged = map && arrange(rows, map, { probed: 1, cellOf: () => undefined });
  if (!arranged?.cells) return undefined;
  const { cells } = arranged;
  const probed = await chooseProbed({ ...arranged, cells }, texts);
  return probed === undefined ? undefined : { ...arranged, cells: { ...cells, probed } };
}

function arrange(
  rows: LoadedRows,
  map: CellMap,
  { probed, cellOf }: { probed: number; cellOf: (row: number) => number | undefined },
): LoadedRows | undefined {
  const { of, ids, stride, folder, kept } = rows;
  const { centres, groups, groupStarts } = map;
  const sizes = { cells: centres.count, groups: groups.count, probed };
  const arranged = roomFor({ of, rows: ids.length, folder, files: kept.files, ...sizes });
  if (!arranged?.cells) return undefined;
  const codesOf = (row: number): Int8Array => rows.codes.subarray(row * stride, (row + 1) * stride);
  const find = createCellFinder(rows, map);
  const { sorted, starts } = sortBy(
    Uint32Array.from({ length: ids.length }, (_, row) => cellOf(row) ?? find(codesOf(row))),
    centres.count,
  );
  arranged.means.set(rows.means);
  arranged.steps.set(rows.steps);
  arranged.cells.starts.set(starts);
  arranged.cells.groupStarts.set(groupStarts);
  for (const [from, to] of [
    [centres, arranged.cells.centres],
    [groups, arranged.cells.groups],
  ] as const) {
    to.halves.set(from.halves);
    to.memory.codes.set(from.memory.codes);
  }
  for (const [to, from] of sorted.entries()) {
    arranged.ids[to] = ids[from] as number;
    arranged.errors[to] = rows.errors[from] as number;
    for (const part of ['places', 'lengths', 'sums'] as const) arranged.kept[part][to] = kept[part][from] as number;
    arranged.codes.set(codesOf(from), to * stride);
  }
  return arranged;
}
