import { access, constants, lstat, rm } from 'node:fs/promises';
import { hasSystemCode, LabelwiseError, messageOf } from '../errors.js';
import { toPathBytes } from '../files/byte-path.js';
import { inOutputWords } from '../files/output-fault.js';
import { readRegularFile } from '../files/read-regular-file.js';
import { writeAtomically } from '../files/write-atomically.js';
import { isLeftEmpty, type MergeOptions, mergeSidecar } from './merge-sidecar.js';
import { LABELWISE } from './namespaces.js';

export interface WriteOptions extends MergeOptions {
  /** Nothing is written, and everything else is the same. */
  readonly isDryRun?: boolean;
}

export type WriteOutcome = 'written' | 'unchanged' | 'deleted';

/**
 * Puts keywords into an image's sidecar, see `mergeSidecar`. It is replaced in one step with the same permissions and owner, and not touched
 * when it has the keywords already. One that labelwise made and that holds nothing else by then is deleted.
 *
 * @param path as in the index: a name that is not UTF-8 is a file: URL
 * @throws LabelwiseError `SIDECAR_INVALID`, `INPUT_UNREADABLE`, `OUTPUT_UNWRITABLE` or `DISK_FULL`, each with the sidecar's path
 */
export async function writeSidecar(path: string, keywords: readonly string[], options: WriteOptions = {}): Promise<WriteOutcome> {
  const existing = await readText(path);
  const merged = inPlace(path, () => mergeSidecar(existing, keywords, options));
  if (merged === undefined) return 'unchanged';
  const isDeleted = existing !== undefined && isLeftEmpty(merged);
  await inOutputWords(path, 'export to a file instead: labelwise export --csv --out FILE', async () => {
    const bytes = toPathBytes(path);
    if (existing !== undefined) await access(bytes, constants.W_OK); // whoever protected the file did not mean the folder alone
    if (options.isDryRun) return;
    if (isDeleted) await rm(bytes);
    else await writeAtomically(bytes, merged, { isOwnerKept: true });
  });
  return isDeleted ? 'deleted' : 'written';
}

const readBytes = (path: string): Promise<Buffer | undefined> =>
  readRegularFile(toPathBytes(path)).catch(async (cause: unknown) => {
    const isLink = await lstat(toPathBytes(path)).then(
      (stats) => stats.isSymbolicLink(),
      () => false,
    );
    if (hasSystemCode(cause, 'ENOENT') && !isLink) return undefined; // what a link leads to may be on a disk that is not mounted
    throw new LabelwiseError('INPUT_UNREADABLE', `The sidecar ${path} cannot be read: ${messageOf(cause)}.`, {
      hint: 'Check its permissions.',
      cause,
    });
  });

async function readText(path: string): Promise<string | undefined> {
  const bytes = await readBytes(path);
  if (bytes === undefined) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new LabelwiseError('SIDECAR_INVALID', `${path}: Expected XMP in UTF-8, got other bytes.`, {
      hint: 'It was left as it is. Move it away, or save it again in the program that wrote it.',
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

/** Whether a sidecar notes keywords of labelwise. @throws LabelwiseError `INPUT_UNREADABLE` */
export const holdsOurKeywords = async (path: string): Promise<boolean> => (await readBytes(path))?.includes(LABELWISE) === true;
