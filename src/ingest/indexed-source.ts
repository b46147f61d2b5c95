import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isObjectAddress } from '../files/object-address.js';
import { type ImageLimits, readImageBytes } from '../images/read-image.js';
import type { Sources } from './source.js';

/** How indexed pictures are read again. */
export interface IndexedPlaces {
  /** The folder that relative paths start from, and that shown paths are shortened by. */
  readonly cwd: string;
  readonly limits: ImageLimits;
  readonly sources: () => Promise<Sources>;
}

/** The bytes of an indexed picture as they are now. A name that is no valid UTF-8 stands in the index as a file: URL. @throws LabelwiseError */
export async function readIndexed(path: string, { cwd, limits, sources }: IndexedPlaces, signal?: AbortSignal): Promise<Uint8Array> {
  if (!isObjectAddress(path)) return readImageBytes(path.startsWith('file://') ? path : resolve(cwd, path), limits, signal);
  const object = { path, bytesPath: Buffer.from(path), ...UNKNOWN };
  const read = await (await sources())(path).read(object, limits.maxImageBytes);
  if ('fault' in read) throw read.fault.error;
  return read.bytes;
}

/** A read finds out itself how large an object is, and when it was written. */
const UNKNOWN = { size: 0, mtime: 0, ctime: 0, inode: 0 };

/** The address of an indexed file for a link. No browser opens that of an object, but it can be copied. */
export const indexedUrl = (path: string, cwd: string): string =>
  path.startsWith('file://') || isObjectAddress(path) ? path : pathToFileURL(resolve(cwd, path)).href;
