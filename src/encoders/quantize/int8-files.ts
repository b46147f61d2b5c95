/** The weights of an int8 copy. */
export const INT8_FILE = 'weights.bin';

/** What is run of an int8 copy. */
export const INT8_FILES = ['image.onnx', 'text.onnx', INT8_FILE] as const;
