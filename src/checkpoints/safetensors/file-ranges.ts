import { open } from 'node:fs/promises';
import type { RangeReader } from '../../files/range-reader.js';

/** Reads ranges of a local file. */
export async function withFileRanges<T>(path: string, use: (read: RangeReader, size: number) => Promise<T>): Promise<T> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    return await use(async (offset, length) => {
      const buffer = Buffer.alloc(Math.max(0, Math.min(length, size - offset)));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
      return buffer.subarray(0, bytesRead);
    }, size);
  } finally {
    await file.close();
  }
}
