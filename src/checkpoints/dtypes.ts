/** The number formats that ONNX exports come in, with the endings of their file names; the first that exists is taken. */
export const DTYPE_SUFFIXES = {
  fp32: [''],
  fp16: ['_fp16'],
  int8: ['_int8', '_quantized'],
  uint8: ['_uint8'],
  q8: ['_quantized', '_int8'],
  q4: ['_q4'],
  q4f16: ['_q4f16'],
  bnb4: ['_bnb4'],
} as const;

export type Dtype = keyof typeof DTYPE_SUFFIXES;

/** All dtypes, in order of preference. */
export const DTYPES = Object.keys(DTYPE_SUFFIXES) as Dtype[];
