import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Longest name of a file on all usual file systems, in bytes. */
const MAX_NAME_BYTES = 255;

/**
 * Puts a file in the place of another in one step: whoever reads sees the old one or the new one, and after a power cut there is one of
 * the two. The permissions of the old one are kept; a link is followed. The writer's own unfinished file is removed on failure.
 */
export async function writeAtomically(path: string, content: string | Uint8Array): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const mode = await stat(target).then(
    (stats) => stats.mode & 0o777,
    () => undefined,
  );
  const suffix = `.${process.pid}.tmp`;
  const temporary = join(dirname(target), `.${cutToBytes(basename(target), MAX_NAME_BYTES - suffix.length - 1)}${suffix}`);
  try {
    const file = await open(temporary, 'w', mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function cutToBytes(name: string, bytes: number): string {
  let cut = name;
  while (Buffer.byteLength(cut) > bytes) cut = cut.slice(0, -1);
  return cut;
}
