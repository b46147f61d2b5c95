import { randomBytes } from 'node:crypto';
import { closeSync, openSync, read, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { FileRow } from '../image-index.js';

/** Where whole rows are kept in files, so that a search needs no LanceDB: the numbers of the embedding, then the other columns as JSON. */
export interface KeptPlaces {
  /** The files' names; each is written once and never changed. */
  readonly files: readonly string[];
  /** The file, times `FILE`, plus where the row begins in it; -1 for a row that is not kept. [rows] */
  readonly places: Float64Array;
  /** [rows] */
  readonly lengths: Uint32Array;
  /** CRC-32 of each row's bytes. [rows] */
  readonly sums: Uint32Array;
}

const FILE = 2 ** 40;
export const NOT_KEPT = -1;
export const KEPT_ENDING = '.rows';

/** A row as it was kept. */
export interface KeptRow {
  readonly embedding: Float32Array;
  /** The other columns, read when they are asked for. */
  facts(): FileRow;
}

/** Kept rows are missing or damaged: they have to be made again. */
export class KeptRowsLost extends Error {}

/** Reads some rows by their numbers, in that order. @throws KeptRowsLost */
export async function readKept(
  folder: string,
  kept: KeptPlaces,
  { rows, dimension }: { rows: readonly number[]; dimension: number },
): Promise<KeptRow[]> {
  const starts: number[] = [];
  let size = 0;
  for (const row of rows) {
    starts.push(size);
    size += Math.ceil((kept.lengths[row] as number) / 4) * 4; // numbers begin at a multiple of four
  }
  const bytes = new Uint8Array(size);
  const files = new Map<number, number>();
  try {
    let isSlow = false;
    const waiting: Promise<void>[] = [];
    for (const [i, row] of rows.entries()) {
      const place = kept.places[row] as number;
      const file = Math.floor(place / FILE);
      const fd = files.get(file) ?? openSync(join(folder, kept.files[file] as string), 'r');
      files.set(file, fd);
      const start = starts[i] as number;
      const into = bytes.subarray(start, start + (kept.lengths[row] as number));
      if (isSlow) waiting.push(readInto(fd, into, place % FILE));
      else isSlow = readAtOnce(fd, into, place % FILE);
    }
    await Promise.all(waiting);
  } catch (cause) {
    throw new KeptRowsLost('kept rows cannot be read', { cause });
  } finally {
    for (const fd of files.values()) closeSync(fd);
  }
  return rows.map((row, i) => {
    const start = starts[i] as number;
    const own = bytes.subarray(start, start + (kept.lengths[row] as number));
    if (crc32(own) !== kept.sums[row]) throw new KeptRowsLost('a kept row is damaged');
    const facts = (): FileRow => JSON.parse(Buffer.from(own.buffer, own.byteOffset + dimension * 4, own.length - dimension * 4).toString());
    return { embedding: new Float32Array(bytes.buffer, start, dimension), facts };
  });
}

const SLOW_MS = 1;

/**
 * Reads without a thread: of what the system has in memory, that takes a fifth of the time. Says whether it took so long that this came from a
 * disk, and the rest should not hold up everything else.
 */
function readAtOnce(fd: number, into: Uint8Array, at: number): boolean {
  const began = performance.now();
  if (readSync(fd, into, 0, into.length, at) < into.length) throw new RangeError('the file ends early');
  return performance.now() - began > SLOW_MS;
}

const readInto = (fd: number, into: Uint8Array, at: number): Promise<void> =>
  new Promise((resolve, reject) => {
    read(fd, into, 0, into.length, at, (error, count) => {
      if (error || count < into.length) reject(error ?? new RangeError('the file ends early'));
      else resolve();
    });
  });

const CHUNK = 2 ** 20;

/** Writes rows to a new file. Where that fails, as on a full disk, nothing is thrown: `finish` says so. */
export class KeptWriter {
  readonly name: string;
  readonly #file: FileHandle;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #end = 0;
  #isWhole = true;

  private constructor(file: FileHandle, name: string) {
    this.#file = file;
    this.name = name;
  }

  static async start(folder: string): Promise<KeptWriter> {
    const name = randomBytes(6).toString('hex') + KEPT_ENDING;
    return new KeptWriter(await open(join(folder, name), 'wx'), name);
  }

  /** Adds a row and notes its place: `row` is its number, `file` that of this file among the others. */
  async add(
    { embedding, facts }: { embedding: Float32Array; facts: string },
    to: Omit<KeptPlaces, 'files'>,
    { row, file }: { row: number; file: number },
  ): Promise<void> {
    const numbers = Buffer.from(embedding.buffer, embedding.byteOffset, embedding.byteLength);
    const bytes = Buffer.concat([numbers, Buffer.from(facts)]);
    to.places[row] = file * FILE + this.#end;
    to.lengths[row] = bytes.length;
    to.sums[row] = crc32(bytes);
    this.#end += bytes.length;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes >= CHUNK) await this.#try(() => this.#flush());
  }

  /** Whether all rows are on the disk. */
  async finish(): Promise<boolean> {
    await this.#try(() => this.#flush());
    await this.#try(() => this.#file.sync());
    await this.#try(() => this.#file.close());
    return this.#isWhole;
  }

  async #try(work: () => Promise<void>): Promise<void> {
    await work().catch(() => {
      this.#isWhole = false;
    });
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (this.#isWhole) await this.#file.writeFile(bytes);
  }
}
