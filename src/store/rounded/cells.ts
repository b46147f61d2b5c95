import type { Embedding } from '../../core/embedding.js';
import {
  findCandidates,
  type Grid,
  type LoadedCodes,
  openScanMemory,
  type RoundedRows,
  type RowRange,
  type RowScan,
  roundQuery,
  type ScanMemory,
} from './rounded-rows.js';

/**
 * Rows by cells, each around a centre: those of a cell are next to each other, and a search compares its query with those of the nearest
 * cells alone. The centres are rounded on the grid of the rows, whose codes theirs follow.
 */
export interface Cells {
  readonly count: number;
  /** How many rows a search compares. */
  readonly probed: number;
  /** The first row of each cell, and the end of the last. [count + 1] */
  readonly starts: Uint32Array;
  /** Half the squared length of each centre. [count] */
  readonly halves: Float32Array;
  /** The codes of the centres. */
  readonly centres: ScanMemory;
}

export type CelledRows = RoundedRows & { readonly scan: RowScan; readonly cells: Cells };

export function roomForCells(count: number, stride: number, probed: number): Cells | undefined {
  const centres = openScanMemory(count, stride);
  return centres && { count, probed, starts: new Uint32Array(count + 1), halves: new Float32Array(count), centres };
}

/** The rows of the cells nearest to a query: whole cells, until there are as many rows as a search compares. */
export function nearestCells(rows: CelledRows, query: Embedding): RowRange[] {
  const { count, probed, starts, halves, centres } = rows.cells;
  const { weights, base, scale } = roundQuery(rows, query);
  const products = centres.products(weights, { from: 0, to: count });
  const nearness = Float64Array.from(products, (product, cell) => base + product / scale - (halves[cell] as number));
  const order = Array.from({ length: count }, (_, cell) => cell).sort((a, b) => (nearness[b] as number) - (nearness[a] as number) || a - b);
  const ranges: RowRange[] = [];
  let found = 0;
  for (const cell of order) {
    if (found >= probed) break;
    const range = { from: starts[cell] as number, to: starts[cell + 1] as number };
    found += range.to - range.from;
    if (range.to > range.from) ranges.push(range);
  }
  return ranges;
}

/** Centres on a grid. */
export interface Centres {
  /** [count, stride] */
  readonly codes: Int8Array;
  readonly halves: Float32Array;
}

const ROWS_A_CELL = 1000;
const SAMPLE_A_CELL = 40;
const ROUNDS = 8;

/** Finds centres by k-means on a sample of the rows. */
export function findCentres(rows: RoundedRows & LoadedCodes): Centres | undefined {
  const { stride, codes, errors } = rows;
  const sound = Array.from(errors.keys()).filter((row) => (errors[row] as number) >= 0);
  const count = Math.max(8, Math.min(4096, Math.round(sound.length / ROWS_A_CELL)));
  const size = Math.min(sound.length, count * SAMPLE_A_CELL);
  const sample = openScanMemory(size, stride);
  if (!sample || size < count) return undefined;
  for (let i = 0; i < size; i++) {
    const row = sound[Math.floor((i * sound.length) / size)] as number;
    sample.codes.set(codes.subarray(row * stride, (row + 1) * stride), i * stride);
  }
  const rowAt = (i: number): Int8Array => sample.codes.subarray(i * stride, (i + 1) * stride);
  const reach =
    Array.from({ length: Math.min(size, 1000) }, (_, i) => reachOf(rowAt(i), rows)).reduce((sum, one) => sum + one, 0) /
    Math.min(size, 1000);
  const grid = { ...rows, reach };
  let centres = toCentres(grid, count, (cell) => {
    return Float64Array.from(rowAt(Math.floor((cell * size) / count)));
  });
  for (let round = 0; round < ROUNDS; round++)
    centres = moveCentres(grid, centres, { sample, cellOf: assignCells(rows, centres, { memory: sample, rows: size }) });
  return centres;
}

function moveCentres(
  grid: Grid & { readonly reach: number },
  before: Centres,
  { sample, cellOf }: { sample: ScanMemory; cellOf: Uint32Array },
): Centres {
  const { stride } = grid;
  const count = before.halves.length;
  const sums = new Int32Array(count * stride);
  const sizes = new Uint32Array(count);
  for (const [row, cell] of cellOf.entries()) {
    sizes[cell] = (sizes[cell] as number) + 1;
    for (let i = 0; i < stride; i++)
      sums[cell * stride + i] = (sums[cell * stride + i] as number) + (sample.codes[row * stride + i] as number);
  }
  return toCentres(grid, count, (cell) => {
    const size = sizes[cell] as number;
    const at = cell * stride;
    if (size === 0) return Float64Array.from(before.codes.subarray(at, at + stride)); // nobody's: it stays
    return Float64Array.from(sums.subarray(at, at + stride), (sum) => sum / size);
  });
}

/**
 * All centres are as far from the mean as rows are: of plain means, those of many rows would be nearer to it, and so to every row, than those of
 * few, and take all rows in the end.
 */
