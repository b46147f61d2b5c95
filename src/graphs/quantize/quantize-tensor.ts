import { DTYPE_BYTES, FLOAT_DECODERS, type TensorDtype } from '../../checkpoints/safetensors/tensor-dtypes.js';

/** Stored values as float32. */
export function toFloats(bytes: Uint8Array, dtype: TensorDtype): Float32Array {
  const decode = FLOAT_DECODERS[dtype] as (view: DataView, offset: number) => number;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = DTYPE_BYTES[dtype];
  return Float32Array.from({ length: bytes.byteLength / size }, (_, i) => decode(view, i * size));
}

/** Where a quantised row goes: at `at` in steps of `stride`; 1 keeps rows, the number of rows transposes. */
export interface RowTarget {
  readonly values: Int8Array;
  readonly at: number;
  readonly stride: number;
}

/** Quantises one row of a table symmetrically to -127..127. Gives the scale that turns it back. */
export function quantizeRow(row: Float32Array, target: RowTarget): number {
  const scale = stepOf(peakOf(row) / LARGEST);
  for (let i = 0; i < row.length; i++) put(target, i, Math.round((row[i] as number) / scale));
  return scale;
}

/**
 * Quantises the weights of one output. x86 processors without VNNI multiply neighbours (0 and 1, 2 and 3, ...) by unsigned activations
 * and add the two products in 16 bits, where 255 * (a + b) saturates once |a + b| is over 128. So no pair here sums to more: every
 * processor then gives the exact sum. Weights of both signs seldom meet that bound, so the step grows far less than by halving
 * the range (ONNX Runtime's reduce_range).
 */
export function quantizeWeights(row: Float32Array, target: RowTarget): number {
  const scale = stepOf(Math.max(peakOf(row) / LARGEST, pairPeakOf(row) / LARGEST_PAIR));
  for (let i = 0; i < row.length; i += 2) {
    let a = Math.round((row[i] as number) / scale);
    let b = Math.round((row[i + 1] ?? 0) / scale);
    const excess = Math.max(0, Math.abs(a + b) - LARGEST_PAIR); // by rounding: 1 at most
    if (Math.abs(a) > Math.abs(b)) a -= Math.sign(a) * excess;
    else b -= Math.sign(b) * excess;
    put(target, i, a);
    if (i + 1 < row.length) put(target, i + 1, b);
  }
  return scale;
}

const LARGEST = 127;
const LARGEST_PAIR = 128; // 255 * 128 < 2 ** 15 <= 255 * 129

function put({ values, at, stride }: RowTarget, i: number, value: number): void {
  values[at + i * stride] = value;
}

const stepOf = (step: number): number => (step > 0 ? step : 1); // a row of zeros

function peakOf(row: Float32Array): number {
  let peak = 0;
  for (const value of row) peak = Math.max(peak, Math.abs(value));
  return peak;
}

function pairPeakOf(row: Float32Array): number {
  let peak = 0;
  for (let i = 0; i + 1 < row.length; i += 2) peak = Math.max(peak, Math.abs((row[i] as number) + (row[i + 1] as number)));
  return peak;
}
