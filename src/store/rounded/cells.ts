import type { Embedding } from '../../core/embedding.js';
import {
  type Grid,
  openScanMemory,
  type RoundedQuery,
  type RoundedRows,
  type RowRange,
  type RowScan,
  roundQuery,
  type ScanMemory,
} from './rounded-rows.js';

/** Centres on the grid of the rows: they are rounded as rows are. */
export interface Centres {
  readonly count: number;
  /** Half the squared length of each. [count] */
  readonly halves: Float32Array;
  /** Their codes. */
  readonly memory: ScanMemory;
}

/** Cells and how they are found: each around a centre, those of neighbouring cells next to each other as a group with a centre of its own. */
export interface CellMap {
  readonly centres: Centres;
  readonly groups: Centres;
  /** The first cell of each group, and the end of the last. [groups.count + 1] */
  readonly groupStarts: Uint32Array;
}

/** Rows by cells: those of a cell are next to each other, and a search compares its query with those of the nearest cells alone. */
export interface Cells extends CellMap {
  /** How many rows a search compares. */
  readonly probed: number;
  /** The first row of each cell, and the end of the last. [centres.count + 1] */
  readonly starts: Uint32Array;
}

export type CelledRows = RoundedRows & { readonly scan: RowScan; readonly cells: Cells };

export function roomForCentres(count: number, stride: number): Centres | undefined {
  const memory = openScanMemory(count, stride);
  return memory && { count, halves: new Float32Array(count), memory };
}

export function roomForCells(
  stride: number,
  { cells, groups, probed }: { cells: number; groups: number; probed: number },
): Cells | undefined {
  const [centres, ofGroups] = [roomForCentres(cells, stride), roomForCentres(groups, stride)];
  if (!centres || !ofGroups) return undefined;
  return { centres, groups: ofGroups, groupStarts: new Uint32Array(groups + 1), probed, starts: new Uint32Array(cells + 1) };
}

/** How near centres are to a query, the nearest with the largest number; in order of the centres. */
export function nearnessOf(
  { halves, memory }: Centres,
  { weights, base, scale }: RoundedQuery,
  range: RowRange,
): (place: number) => number {
  const products = memory.products(weights, range);
  return (place) => base + (products[place - range.from] as number) / scale - (halves[place] as number);
}

/** The cells in the order in which a search visits them, the nearest first. */
export function* cellsByNearness({ cells, ...grid }: CelledRows, query: Embedding): Generator<number> {
  const { count } = cells.centres;
  const near = nearnessOf(cells.centres, roundQuery(grid, query), { from: 0, to: count });
  const nearness = Float64Array.from({ length: count }, (_, cell) => near(cell));
  const order = Uint32Array.from({ length: count }, (_, cell) => cell);
  for (let done = 0; done < count; ) {
    const size = Math.min(count - done, FIRST_CELLS);
    keepLargest(order, nearness, { from: done, size });
    const next = order.subarray(done, done + size).sort((a, b) => (nearness[b] as number) - (nearness[a] as number) || a - b);
    yield* next;
    done += size;
  }
}

/** So many of the nearest cells are put in order at once: a search seldom needs more. */
const FIRST_CELLS = 128;

/** Brings the `size` nearest of the cells from `from` on to its place: a quickselect. */
function keepLargest(order: Uint32Array, nearness: Float64Array, { from, size }: { from: number; size: number }): void {
  const isBefore = (a: number, b: number): boolean => {
    const [x, y] = [nearness[a] as number, nearness[b] as number];
    return x > y || (x === y && a < b);
  };
  let [low, high] = [from, order.length - 1];
  const border = from + size - 1;
  while (low < high) {
    const pivot = order[(low + high) >> 1] as number;
    let [i, j] = [low, high];
    while (i <= j) {
      while (isBefore(order[i] as number, pivot)) i++;
      while (isBefore(pivot, order[j] as number)) j--;
      if (i > j) break;
      const kept = order[i] as number;
      order[i++] = order[j] as number;
      order[j--] = kept;
    }
    if (border <= j) high = j;
    else if (border >= i) low = i;
    else return;
  }
}

/** The rows of the cells nearest to a query: whole cells, until there are as many rows as a search compares; in the order of their places. */
export function nearestCells(rows: CelledRows, query: Embedding): RowRange[] {
  const { starts, probed } = rows.cells;
  const ranges: RowRange[] = [];
  let found = 0;
  for (const cell of cellsByNearness(rows, query)) {
    if (found >= probed) break;
    const range = { from: starts[cell] as number, to: starts[cell + 1] as number };
    found += range.to - range.from;
    if (range.to > range.from) ranges.push(range);
  }
  return ranges.sort((a, b) => a.from - b.from);
}

/** The embedding that codes stand for. */
export const decode = ({ dimension, means, steps }: Grid, codes: Int8Array): Float32Array => {
  const embedding = new Float32Array(dimension);
  for (let i = 0; i < dimension; i++) embedding[i] = (means[i] as number) + (steps[i] as number) * (codes[i] as number);
  return embedding;
};

/** A row looks for its cell in so many of the nearest groups. */
const SEARCHED_GROUPS = 8;

/** Finds the cell of a row by its codes. Equal rows have the same one, whenever they came. */
export function createCellFinder(grid: Grid, { centres, groups, groupStarts }: CellMap): (codes: Int8Array) => number {
  const searched = Math.min(SEARCHED_GROUPS, groups.count);
  const best = new Float64Array(searched);
  const found = new Uint32Array(searched);
  return (codes) => {
    const query = roundQuery(grid, decode(grid, codes));
    best.fill(Number.NEGATIVE_INFINITY);
    const nearGroup = nearnessOf(groups, query, { from: 0, to: groups.count });
    for (let group = 0; group < groups.count; group++) {
      const near = nearGroup(group);
      let at = searched - 1;
      if (near <= (best[at] as number)) continue;
      for (; at > 0 && near > (best[at - 1] as number); at--) {
        best[at] = best[at - 1] as number;
        found[at] = found[at - 1] as number;
      }
      best[at] = near;
      found[at] = group;
    }
    let nearest = 0;
    let most = Number.NEGATIVE_INFINITY;
    for (const group of found) {
      const range = { from: groupStarts[group] as number, to: groupStarts[group + 1] as number };
      const nearCell = nearnessOf(centres, query, range);
      for (let cell = range.from; cell < range.to; cell++) {
        const near = nearCell(cell);
        if (near < most || (near === most && cell > nearest)) continue;
        most = near;
        nearest = cell;
      }
    }
    return nearest;
  };
}
