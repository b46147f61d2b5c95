import { assignCells, type Cells, type Centres, chooseProbed, findCentres } from './cells.js';
import { type LoadedRows, roomFor } from './rounded-file.js';

/** Puts the rows of a cell next to each other, by the cells that other rows of the table have. */
export function arrangeByCell(rows: LoadedRows, { cells, total }: { cells: Cells; total: number }): LoadedRows | undefined {
  const centres = { codes: cells.centres.codes, halves: cells.halves };
  return arrange(rows, centres, Math.ceil((cells.probed * rows.ids.length) / Math.max(1, total)));
}

/** Finds cells for rows that have none, and how many rows a search has to compare; undefined for few rows. */
export async function findCells(rows: LoadedRows): Promise<LoadedRows | undefined> {
  const centres = findCentres(rows);
  const arranged = centres && arrange(rows, centres, 1);
  if (!arranged?.cells) return undefined;
  const { cells } = arranged;
  return { ...arranged, cells: { ...cells, probed: await chooseProbed({ ...arranged, cells }) } };
}

function arrange(rows: LoadedRows, centres: Centres, probed: number): LoadedRows | undefined {
  const { of, ids, stride, folder, kept } = rows;
  const count = centres.halves.length;
  const arranged = roomFor({ of, rows: ids.length, folder, files: kept.files, cells: count, probed });
  if (!arranged?.cells) return undefined;
  const { starts, halves } = arranged.cells;
  const cellOf = assignCells(rows, centres, { memory: rows.scan, rows: ids.length });
  for (const cell of cellOf) starts[cell + 1] = (starts[cell + 1] as number) + 1;
  for (let cell = 0; cell < count; cell++) starts[cell + 1] = (starts[cell + 1] as number) + (starts[cell] as number);
  const next = starts.slice(0, count);
  arranged.means.set(rows.means);
  arranged.steps.set(rows.steps);
  halves.set(centres.halves);
  arranged.cells.centres.codes.set(centres.codes);
  for (const [from, cell] of cellOf.entries()) {
    const to = next[cell] as number;
    next[cell] = to + 1;
    arranged.ids[to] = ids[from] as number;
    arranged.errors[to] = rows.errors[from] as number;
    for (const part of ['places', 'lengths', 'sums'] as const) arranged.kept[part][to] = kept[part][from] as number;
    arranged.codes.set(rows.codes.subarray(from * stride, (from + 1) * stride), to * stride);
  }
  return arranged;
}
