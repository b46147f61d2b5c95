import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { EncoderIdentity, KeptEmbedding } from '../core/ports.js';
import { hasSystemCode } from '../errors.js';
import { temporaryName } from '../files/temporary-file.js';
import { assertReadable, FORMATS } from './table-format.js';

/*
 * A pack: a file of embeddings that never changes, numbers little-endian.
 *
 *   bytes 0 to 3     "LWEP"
 *   bytes 4 to 19    format, bytes of the facts, rows, CRC-32 of the facts and the index: uint32 each
 *   facts            JSON, filled up with spaces to a multiple of 4 bytes
 *   index            32 bytes a row, in the order of the digests: digest of the key (16), row, width, height, CRC-32 of the vector
 *   vectors          float32 [rows, dimension]
 *
 * It gets its name when it is whole. It is not flushed to the disk: what a power cut leaves has a wrong checksum, and is made again.
 */
const MAGIC = Buffer.from('LWEP');
const HEAD_BYTES = 20;
const ENTRY_BYTES = 32;
const DIGEST_BYTES = 16;
/** Read at once, with the head: the index of 2,000 rows. */
const FIRST_BYTES = 2 ** 16;

/** Rows that are read at once where they lie together. */
const ROWS_AT_ONCE = 256;

export const PACK = /^[0-9a-z]{9}-[0-9a-f]{8}\.pack$/;

/** What a pack says about its embeddings. */
export interface PackFacts {
  readonly kind: 'images' | 'labels';
  readonly encoder: EncoderIdentity;
  readonly dimension: number;
}

/** A pack, read as far as its index. */
export interface Pack extends PackFacts {
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  readonly index: Buffer;
}

/** An embedding on its way into a pack. */
export interface PackRow {
  readonly digest: Buffer;
  readonly width: number;
  readonly height: number;
  /** float32 [dimension] */
  readonly vector: Buffer;
}

export const digestOf = (key: string): Buffer => createHash('sha256').update(key).digest().subarray(0, DIGEST_BYTES);

/** @param entries by key */
export const toRows = (entries: Iterable<readonly [string, KeptEmbedding]>): PackRow[] =>
  Array.from(entries, ([key, { embedding, width, height }]) => {
    const vector = Buffer.from(embedding.buffer, embedding.byteOffset, embedding.byteLength);
    return { digest: digestOf(key), width, height, vector };
  });