function toCentres(grid: Grid & { readonly reach: number }, count: number, codesOf: (cell: number) => Float64Array): Centres {
  const { dimension, stride, means, steps, reach } = grid;
  const codes = new Int8Array(count * stride);
  const halves = new Float32Array(count);
  for (let cell = 0; cell < count; cell++) {
    const own = codesOf(cell);
    const scale = reach / Math.max(1e-9, reachOf(own, grid));
    codes.set(
      own.map((code) => Math.max(-127, Math.min(127, Math.round(code * scale)))),
      cell * stride,
    );
    let squares = 0;
    for (let i = 0; i < dimension; i++)
      squares += ((means[i] as number) + (steps[i] as number) * (codes[cell * stride + i] as number)) ** 2;
    halves[cell] = squares / 2;
  }
  return { codes, halves };
}

/** How far codes lead from the mean. */
const reachOf = (codes: ArrayLike<number>, { dimension, steps }: Grid): number => {
  let squares = 0;
  for (let i = 0; i < dimension; i++) squares += ((steps[i] as number) * (codes[i] as number)) ** 2;
  return Math.sqrt(squares);
};

/** So many rows stay in a processor's cache while they are compared with all centres. */
const BLOCK = 1024;

/** The nearest centre of each row. Equal rows have the same one, whenever they came. */
export function assignCells(
  grid: Grid,
  centres: Centres,
  { memory, rows, from = 0 }: { memory: ScanMemory; rows: number; from?: number },
): Uint32Array {
  const { stride } = grid;
  const queries = Array.from(centres.halves, (half, cell) => {
    const codes = centres.codes.subarray(cell * stride, (cell + 1) * stride);
    return { ...roundQuery(grid, decode(grid, codes)), half };
  });
  const cellOf = new Uint32Array(rows);
  const nearness = new Float64Array(BLOCK);
  for (let start = 0; start < rows; start += BLOCK) {
    const size = Math.min(BLOCK, rows - start);
    nearness.fill(Number.NEGATIVE_INFINITY);
    for (const [cell, { weights, base, scale, half }] of queries.entries()) {
      const products = memory.products(weights, { from: from + start, to: from + start + size });
      const shift = base - half;
      for (let i = 0; i < size; i++) {
        const near = shift + (products[i] as number) / scale;
        if (near <= (nearness[i] as number)) continue;
        nearness[i] = near;
        cellOf[start + i] = cell;
      }
    }
  }
  return cellOf;
}

const decode = ({ dimension, means, steps }: Grid, codes: Int8Array): Float32Array =>
  Float32Array.from({ length: dimension }, (_, i) => (means[i] as number) + (steps[i] as number) * (codes[i] as number));

const QUERIES = 100;
const NEIGHBOURS = 11; // the row itself and ten others
/** Shares of the rows that are tried, from quick to sure. */
const SHARES = [0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.12, 0.16, 0.25, 0.5];
const ENOUGH = 0.99;

/** How many rows a search has to compare so that it finds the true neighbours of rows of the table; by their rounded similarities. */
export async function chooseProbed(rows: CelledRows & LoadedCodes): Promise<number> {
  const queries = Array.from({ length: QUERIES }, (_, i) => Math.floor(((i + 0.5) * rows.ids.length) / QUERIES))
    .filter((row) => (rows.errors[row] as number) >= 0)
    .map((row) => decode(rows, rows.codes.subarray(row * rows.stride, (row + 1) * rows.stride)));
  const nearestIn = async (query: Embedding, ranges?: readonly RowRange[]): Promise<Set<number>> =>
    new Set(nearestRows(rows, query, (await findCandidates(rows, rows.scan, { query, count: NEIGHBOURS, ranges })).rows));
  const truths: Set<number>[] = [];
  for (const query of queries) truths.push(await nearestIn(query));
  for (const share of SHARES) {
    const probed = Math.ceil(share * rows.ids.length);
    let found = 0;
    let wanted = 0;
    for (const [i, query] of queries.entries()) {
      const near = await nearestIn(query, nearestCells({ ...rows, cells: { ...rows.cells, probed } }, query));
      const truth = truths[i] as Set<number>;
      wanted += truth.size;
      for (const row of truth) if (near.has(row)) found++;
    }
    if (found >= ENOUGH * wanted) return probed;
  }
  return rows.ids.length;
}

/** Of some rows, the nearest by their rounded similarity. */
function nearestRows({ stride, codes, ...grid }: RoundedRows & LoadedCodes, query: Embedding, rows: readonly number[]): number[] {
  const similarity = (row: number): number =>
    decode({ stride, ...grid }, codes.subarray(row * stride, (row + 1) * stride)).reduce(
      (sum, value, i) => sum + value * (query[i] as number),
      0,
    );
  return rows
    .map((row) => ({ row, near: similarity(row) }))
    .sort((a, b) => b.near - a.near || a.row - b.row)
    .slice(0, NEIGHBOURS)
    .map(({ row }) => row);
}
