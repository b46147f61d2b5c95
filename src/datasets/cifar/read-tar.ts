import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { LabelwiseError, messageOf } from '../../errors.js';
import { damaged } from '../dataset-errors.js';

/** A file of a tar archive. What is not read of it is passed over. */
export interface TarEntry {
  readonly name: string;
  readonly size: number;
  parts(): AsyncGenerator<Uint8Array>;
}

const BLOCK = 512;

/**
 * The plain files of a .tar or .tar.gz, one after the other, in bounded memory.
 *
 * @throws LabelwiseError `DATASET_DAMAGED`
 */
export async function* readTar(path: string): AsyncGenerator<TarEntry> {
  const source = createReadStream(path, { highWaterMark: 2 ** 18 });
  const gunzip = createGunzip({ chunkSize: 2 ** 18 });
  const isGzip = /gz$/i.test(path);
  if (isGzip) source.on('error', (error) => gunzip.destroy(error)).pipe(gunzip);
  const bytes = new ByteReader((isGzip ? gunzip : source) as AsyncIterable<Uint8Array>);
  try {
    for (;;) {
      const header = await bytes.take(BLOCK);
      if (header.every((byte) => byte === 0)) return;
      if (!hasRightChecksum(header)) throw new Error('a header has another checksum than it says');
      const size = Number.parseInt(textOf(header, 124, 12), 8);
      const isFile = /^[0\0]?$/.test(String.fromCharCode(header[156] ?? 0));
      let left = size;
      if (isFile) {
        const parts = async function* (): AsyncGenerator<Uint8Array> {
          while (left > 0) {
            const part = await bytes.some(left);
            left -= part.length;
            yield part;
          }
        };
        yield { name: textOf(header, 0, 100), size, parts };
      }
      while (left > 0) left -= (await bytes.some(left)).length;
      await bytes.take((BLOCK - (size % BLOCK)) % BLOCK);
    }
  } catch (cause) {
    if (cause instanceof LabelwiseError) throw cause;
    throw damaged(`${path} is not a whole tar archive: ${messageOf(cause)}.`, cause);
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

/** Bytes of a stream in the amounts that are asked for. */
class ByteReader {
  #rest: Uint8Array = new Uint8Array(0);
  readonly #source: AsyncIterator<Uint8Array>;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Between 1 and `most` bytes. */
  async some(most: number): Promise<Uint8Array> {
    while (this.#rest.length === 0) {
      const { value, done } = await this.#source.next();
      if (done) throw new Error('it ends too early');
      this.#rest = value;
    }
    const part = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(part.length);
    return part;
  }

  async take(count: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (let left = count; left > 0; ) {
      const part = await this.some(left);
      parts.push(part);
      left -= part.length;
    }
    return Buffer.concat(parts);
  }
}

function textOf(block: Uint8Array, start: number, length: number): string {
  return Buffer.from(block.subarray(start, start + length))
    .toString('utf8')
    .replace(/\0.*$/s, '')
    .trim();
}

/** The sum of all bytes, those of the checksum itself taken as spaces. */
function hasRightChecksum(header: Uint8Array): boolean {
  const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  return Number.parseInt(textOf(header, 148, 8), 8) === sum;
}