/** Writes a pack into a folder that exists. `addedAt` (ms since 1970) orders packs. */
export async function writePack(folder: string, facts: PackFacts, rows: readonly PackRow[], addedAt = Date.now()): Promise<void> {
  const { kind, encoder, dimension } = facts;
  const json = JSON.stringify({ kind, encoder: { name: encoder.name, fingerprint: encoder.fingerprint }, dimension });
  const front = Buffer.from(json + ' '.repeat(-Buffer.byteLength(json) & 3));
  const index = Buffer.alloc(rows.length * ENTRY_BYTES);
  const order = rows.map((_, row) => row).sort((a, b) => Buffer.compare((rows[a] as PackRow).digest, (rows[b] as PackRow).digest));
  for (const [place, row] of order.entries()) {
    const { digest, width, height, vector } = rows[row] as PackRow;
    digest.copy(index, place * ENTRY_BYTES);
    for (const [i, value] of [row, width, height, crc32(vector)].entries())
      index.writeUInt32LE(value, place * ENTRY_BYTES + DIGEST_BYTES + 4 * i);
  }
  const head = Buffer.alloc(HEAD_BYTES);
  MAGIC.copy(head);
  for (const [i, value] of [FORMATS.cache.version, front.length, rows.length, crc32(index, crc32(front))].entries())
    head.writeUInt32LE(value, MAGIC.length + 4 * i);
  const temporary = join(folder, temporaryName());
  try {
    await writeFile(temporary, Buffer.concat([head, front, index, ...rows.map(({ vector }) => vector)]), { flag: 'wx' });
    await rename(temporary, join(folder, `${addedAt.toString(36).padStart(9, '0')}-${randomBytes(4).toString('hex')}.pack`));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** When the last row of a pack was added: ms since 1970. */
export const addedAtOf = (name: string): number => Number.parseInt(name.slice(0, 9), 36);

/** Reads a pack's index; undefined for one that is damaged, or that another process has removed. @throws LabelwiseError `FORMAT_NEWER` */
export async function openPack(path: string, option: string): Promise<Pack | undefined> {
  await using file = await openIfThere(path);
  if (!file) return undefined;
  const { size: bytes } = await file.stat();
  const first = await readAt(file, 0, Math.min(FIRST_BYTES, bytes));
  if (first.length < HEAD_BYTES || !first.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const [format = 0, frontBytes = 0, rows = 0, checksum] = [4, 8, 12, 16].map((offset) => first.readUInt32LE(offset));
  assertReadable('cache', format, { subject: `The file ${path}`, option });
  const frontEnd = HEAD_BYTES + frontBytes;
  const indexEnd = frontEnd + rows * ENTRY_BYTES;
  if (indexEnd > bytes) return undefined;
  const rest = await readAt(file, first.length, Math.max(0, indexEnd - first.length));
  const whole = Buffer.concat([first, rest]).subarray(HEAD_BYTES, indexEnd);
  if (whole.length !== indexEnd - HEAD_BYTES || crc32(whole) !== checksum) return undefined;
  const facts = JSON.parse(whole.toString('utf8', 0, frontBytes)) as PackFacts;
  if (bytes !== indexEnd + 4 * rows * facts.dimension) return undefined;
  return { ...facts, path, rows, bytes, index: whole.subarray(frontBytes) };
}

/** The place of a key in a pack's index. */
export function findInPack({ index, rows }: Pack, digest: Buffer): number | undefined {
  let [low, high] = [0, rows];
  while (low < high) {
    const middle = (low + high) >> 1;
    const start = middle * ENTRY_BYTES;
    const side = digest.compare(index, start, start + DIGEST_BYTES);
    if (side === 0) return middle;
    if (side < 0) high = middle;
    else low = middle + 1;
  }
  return undefined;
}

/** The embeddings at places of a pack's index, without those that are damaged; none where another process has removed the pack. */
export async function* readPack(pack: Pack, places: Iterable<number>): AsyncGenerator<PackRow & { readonly place: number }> {
  await using file = await openIfThere(pack.path);
  if (!file) return;
  const vectorBytes = 4 * pack.dimension;
  const start = pack.bytes - pack.rows * vectorBytes;
  const entryAt = (place: number) => {
    const entry = pack.index.subarray(place * ENTRY_BYTES, (place + 1) * ENTRY_BYTES);
    const [row = 0, width = 0, height = 0, checksum = 0] = [0, 4, 8, 12].map((offset) => entry.readUInt32LE(DIGEST_BYTES + offset));
    return { place, digest: entry.subarray(0, DIGEST_BYTES), row, width, height, checksum };
  };
  const wanted = Array.from(places, entryAt).sort((a, b) => a.row - b.row);
  for (let from = 0; from < wanted.length; ) {
    const first = wanted[from] as (typeof wanted)[number];
    let to = from + 1; // rows that lie together are read at once
    while (to - from < ROWS_AT_ONCE && wanted[to]?.row === first.row + to - from) to++;
    const vectors = await readAt(file, start + first.row * vectorBytes, (to - from) * vectorBytes);
    for (const { place, digest, width, height, checksum, row } of wanted.slice(from, to)) {
      const vector = vectors.subarray((row - first.row) * vectorBytes, (row - first.row + 1) * vectorBytes);
      if (vector.length === vectorBytes && crc32(vector) === checksum) yield { place, digest, width, height, vector };
    }
    from = to;
  }
}

const openIfThere = (path: string): Promise<FileHandle | undefined> =>
  open(path).catch((error: unknown) => {
    if (hasSystemCode(error, 'ENOENT')) return undefined;
    throw error;
  });

/** Up to `length` bytes: fewer only where the file ends before. */
async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(buffer, done, length - done, position + done);
    if (bytesRead === 0) return buffer.subarray(0, done);
    done += bytesRead;
  }
  return buffer;
}
