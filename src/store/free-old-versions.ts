import { readdir, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';

export interface FreedVersions {
  readonly bytes: number;
  readonly versions: number;
}

/**
 * Removes the versions of a table that were made before a moment, and the data files that they alone use. Unlike LanceDB's own clean-up it
 * writes nothing. A file is in use if a manifest that stays holds its name anywhere, so a change of the format could keep files, and never
 * lose one. Tags and branches may use old versions: a table that has some is left alone.
 *
 * @param place the folder of the table
 */
export async function freeOldVersions(place: string, before: Date): Promise<FreedVersions> {
  const entries = await readdir(place);
  const manifests = (await readdir(join(place, '_versions'))).filter((name) => MANIFEST.test(name)).sort(byVersion);
  const old: string[] = [];
  for (const name of entries.includes('_refs') ? [] : manifests.slice(0, -1)) // the last is the table as it is
    if ((await stat(join(place, '_versions', name))).mtime < before) old.push(name);
  const files = await readdir(join(place, 'data'));
  const namedIn = async (some: readonly string[]): Promise<Set<string>> => {
    const named = new Set<string>();
    for (const name of some) {
      const text = await readFile(join(place, '_versions', name), 'latin1');
      for (const file of files) if (text.includes(file)) named.add(file);
    }
    return named;
  };
  const [unused, used] = [await namedIn(old), await namedIn(manifests.filter((name) => !old.includes(name)))];
  let bytes = 0;
  const remove = async (path: string): Promise<void> => {
    const { size } = await stat(path);
    await unlink(path);
    bytes += size;
  };
  for (const name of old) await remove(join(place, '_versions', name)); // first: a version must not outlive its files
  for (const file of unused) if (!used.has(file)) await remove(join(place, 'data', file));
  return { bytes, versions: old.length };
}

const MANIFEST = /^\d+\.manifest$/;
const MAX = 2n ** 64n - 1n;

/** A version's number; LanceDB also writes it as what is missing to the highest one, so that the latest comes first. */
const versionOf = (name: string): bigint => {
  const number = BigInt(name.slice(0, name.indexOf('.')));
  return number > MAX / 2n ? MAX - number : number;
};

const byVersion = (a: string, b: string): number => (versionOf(a) < versionOf(b) ? -1 : 1);
