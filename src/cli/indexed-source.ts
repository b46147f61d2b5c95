import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ImageSource } from '../core/ports.js';
import { hasSystemCode, LabelwiseError, messageOf } from '../errors.js';
import { toPathBytes } from '../ingest/byte-path.js';

/** An indexed file to be read again. A name that is no valid UTF-8 stands in the index as a file: URL, and is read here. */
export async function indexedSource(path: string, cwd: string): Promise<ImageSource> {
  if (!path.startsWith('file://')) return resolve(cwd, path);
  return readFile(toPathBytes(path)).catch((cause: unknown) => {
    const isGone = hasSystemCode(cause, 'ENOENT', 'ENOTDIR');
    throw new LabelwiseError(isGone ? 'INPUT_NOT_FOUND' : 'INPUT_UNREADABLE', `${path} cannot be read: ${messageOf(cause)}.`, { cause });
  });
}

/** The address of an indexed file for a link. */
export const indexedUrl = (path: string, cwd: string): string =>
  path.startsWith('file://') ? path : pathToFileURL(resolve(cwd, path)).href;
