import { createReadStream } from 'node:fs';
import { PassThrough, pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { createTarDecoder } from 'modern-tar';
import { messageOf } from '../../errors.js';
import { damaged } from '../dataset-errors.js';

/** A file of a tar archive. What is not read of it is passed over. */
export interface TarEntry {
  readonly name: string;
  readonly size: number;
  parts(): AsyncIterable<Uint8Array>;
}

/**
 * The plain files of a .tar or .tar.gz, one after the other, in bounded memory.
 *
 * @throws LabelwiseError `DATASET_DAMAGED`
 */
export async function* readTar(path: string): AsyncGenerator<TarEntry> {
  const unpack = /gz$/i.test(path) ? createGunzip({ chunkSize: 2 ** 18 }) : new PassThrough();
  const bytes = pipeline(createReadStream(path, { highWaterMark: 2 ** 18 }), unpack, () => {}); // a failure reaches the reader
  const entries = Readable.toWeb(bytes).pipeThrough(createTarDecoder({ strict: true }));
  try {
    for await (const { header, body } of entries) {
      if (header.type === 'file') yield { name: header.name, size: header.size, parts: () => body.values() };
      await body.cancel();
    }
  } catch (cause) {
    throw damaged(`${path} is not a whole tar archive: ${messageOf(cause).replace(/\.$/, '')}.`, cause);
  } finally {
    bytes.destroy();
  }
}
