import { open } from 'node:fs/promises';
import { LabelwiseError } from '../errors.js';

const START = 'version https://git-lfs';

/** Whether a file's text is what Git keeps in the place of a large file. */
export const isLfsPointer = (text: string): boolean => text.startsWith(START);

export function lfsPointer(path: string): LabelwiseError {
  return new LabelwiseError('CHECKPOINT_INCOMPLETE', `${path} is a Git LFS pointer, not the file itself.`, {
    hint: 'Run "git lfs pull" in the folder of the checkpoint, or download it: labelwise models pull NAME.',
  });
}

/** Whether there is a pointer in the place of this file. A file that cannot be read is not one: whoever needs it says why. */
export async function isLfsPointerFile(path: string): Promise<boolean> {
  const file = await open(path).catch(() => undefined);
  if (!file) return false;
  const { buffer, bytesRead } = await file.read(Buffer.alloc(START.length)).finally(() => file.close());
  return isLfsPointer(buffer.toString('latin1', 0, bytesRead));
}

/** @throws LabelwiseError `CHECKPOINT_INCOMPLETE` for the first of the files that is a pointer */
export async function refuseLfsPointers(paths: readonly string[]): Promise<void> {
  for (const path of paths) if (await isLfsPointerFile(path)) throw lfsPointer(path);
}
