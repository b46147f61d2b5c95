import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { KeptRowsLost } from './kept-rows.js';
import { openScanMemory, type RowRange, type RowScan } from './rounded-rows.js';

/** Where codes are in a file. */
interface StoredCodes {
  readonly start: number;
  readonly stride: number;
  /** Whole blocks are read: a range begins and ends with one. */
  readonly blocks: readonly RowRange[];
  /** The CRC-32 of each. */
  readonly sums: Uint32Array;
}

const CHUNK_ROWS = 4096;

/** Compares queries with codes that stay in their file, through memory for a few of them. A block whose sum is wrong throws KeptRowsLost. */
export function streamRows(path: string, { start, stride, blocks, sums }: StoredCodes): RowScan | undefined {
  const memory = openScanMemory(CHUNK_ROWS, stride);
  if (!memory) return undefined;
  const bytes = new Uint8Array(memory.codes.buffer, memory.codes.byteOffset, memory.codes.length);
  return {
    async products(query, { from, to }) {
      const found = new Int32Array(to - from);
      const file = await open(path).catch(() => undefined);
      if (!file) throw new KeptRowsLost('the file of rounded rows is gone');
      try {
        for (let block = blockAt(blocks, from); block < blocks.length && (blocks[block] as RowRange).from < to; block++) {
          const range = blocks[block] as RowRange;
          let sum = 0;
          for (let row = range.from; row < range.to; row += CHUNK_ROWS) {
            const count = Math.min(CHUNK_ROWS, range.to - row);
            const part = bytes.subarray(0, count * stride);
            const { bytesRead } = await file.read(part, 0, part.length, start + row * stride);
            if (bytesRead < part.length) throw new KeptRowsLost('the file of rounded rows ends early');
            sum = crc32(part, sum);
            found.set(memory.products(query, { from: 0, to: count }), row - from);
          }
          if (sum !== sums[block]) throw new KeptRowsLost('the file of rounded rows is damaged');
        }
      } finally {
        await file.close();
      }
      return found;
    },
  };
}

/** The first block that has rows from a row on. */
function blockAt(blocks: readonly RowRange[], row: number): number {
  let [low, high] = [0, blocks.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((blocks[middle] as RowRange).to <= row) low = middle + 1;
    else high = middle;
  }
  return low;
}
