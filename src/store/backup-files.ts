import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { LabelwiseError, throwIfAborted } from '../errors.js';
import { makeFolder } from '../files/make-folder.js';
import { removeLeftovers, temporaryName } from '../files/temporary-file.js';
import { BACKUP_MANIFEST, type BackupFile, isStored } from './backup-manifest.js';
import { ROUNDED_ENDING } from './table-names.js';

/** Files that may be beside a database's own: locks, what is made again when it is missing, and what a killed process left. */
const isPassing = (name: string): boolean =>
  name === BACKUP_MANIFEST ||
  name.endsWith('.lock') ||
  name.endsWith(ROUNDED_ENDING) ||
  name.endsWith('.lance.removed') ||
  /^\.labelwise-.*\.tmp$/.test(name);

export const isForeign = (name: string): boolean => !isStored(name) && !isPassing(name);

/** The files of a database, with "/" in their paths. A link is followed; whatever is neither file nor folder is refused. */
export async function listStored(folder: string): Promise<string[]> {
  const found: string[] = [];
  const visit = async (path: string): Promise<void> => {
    const stats = await stat(join(folder, path));
    if (stats.isDirectory()) for (const name of (await readdir(join(folder, path))).sort()) await visit(`${path}/${name}`);
    else if (stats.isFile()) found.push(path);
    else throw new LabelwiseError('STORE_FAILED', `Expected files and folders in the database, got something else: ${join(folder, path)}.`);
  };
  for (const name of (await readdir(folder)).filter(isStored).sort()) await visit(name);
  return found;
}

export interface CopyOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Copies files from one folder into another and gives their sizes and hashes. */
export async function copyFiles(
  paths: readonly string[],
  [from, to]: readonly [string, string],
  { signal, onProgress }: CopyOptions,
): Promise<BackupFile[]> {
  const files: BackupFile[] = [];
  for (const [i, path] of paths.entries()) {
    await mkdir(dirname(join(to, path)), { recursive: true });
    files.push({ path, ...(await copyFile(join(from, path), join(to, path), signal)) });
    onProgress?.(i + 1, paths.length);
  }
  return files;
}

async function copyFile(from: string, to: string, signal: AbortSignal): Promise<Omit<BackupFile, 'path'>> {
  const hash = createHash('sha256');
  let bytes = 0;
  const file = await open(to, 'wx');
  try {
    for await (const chunk of createReadStream(from, { highWaterMark: 2 ** 20 })) {
      throwIfAborted(signal);
      hash.update(chunk);
      bytes += chunk.length;
      await file.writeFile(chunk); // goes on where the last one ended
    }
    throwIfAborted(signal);
    await file.sync();
  } finally {
    await file.close();
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** Runs work with a new folder beside `target`, which it may rename. Otherwise the folder is deleted. */
export async function withFolderBeside<T>(target: string, work: (folder: string) => Promise<T>): Promise<T> {
  const parent = dirname(target);
  await makeFolder(parent);
  await removeLeftovers(parent);
  const folder = join(parent, temporaryName());
  await mkdir(folder);
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @throws LabelwiseError `INVALID_ARGUMENT` if one of the two folders is the other, or in it */
export function refuseNested(backup: string, database: string): void {
  if (isWithin(backup, database) || isWithin(database, backup))
    throw new LabelwiseError('INVALID_ARGUMENT', `Expected a backup outside the database ${database}, got ${backup}.`, {
      hint: 'Choose a folder that is neither in the other nor holds it.',
    });
}

const isWithin = (inner: string, outer: string): boolean => !/^\.\.(?:[/\\]|$)|^[/\\]|^[A-Za-z]:/.test(relative(outer, inner));
