import { hasSystemCode, LabelwiseError, messageOf } from '../errors.js';
import { readRegularFile } from '../files/read-regular-file.js';
import { writeAtomically } from '../files/write-atomically.js';
import { mergeSidecar } from './merge-sidecar.js';

/**
 * Puts keywords into an image's sidecar, see `mergeSidecar`; it is replaced in one step, and not touched when it says so already.
 *
 * @throws LabelwiseError `SIDECAR_INVALID`, `INPUT_UNREADABLE` or `DISK_FULL`, each with the sidecar's path
 */
export async function writeSidecar(path: string, keywords: readonly string[]): Promise<'written' | 'unchanged'> {
  const existing = await readText(path);
  const merged = inPlace(path, () => mergeSidecar(existing, keywords));
  if (merged === undefined) return 'unchanged';
  await writeAtomically(path, merged).catch((cause: unknown) => {
    if (hasSystemCode(cause, 'ENOSPC', 'EDQUOT'))
      throw new LabelwiseError('DISK_FULL', `The disk is full: ${path} was not written.`, { hint: 'Make room and export again.', cause });
    throw new LabelwiseError('OUTPUT_UNWRITABLE', `${path} cannot be written: ${messageOf(cause)}.`, {
      hint: 'Check the permissions of the folder, or write elsewhere with --out.',
      cause,
    });
  });
  return 'written';
}

async function readText(path: string): Promise<string | undefined> {
  const bytes = await readRegularFile(path).catch((cause: unknown) => {
    if (hasSystemCode(cause, 'ENOENT')) return undefined;
    throw new LabelwiseError('INPUT_UNREADABLE', `The sidecar ${path} cannot be read: ${messageOf(cause)}.`, {
      hint: 'Check its permissions.',
      cause,
    });
  });
  if (bytes === undefined) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new LabelwiseError('SIDECAR_INVALID', `${path}: Expected XMP in UTF-8, got other bytes.`, {
      hint: 'It was left as it is. Move it away, or save it anew in the program that wrote it.',
      cause,
    });
  }
}

function inPlace<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof LabelwiseError)) throw error;
    throw new LabelwiseError(error.code, `${path}: ${error.message}`, { hint: error.hint ?? '', cause: error.cause });
  }
}
