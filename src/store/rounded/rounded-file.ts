import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { openReplacement } from '../../files/open-replacement.js';
import { openScanMemory, type RoundedRows, type ScanMemory, toStride } from './rounded-rows.js';

/** Which version of a table rounded rows are of. `stamp` is the size and time of its manifest: a database that was copied over another has others. */
export interface RoundedOf {
  readonly version: number;
  readonly stamp: string;
  readonly dimension: number;
}

/** Rounded rows in memory, ready to be scanned. */
export interface OpenedRows extends RoundedRows {
  readonly of: RoundedOf;
  readonly memory: ScanMemory;
}

const MAGIC = 'labelwise-rounded-1\n';
const HEADER_BYTES = 1024;

const headerSchema = z.object({
  of: z.object({ version: z.number(), stamp: z.string(), dimension: z.number().int().positive() }),
  rows: z.number().int().nonnegative(),
  crc32: z.number(),
});

/** The parts of the file after its header, in order. */
const partsOf = ({ means, steps, ids, errors, codes }: RoundedRows): Uint8Array[] =>
  [means, steps, ids, errors, codes].map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength));

/** Room for rows. Undefined where the machine has no WebAssembly SIMD. */
export function roomFor(rows: number, of: RoundedOf): OpenedRows | undefined {
  const { dimension } = of;
  const stride = toStride(dimension);
  const memory = openScanMemory(rows, stride);
  return (
    memory && {
      of,
      dimension,
      stride,
      means: new Float32Array(dimension),
      steps: new Float32Array(dimension),
      ids: new Float64Array(rows),
      errors: new Float32Array(rows),
      codes: memory.codes,
      memory,
    }
  );
}

/** Reads the file; undefined where it is missing, of another program's version, cut off or changed: it is then made again. */
export async function readRounded(path: string): Promise<OpenedRows | undefined> {
  const file = await open(path).catch(() => undefined);
  if (!file) return undefined;
  try {
    const start = Buffer.alloc(HEADER_BYTES);
    await readFully(file, start);
    const text = start.toString('utf8').replace(/\0+$/, '');
    if (!text.startsWith(MAGIC)) return undefined;
    const header = headerSchema.parse(JSON.parse(text.slice(MAGIC.length)));
    const rows = roomFor(header.rows, header.of);
    if (!rows) return undefined;
    let sum = 0;
    for (const part of partsOf(rows)) {
      await readFully(file, part);
      sum = crc32(part, sum);
    }
    return sum === header.crc32 ? rows : undefined;
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}

async function readFully(file: FileHandle, into: Uint8Array): Promise<void> {
  for (let at = 0; at < into.length; ) {
    const { bytesRead } = await file.read(into, at, Math.min(into.length - at, 2 ** 28));
    if (bytesRead === 0) throw new RangeError('the file ends early');
    at += bytesRead;
  }
}

/** Puts the file in the place of the one before, in one step. */
export async function writeRounded(path: string, rows: OpenedRows): Promise<void> {
  const parts = partsOf(rows);
  const header = { of: rows.of, rows: rows.ids.length, crc32: parts.reduce((sum, part) => crc32(part, sum), 0) };
  const start = Buffer.alloc(HEADER_BYTES);
  start.write(`${MAGIC}${JSON.stringify(header)}`);
  const { file, commit, discard } = await openReplacement(path);
  try {
    for (const part of [start, ...parts]) await file.writeFile(part);
    await commit();
  } finally {
    await discard();
  }
}
