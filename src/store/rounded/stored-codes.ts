import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { KeptRowsLost } from './kept-rows.js';
import { openScanMemory, type RowRange, type RowScan } from './rounded-rows.js';

/** Where codes are in a file. */
export interface StoredCodes {
  readonly path: string;
  readonly start: number;
  readonly stride: number;
  /** Whole blocks are read: a range begins and ends with one. In order, without gaps. */
  readonly blocks: readonly RowRange[];
  /** The CRC-32 of each. */
  readonly sums: Uint32Array;
}

const CHUNK_ROWS = 4096;

/**
 * Compares queries with codes in a file. Blocks are read when a search first needs them, and stay in memory. The first search of all rows is an
 * exception: it streams through memory for a few of them, because many a process searches once. A block whose sum is wrong throws KeptRowsLost.
 */
export function scanStored(stored: StoredCodes): RowScan | undefined {
  const { stride, blocks } = stored;
  const rows = blocks.at(-1)?.to ?? 0;
  const memory = openScanMemory(rows, stride); // pages that are never written take no memory
  const few = openScanMemory(Math.min(CHUNK_ROWS, rows), stride);
  if (!memory || !few) return undefined;
  const bytes = new Uint8Array(memory.codes.buffer, memory.codes.byteOffset, memory.codes.length);
  const isRead = new Uint8Array(blocks.length);
  let isFirst = true;
  const missingIn = ({ from, to }: RowRange): number[] => {
    const missing: number[] = [];
    for (let block = blockAt(blocks, from); block < blocks.length && (blocks[block] as RowRange).from < to; block++)
      if (!isRead[block]) missing.push(block);
    return missing;
  };
  const load = async (ranges: readonly RowRange[]): Promise<void> => {
    const missing = ranges.flatMap(missingIn);
    if (missing.length === 0) return;
    await withFile(stored.path, async (file) => {
      for (const block of missing) {
        const { from, to } = blocks[block] as RowRange;
        const part = bytes.subarray(from * stride, to * stride);
        await readPart(file, part, stored.start + from * stride);
        if (crc32(part) !== stored.sums[block]) throw damaged();
        isRead[block] = 1;
      }
    });
  };
  return {
    load,
    products(query, range) {
      if (missingIn(range).length === 0) return memory.products(query, range);
      const isStreamed = isFirst && range.from === 0 && range.to === rows;
      if (isStreamed) isFirst = false;
      return isStreamed ? streamAll(stored, few, query) : load([range]).then(() => memory.products(query, range).slice());
    },
  };
}

async function streamAll(
  { path, start, stride, blocks, sums }: StoredCodes,
  few: NonNullable<ReturnType<typeof openScanMemory>>,
  query: Int16Array,
): Promise<Int32Array> {
  const bytes = new Uint8Array(few.codes.buffer, few.codes.byteOffset, few.codes.length);
  const found = new Int32Array(blocks.at(-1)?.to ?? 0);
  await withFile(path, async (file) => {
    for (const [block, { from, to }] of blocks.entries()) {
      let sum = 0;
      for (let row = from; row < to; row += CHUNK_ROWS) {
        const count = Math.min(CHUNK_ROWS, to - row);
        const part = bytes.subarray(0, count * stride);
        await readPart(file, part, start + row * stride);
        sum = crc32(part, sum);
        found.set(few.products(query, { from: 0, to: count }), row);
      }
      if (sum !== sums[block]) throw damaged();
    }
  });
  return found;
}

const damaged = (): KeptRowsLost => new KeptRowsLost('the file of rounded rows is damaged');

async function withFile(path: string, use: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path).catch(() => undefined);
  if (!file) throw new KeptRowsLost('the file of rounded rows is gone');
  try {
    await use(file);
  } finally {
    await file.close();
  }
}

async function readPart(file: FileHandle, part: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < part.length; ) {
    const { bytesRead } = await file.read(part, done, part.length - done, at + done);
    if (bytesRead === 0) throw new KeptRowsLost('the file of rounded rows ends early');
    done += bytesRead;
  }
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
