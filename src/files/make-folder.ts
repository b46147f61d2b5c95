import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasSystemCode } from '../errors.js';

/**
 * Makes a folder and those above it that are missing. Node's own recursive mkdir runs for ever where a file system answers ENOENT to a
 * new folder though the one above is there: /proc does, and automounters.
 */
export async function makeFolder(path: string): Promise<void> {
  const made = await mkdir(path).catch((error: unknown) => error);
  if (made === undefined || (await isFolder(path))) return;
  const parent = dirname(path);
  if (!hasSystemCode(made, 'ENOENT') || parent === path) throw made;
  if (!(await isFolder(parent))) {
    await makeFolder(parent);
    return makeFolder(path);
  }
  await mkdir(path).catch(async (error: unknown) => {
    if (!(await isFolder(path))) throw error; // else another process made the folder above it, and this one, in between
  });
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
