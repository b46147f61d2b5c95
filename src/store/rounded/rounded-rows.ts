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
  /** [rows, stride] */
  readonly codes: Int8Array;
}

export const NO_EMBEDDING = -1;
export const DAMAGED_ROW = -2;

export const toStride = (dimension: number): number => Math.ceil(dimension / 16) * 16;

/** Rows in the memory of a kernel, so that scans copy nothing. */
export interface ScanMemory {
  /** Room for `bytes` of codes. */
  readonly codes: Int8Array;
  /** The sums of code * query for each row. `query`: [stride] */
  products(rows: number, query: Int16Array): Int32Array;
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
    products(count, query) {
      new Int16Array(buffer, queryAt, stride).set(query);
      kernel.scanRows(codesAt, count, stride, queryAt, outAt);
      return new Int32Array(buffer, outAt, count);
    },
  };
}

/** Rough similarities of one query: that of a row is `base + products[row] / scale`, and right within `queryError` and the row's own error. */
interface RoughScan {
  /** [rows] */
  readonly products: Int32Array;
  readonly base: number;
  readonly scale: number;
  readonly queryError: number;
}

/** What float32 sums add. */
const FLOAT_ERROR = 1e-5;

/** Compares a query of unit length with every row. */
function scanRough({ dimension, stride, means, steps, ids }: RoundedRows, memory: ScanMemory, query: Embedding): RoughScan {
  const weights = Float64Array.from(query, (value, i) => value * (steps[i] as number));
  const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 1e-30);
  const total = weights.reduce((sum, weight) => sum + Math.abs(weight), 1e-30);
  const scale = Math.min(32_767 / largest, (2 ** 31 / 128 - stride) / total); // neither a weight nor a sum overflows
  const rounded = new Int16Array(stride);
  let base = 0;
  let queryError = FLOAT_ERROR;
  for (let i = 0; i < dimension; i++) {
    rounded[i] = Math.round((weights[i] as number) * scale);
    base += (query[i] as number) * (means[i] as number);
    queryError += 127 * Math.abs((weights[i] as number) - (rounded[i] as number) / scale);
  }
  return { products: memory.products(ids.length, rounded), base, scale, queryError };
}

/** Rows that may be among the nearest. */
export interface Candidates {
  /** Their places; the nearest are certainly among them. */
  readonly places: readonly number[];
  /** How many rows took part. */
  readonly compared: number;
}

/** Finds the rows that may be among the `count` nearest of those with a sound embedding; of `wanted` ids alone where they are given. */
export function findCandidates(
  rounded: RoundedRows,
  memory: ScanMemory,
  { query, count, wanted }: { query: Embedding; count: number; wanted?: ReadonlySet<number> | undefined },
): Candidates {
  const { errors, ids } = rounded;
  const { products, base, scale, queryError } = scanRough(rounded, memory, query);
  const takesPart = (row: number): boolean => (errors[row] as number) >= 0 && wanted?.has(ids[row] as number) !== false;
  const similarity = (row: number): number => base + (products[row] as number) / scale;
  const largest = new LargestValues(count);
  let compared = 0;
  for (let row = 0; row < ids.length; row++) {
    if (!takesPart(row)) continue;
    compared++;
    largest.add(similarity(row) - (errors[row] as number));
  }
  const border = largest.smallest - 2 * queryError;
  const places: number[] = [];
  for (let row = 0; row < ids.length; row++) if (similarity(row) + (errors[row] as number) >= border && takesPart(row)) places.push(row);
  return { places, compared };
}

/** The largest values that were added, the smallest of them first: a heap. */
class LargestValues {
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
