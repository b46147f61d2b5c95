import { rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { removeLeftovers } from '../files/temporary-file.js';
import { LockedError, withLock } from '../files/with-lock.js';
import { namesIn, openPacks, PACKS } from './cache-folder.js';
import { addedAtOf, type Pack, type PackRow, readPack, writePack } from './cache-pack.js';
import { folderBytes } from './folder-bytes.js';

/** Each write leaves a pack, which a start has to open. When more than this many are small, as many of the smallest are joined. */
const SMALL_PACKS = 8;
/** The most that is joined into one pack, which is then in memory; and the part of the cache that it may be, because room is made by whole packs. */
const JOINED_BYTES = 32 * 2 ** 20;
const LARGEST_PART = 1 / 16;

/** Joins small packs of `own`, and makes room where the cache in `folder` has grown too large. */
export async function tidyCache(folder: string, own: string, maxBytes: number): Promise<void> {
  const isTooLarge = (await folderBytes(folder)) > maxBytes;
  const names = await namesIn(own);
  if (names.length <= SMALL_PACKS && !isTooLarge) return;
  const work = async (): Promise<void> => {
    await removeLeftovers(own, names);
    if (isTooLarge) await makeRoom(folder, own, maxBytes);
    await joinSmallest(own, Math.min(JOINED_BYTES, maxBytes * LARGEST_PART));
  };
  await withLock(join(folder, 'tidy'), work, { waitMs: 0 }).catch((error: unknown) => {
    if (!(error instanceof LockedError)) throw error; // else another process is at it
  });
}

async function joinSmallest(own: string, mostBytes: number): Promise<void> {
  const small = (await openPacks(own)).filter(({ bytes }) => bytes <= mostBytes / 2).sort((a, b) => a.bytes - b.bytes);
  if (small.length <= SMALL_PACKS) return;
  const joined: Pack[] = [];
  for (const pack of small.slice(0, SMALL_PACKS))
    if (joined.reduce((sum, { bytes }) => sum + bytes, pack.bytes) <= mostBytes) joined.push(pack);
  joined.sort((a, b) => timeOf(b) - timeOf(a)); // of one key, the newest row stays
  const rows = new Map<string, PackRow>();
  for (const pack of joined)
    for await (const row of readPack(
      pack,
      Array.from({ length: pack.rows }, (_, place) => place),
    )) {
      const key = row.digest.toString('hex');
      if (!rows.has(key)) rows.set(key, row);
    }
  const newest = joined[0] as Pack;
  if (rows.size > 0) await writePack(own, newest, [...rows.values()], timeOf(newest));
  for (const { path } of joined) await rm(path, { force: true }).catch(() => {}); // Windows keeps a file that is open; it is joined again
}

const timeOf = ({ path }: Pack): number => addedAtOf(basename(path));

/** Deletes packs of other encoders first, the least used first, and then the oldest of its own. */
async function makeRoom(folder: string, own: string, maxBytes: number): Promise<void> {
  const others = (await namesIn(folder)).map((name) => join(folder, name)).filter((path) => PACKS.test(basename(path)) && path !== own);
  const used = await Promise.all(others.map(async (path) => ({ path, at: await changedAt(path) })));
  const oldest = (await openPacks(own)).reverse();
  for (const { path } of [...used.sort((a, b) => a.at - b.at), ...oldest]) {
    if ((await folderBytes(folder)) <= maxBytes) return;
    await rm(path, { recursive: true, force: true });
  }
}

const changedAt = (path: string): Promise<number> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
