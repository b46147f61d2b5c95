import { readdir, rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Table } from '@lancedb/lancedb';
import { LabelwiseError } from '../errors.js';
import type { HeldLock, LockOptions } from '../files/with-lock.js';
import { inStoreWords } from './connect.js';
import { readIndexFile, writeIndexFile } from './current-images.js';
import type { Database } from './database.js';
import { folderBytes } from './folder-bytes.js';
import { type FreedVersions, freeOldVersions } from './free-old-versions.js';
import { withIndexLock } from './image-index.js';
import { removeRounded } from './rounded/open-rounded.js';
import { isOfImages, isProbe } from './table-names.js';
import { withImageTable } from './with-image-table.js';

export interface PruneReport {
  readonly bytesFreed: number;
  readonly versionsRemoved: number;
  readonly tablesRemoved: readonly string[];
}

export interface PruneOptions extends LockOptions {
  /** Versions that are younger are kept: a search may be reading them. */
  readonly keepMs: number;
  /** The tables of unfinished migrations go too. */
  readonly isAll?: boolean;
}

/**
 * Frees what no search needs any more: old versions, and tables of earlier models. It needs no free space.
 *
 * @throws LabelwiseError `INDEX_NOT_FOUND`, `INDEX_LOCKED`, `LOCK_LOST`, `STORE_FAILED`
 */
export async function pruneImages(database: Database, options: PruneOptions): Promise<PruneReport> {
  const prune = (lock?: HeldLock): Promise<PruneReport> => pruneLocked(database, options, lock);
  try {
    return await withIndexLock(database, prune, options);
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    return prune(); // nobody holds the lock, or making it would have failed otherwise, and nobody can make it or write
  }
}

const pruneLocked = (database: Database, { keepMs, isAll = false }: PruneOptions, lock: HeldLock | undefined): Promise<PruneReport> =>
  withImageTable(database, async ({ table, name }) => {
    const file = await readIndexFile(database);
    const others = (await imageTablesIn(database)).filter((other) => other !== name);
    const tablesRemoved = others.filter((other) => isAll || (file.previous.includes(other) && other !== file.next?.table));
    let bytesFreed = await removeLeftovers(database);
    for (const other of tablesRemoved) bytesFreed += await removeTable(database, other, lock);
    const versions = await removeVersions(table, folderOf(database, name), new Date(Date.now() - keepMs));
    const previous = file.previous.filter((other) => !tablesRemoved.includes(other) && others.includes(other));
    const next = tablesRemoved.includes(file.next?.table ?? '') ? undefined : file.next;
    if (previous.length < file.previous.length || next !== file.next) await writeIndexFile(database, { ...file, previous, next }, lock);
    return { bytesFreed: bytesFreed + versions.bytes, versionsRemoved: versions.versions, tablesRemoved };
  });

const ENDING = '.lance';
/** A table on its way out: no longer one for LanceDB. */
const REMOVED = '.removed';

/** The folder of a table; an object store has none, and never lacks room. */
const folderOf = ({ location }: Database, name: string): string | undefined =>
  location.folder === undefined ? undefined : location.pathOf(name + ENDING);

const imageTablesIn = async (database: Database): Promise<string[]> =>
  database.location.folder === undefined
    ? inStoreWords('the index cannot be pruned', async () => (await allTables(database)).filter(isOfImages))
    : imageFoldersIn(database);

const allTables = async (database: Database): Promise<string[]> => (await database.connection()).tableNames({ limit: 10_000 });

/** Of tables that were never committed too. */
const imageFoldersIn = async (database: Database): Promise<string[]> =>
  (await readdir(database.location.pathOf('.'))).flatMap((entry) =>
    entry.endsWith(ENDING) && isOfImages(entry.slice(0, -ENDING.length)) ? [entry.slice(0, -ENDING.length)] : [],
  );

/** What a run that was killed did not finish to remove. */
async function removeLeftovers(database: Database): Promise<number> {
  if (database.location.folder === undefined) return removeProbes(database);
  const entries = (await readdir(database.location.pathOf('.'))).filter((entry) => entry.endsWith(ENDING + REMOVED));
  return (await Promise.all(entries.map((entry) => removeFolder(database.location.pathOf(entry))))).reduce((sum, bytes) => sum + bytes, 0);
}

async function removeProbes(database: Database): Promise<number> {
  for (const name of (await allTables(database)).filter(isProbe)) await (await database.connection()).dropTable(name).catch(() => {});
  return 0;
}

/** An object store cannot rename a table, so that a removal that was cut short is finished by the next. */
async function dropTable(database: Database, name: string, lock: HeldLock | undefined): Promise<number> {
  const bytes = await database.location.bytesOf(name).catch(() => 0);
  await lock?.assertHeld();
  await inStoreWords('the index cannot be pruned', async () => (await database.connection()).dropTable(name));
  await removeRounded(database, name);
  return bytes;
}

/** Takes a table away in one step, and back again if the lock was lost meanwhile: another process may have begun to use it. */
async function removeTable(database: Database, name: string, lock: HeldLock | undefined): Promise<number> {
  const place = folderOf(database, name);
  if (place === undefined) return dropTable(database, name, lock);
  await rename(place, place + REMOVED);
  try {
    await lock?.assertHeld();
  } catch (error) {
    await rename(place + REMOVED, place);
    throw error;
  }
  await removeRounded(database, name);
  return removeFolder(place + REMOVED);
}

async function removeFolder(path: string): Promise<number> {
  const bytes = await folderBytes(path);
  await rm(path, { recursive: true, force: true });
  return bytes;
}

/** LanceDB joins fragments before it removes versions, which takes as much space as the table; without it, versions go all the same. */
async function removeVersions(table: Table, place: string | undefined, before: Date): Promise<FreedVersions> {
  if (place !== undefined && (await isTight(place))) return freeOldVersions(place, before);
  try {
    const { prune } = await inStoreWords('the index cannot be pruned', () => table.optimize({ cleanupOlderThan: before }));
    return { bytes: prune.bytesRemoved, versions: prune.oldVersionsRemoved };
  } catch (error) {
    if (place !== undefined && isDiskFull(error)) return freeOldVersions(place, before); // a quota, of which statfs knows nothing
    throw error;
  }
}

/** Whether joining fragments may fill the disk. */
async function isTight(place: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(place);
  return bavail * bsize < (await folderBytes(join(place, 'data')));
}

const isDiskFull = (error: unknown): boolean => error instanceof LabelwiseError && error.code === 'DISK_FULL';
