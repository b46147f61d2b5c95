import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { readJson } from '../files/json-file.js';
import { makeFolder } from '../files/make-folder.js';
import { hashFiles, sha256Of } from '../hub/file-hashes.js';

/** Beside files that were made from a checkpoint and are kept in the home: what they were when they were made. */
const SEAL = 'sha256.json';
const sealSchema = z.array(z.string());

/** Says of the files of a folder that they are whole now. */
export async function sealFolder(folder: string, names: readonly string[]): Promise<void> {
  const hashes = await Promise.all(names.map((name) => sha256Of(join(folder, name))));
  await writeFile(join(folder, SEAL), JSON.stringify(hashes));
}

/** Whether the files of a folder are what they were when it was sealed. A file is read again when its place, size, inode or times differ. */
export async function stateOfFolder(folder: string, names: readonly string[], home: string): Promise<'whole' | 'damaged' | 'missing'> {
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  );
  if (!isThere) return 'missing';
  try {
    const paths = names.map((name) => join(folder, name));
    const [sealed, hashes] = [sealSchema.parse(await readJson(folder, SEAL)), await hashFiles(paths, home)];
    return sealed.join() === hashes.join() ? 'whole' : 'damaged';
  } catch {
    return 'damaged'; // a file is gone, or cannot be read
  }
}

/** Puts a folder in the place of another. */
export async function replaceFolder(made: string, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await makeFolder(dirname(folder));
  await rename(made, folder);
}
