/** The number formats of safetensors, with their bytes a value. */
export const DTYPE_BYTES = {
  ...{ F64: 8, F32: 4, F16: 2, BF16: 2, F8_E4M3: 1, F8_E5M2: 1 },
  ...{ I64: 8, I32: 4, I16: 2, I8: 1, U64: 8, U32: 4, U16: 2, U8: 1, BOOL: 1 },
} as const;

export type TensorDtype = keyof typeof DTYPE_BYTES;

/** Reads single values of the float formats. */
export const FLOAT_DECODERS: Partial<Record<TensorDtype, (view: DataView, offset: number) => number>> = {
  F64: (view, offset) => view.getFloat64(offset, true),
  F32: (view, offset) => view.getFloat32(offset, true),
  F16: (view, offset) => decodeFloat16(view.getUint16(offset, true)),
  BF16: (view, offset) => decodeBfloat16(view.getUint16(offset, true)),
};

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

function decodeBfloat16(bits: number): number {
  word[0] = bits << 16;
  return float[0] as number;
}

/** IEEE 754 half precision to a number. */
export function decodeFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
