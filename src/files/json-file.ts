import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasSystemCode, LabelwiseError, messageOf } from '../errors.js';
import { isLfsPointer, lfsPointer } from './lfs-pointer.js';
import { makeFolder } from './make-folder.js';
import { toText } from './read-regular-file.js';
import { writeAtomically } from './write-atomically.js';

/** Reads a JSON file of a checkpoint. @throws LabelwiseError `CHECKPOINT_DAMAGED` when it is not JSON, `INPUT_UNREADABLE`; `ENOENT` */
export async function readJson(folder: string, path: string): Promise<unknown> {
  const bytes = await readFile(join(folder, path)).catch((cause: unknown) => {
    if (hasSystemCode(cause, 'ENOENT', 'ENOTDIR')) throw cause;
    throw new LabelwiseError('INPUT_UNREADABLE', `${join(folder, path)} cannot be read: ${messageOf(cause)}.`, {
      hint: 'Check its permissions, and whether something else has its name.',
      cause,
    });
  });
  const text = toText(bytes);
  if (isLfsPointer(text)) throw lfsPointer(join(folder, path));
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new LabelwiseError('CHECKPOINT_DAMAGED', `${join(folder, path)} is not JSON: it is cut short or broken.`, {
      hint: 'Download it again.',
      cause,
    });
  }
}

/** The same, or undefined where there is no such file. */
export async function readJsonIfThere(folder: string, path: string): Promise<unknown> {
  return readJson(folder, path).catch((error: unknown) => {
    if (hasSystemCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  });
}

/** Writes a JSON file in one step; failing to keep a note for the next run is no reason to stop this one. */
export async function writeJsonNote(path: string, content: unknown): Promise<void> {
  try {
    await makeFolder(dirname(path));
    await writeAtomically(path, JSON.stringify(content));
  } catch {
    // a read-only or full home: the note is made again next time
  }
}
