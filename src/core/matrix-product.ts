import type { Embedding } from './embedding.js';

/** Vectors of the same length, as rows of one array. [rows, dimension] */
export interface Matrix {
  readonly values: Float32Array; // [rows, dimension]
  readonly rows: number;
  readonly dimension: number;
}

/**
 * The dot product of each row of `a` with each of `b`: a times b transposed. [a.rows, b.rows]
 *
 * @param spare a product that is no longer needed; its memory may be used again
 */
export type MatrixProduct = (a: Matrix, b: Matrix, spare?: Float32Array) => Float32Array | Promise<Float32Array>;

/** Embeddings as the rows of a matrix. */
export function toMatrix(embeddings: readonly Embedding[], dimension = embeddings[0]?.length ?? 0): Matrix {
  const values = new Float32Array(embeddings.length * dimension);
  for (const [i, embedding] of embeddings.entries()) values.set(embedding, i * dimension);
  return { values, rows: embeddings.length, dimension };
}

/** The rows from `from` up to `to`, without copying. */
export function sliceRows({ values, rows, dimension }: Matrix, from: number, to: number): Matrix {
  const end = Math.min(to, rows);
  return { values: values.subarray(from * dimension, end * dimension), rows: end - from, dimension };
}

/** The rows at these places, copied. */
export function pickRows({ values, dimension }: Matrix, places: readonly number[]): Matrix {
  const picked = new Float32Array(places.length * dimension);
  for (const [i, row] of places.entries()) picked.set(values.subarray(row * dimension, (row + 1) * dimension), i * dimension);
  return { values: picked, rows: places.length, dimension };
}

/** Rows of `a` that go through the kernel together with two of `b`: eight sums stay in registers, six loads feed eight products. */
const TALL = 4;

/**
 * The product in plain JavaScript, summed in float64: 1.7 billion multiply-adds a second on one core. For large matrices, pass another
 * `MatrixProduct`: that of labelwise/encoders has 40 billion on two cores.
 */
export const multiply = (a: Matrix, b: Matrix): Float32Array => {
  const product = new Float32Array(a.rows * b.rows); // [a.rows, b.rows]
  const tall = a.rows - (a.rows % TALL);
  const wide = b.rows - (b.rows % 2);
  for (let i = 0; i < tall; i += TALL) for (let j = 0; j < wide; j += 2) multiplyTile(a, b, i, j, product);
  for (let i = 0; i < a.rows; i++) {
    for (let j = i < tall ? wide : 0; j < b.rows; j++) product[i * b.rows + j] = dot(a, i, b, j);
  }
  return product;
};

/** Four rows of `a` from `i` on against two of `b` from `j` on. */
function multiplyTile({ values: A, dimension }: Matrix, { values: B, rows }: Matrix, i: number, j: number, product: Float32Array): void {
  const [a0, b0] = [i * dimension, j * dimension];
  const [a1, a2, a3, b1] = [a0 + dimension, a0 + 2 * dimension, a0 + 3 * dimension, b0 + dimension];
  let [s00, s01, s10, s11, s20, s21, s30, s31] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let k = 0; k < dimension; k++) {
    const y0 = B[b0 + k] as number;
    const y1 = B[b1 + k] as number;
    const x0 = A[a0 + k] as number;
    const x1 = A[a1 + k] as number;
    const x2 = A[a2 + k] as number;
    const x3 = A[a3 + k] as number;
    s00 += x0 * y0;
    s01 += x0 * y1;
    s10 += x1 * y0;
    s11 += x1 * y1;
    s20 += x2 * y0;
    s21 += x2 * y1;
    s30 += x3 * y0;
    s31 += x3 * y1;
  }
  const out = i * rows + j;
  product[out] = s00;
  product[out + 1] = s01;
  product[out + rows] = s10;
  product[out + rows + 1] = s11;
  product[out + 2 * rows] = s20;
  product[out + 2 * rows + 1] = s21;
  product[out + 3 * rows] = s30;
  product[out + 3 * rows + 1] = s31;
}

function dot(a: Matrix, i: number, b: Matrix, j: number): number {
  let sum = 0;
  for (let k = 0; k < a.dimension; k++) sum += (a.values[i * a.dimension + k] as number) * (b.values[j * b.dimension + k] as number);
  return sum;
}
