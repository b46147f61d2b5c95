import type { Embedding } from '../../core/embedding.js';
import { openWasm, type WasmMemory } from '../../files/open-wasm.js';
import { packageFile } from '../../files/package-root.js';

/** assembly/scan-kernel.ts, compiled. */
interface ScanKernel {
  readonly memory: WasmMemory;
  scanRows(codes: number, rows: number, stride: number, query: number, out: number): void;
}

/**
 * The embeddings of a table, each number rounded to 8 bits around its column's mean: value = mean + step * code. The error of each row is
 * known, so that a search can tell for certain which rows may be among the nearest, and asks the table for those alone.
 */
export interface RoundedRows {
  readonly dimension: number;
  /** Bytes from one row to the next: the dimension, rounded up to 16. */
  readonly stride: number;
  readonly means: Float32Array;
  readonly steps: Float32Array;
  /** LanceDB's row ids; below 2^53. [rows] */
  readonly ids: Float64Array;
  /** The Euclidean length of what rounding took away, or why there is nothing to compare: NO_EMBEDDING, DAMAGED_ROW. [rows] */
  readonly errors: Float32Array;
}

/** What a row is rounded on. */
export type Grid = Pick<RoundedRows, 'dimension' | 'stride' | 'means' | 'steps'>;

/** Rounded rows that are in memory. */
export interface LoadedCodes {
  /** [rows, stride] */
  readonly codes: Int8Array;
}

export const NO_EMBEDDING = -1;
export const DAMAGED_ROW = -2;

export const toStride = (dimension: number): number => Math.ceil(dimension / 16) * 16;

/** Rows from a number up to another. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** What compares a query with rows, wherever their codes are. */
export interface RowScan {
  /** Reads what is needed for some ranges. */
  load?(ranges: readonly RowRange[]): Promise<void>;
  /**
   * The sums of code * query for the rows of a range. `query`: [stride]. An array that is given at once is used again by the next call, whoever
   * makes it, so it is read before anything is awaited; one that is promised is the caller's own.
   */
  products(query: Int16Array, range: RowRange): Int32Array | Promise<Int32Array>;
}

/** Rows in the memory of a kernel, so that scans copy nothing. */
export interface ScanMemory extends RowScan, LoadedCodes {
  products(query: Int16Array, range: RowRange): Int32Array;
}

const PAGE = 65_536;

/** Memory for codes of `rows` rows, or undefined where the machine has no WebAssembly SIMD. @throws RangeError where there is no memory */
export function openScanMemory(rows: number, stride: number): ScanMemory | undefined {
  const kernel = openWasm<ScanKernel>(packageFile('dist/store/rounded/scan-kernel.wasm'));
  if (!kernel) return undefined;
  const { memory } = kernel;
  const codesAt = memory.buffer.byteLength; // what the kernel has of its own stays below
  const queryAt = codesAt + rows * stride;
  const outAt = queryAt + stride * 2;
  memory.grow(Math.ceil((outAt + rows * 4 - codesAt) / PAGE));
  const { buffer } = memory;
  return {
    codes: new Int8Array(buffer, codesAt, rows * stride),
    products(query, { from, to }) {
      new Int16Array(buffer, queryAt, stride).set(query);
      kernel.scanRows(codesAt + from * stride, to - from, stride, queryAt, outAt);
      return new Int32Array(buffer, outAt, to - from);
    },
  };
}

/** A query on the grid of the rows: the similarity of a row is `base + product / scale`, right within `error` and the row's own error. */
export interface RoundedQuery {
  /** [stride] */
  readonly weights: Int16Array;
  readonly base: number;
  readonly scale: number;
  readonly error: number;
}

/** What float32 sums add. */
const FLOAT_ERROR = 1e-5;

export function roundQuery({ dimension, stride, means, steps }: Grid, query: Embedding): RoundedQuery {
  let largest = 1e-30;
  let total = 1e-30;
  for (let i = 0; i < dimension; i++) {
    const weight = Math.abs((query[i] as number) * (steps[i] as number));
    if (weight > largest) largest = weight;
    total += weight;
  }
  const scale = Math.min(32_767 / largest, (2 ** 31 / 128 - stride) / total); // neither a weight nor a sum overflows
  const weights = new Int16Array(stride);
  let base = 0;
  let error = FLOAT_ERROR;
  for (let i = 0; i < dimension; i++) {
    const weight = (query[i] as number) * (steps[i] as number);
    weights[i] = Math.round(weight * scale);
    base += (query[i] as number) * (means[i] as number);
    error += 127 * Math.abs(weight - (weights[i] as number) / scale);
  }
  return { weights, base, scale, error };
}

/** Rows that may be among the nearest. */
export interface Candidates {
  /** Their numbers, those that may be nearest first; the nearest are certainly among them. */
  readonly rows: readonly number[];
  /** What the similarity of each is certainly not above, for rows of unit length. */
  readonly ceilings: readonly number[];
  /** How many rows took part. */
  readonly compared: number;
}

/** Which rows are looked for. */
export interface CandidateSearch {
  readonly query: Embedding;
  readonly count: number;
  /** Their ids; all by default. */
  readonly wanted?: ReadonlySet<number> | undefined;
  /** Where they are looked for; everywhere by default. */
  readonly ranges?: readonly RowRange[] | undefined;
}

/** Finds the rows that may be among the `count` nearest of those with a sound embedding. */
export async function findCandidates(rounded: RoundedRows, scan: RowScan, search: CandidateSearch): Promise<Candidates> {
  const { errors, ids } = rounded;
  const { query, count, wanted, ranges = [{ from: 0, to: ids.length }] } = search;
  const { weights, base, scale, error } = roundQuery(rounded, query);
  const largest = new LargestValues(count);
  const upper = new Float64Array(ranges.reduce((sum, { from, to }) => sum + to - from, 0)); // what the similarity of a row is not above
  let compared = 0;
  let at = 0;
  if (search.ranges) await scan.load?.(search.ranges);
  for (const range of ranges) {
    const given = scan.products(weights, range);
    const products = given instanceof Int32Array ? given : await given;
    for (let i = 0; i < products.length; i++, at++) {
      const row = range.from + i;
      const rowError = errors[row] as number;
      if (rowError < 0 || wanted?.has(ids[row] as number) === false) {
        upper[at] = Number.NEGATIVE_INFINITY;
        continue;
      }
      compared++;
      const similarity = base + (products[i] as number) / scale;
      upper[at] = similarity + rowError;
      largest.add(similarity - rowError);
    }
  }
  const border = Math.max(largest.smallest - 2 * error, -Number.MAX_VALUE); // nothing that did not take part reaches it
  const found: { row: number; ceiling: number }[] = [];
  at = 0;
  for (const { from, to } of ranges)
    for (let row = from; row < to; row++, at++)
      if ((upper[at] as number) >= border) found.push({ row, ceiling: (upper[at] as number) + error });
  found.sort((a, b) => b.ceiling - a.ceiling || a.row - b.row);
  return { rows: found.map(({ row }) => row), ceilings: found.map(({ ceiling }) => ceiling), compared };
}

/** The largest values that were added, the smallest of them first: a heap. */
export class LargestValues {
  readonly #heap: Float64Array;

  constructor(count: number) {
    this.#heap = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
  }

  get smallest(): number {
    return this.#heap[0] as number;
  }

  add(value: number): void {
    const heap = this.#heap;
    if (value <= (heap[0] as number)) return;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && (heap[child + 1] as number) < (heap[child] as number)) child++;
      if ((heap[child] as number) >= value) break;
      heap[at] = heap[child] as number;
      at = child;
    }
    heap[at] = value;
  }
}
