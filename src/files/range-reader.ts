/** Reads a byte range of a file, wherever it is: up to `length` bytes from `offset`. */
export type RangeReader = (offset: number, length: number) => Promise<Uint8Array>;
