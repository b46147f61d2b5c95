import { DTYPE_BYTES, FLOAT_DECODERS, type TensorDtype } from '../safetensors/tensor-dtypes.js';

/** Stored values as float32. */
export function toFloats(bytes: Uint8Array, dtype: TensorDtype): Float32Array {
  const decode = FLOAT_DECODERS[dtype] as (view: DataView, offset: number) => number;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = DTYPE_BYTES[dtype];
  return Float32Array.from({ length: bytes.byteLength / size }, (_, i) => decode(view, i * size));
}

/**
 * Quantises one row symmetrically to -127..127 and writes it at `at` in steps of `stride`: 1 keeps rows, the number of rows
 * transposes. Gives the scale that turns it back.
 */
export function quantizeRow(row: Float32Array, target: Int8Array, at: number, stride: number): number {
  let peak = 0;
  for (const value of row) peak = Math.max(peak, Math.abs(value));
  const scale = peak > 0 ? peak / 127 : 1;
  for (let i = 0; i < row.length; i++) target[at + i * stride] = Math.round((row[i] as number) / scale);
  return scale;
}
