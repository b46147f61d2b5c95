import { chmod, cp, readdir, realpath, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasSystemCode, LabelwiseError } from '../errors.js';
import { inOutputWords } from '../files/output-fault.js';
import type { HeldLock, LockOptions } from '../files/with-lock.js';
import { type CopyOptions, copyFiles, isForeign, listStored, refuseNested, withFolderBeside } from './backup-files.js';
import {
  BACKUP_MANIFEST,
  type BackupManifest,
  type BackupReport,
  damaged,
  describeTables,
  isStored,
  newManifest,
  readManifest,
  toReport,
} from './backup-manifest.js';
import { inStoreWords } from './connect.js';
import { type Database, noIndex, openDatabase } from './database.js';
import { withIndexLock } from './image-index.js';
import { isByHand, isOfImages, TAG_CORRECTIONS } from './table-names.js';
import { withStoreLock } from './with-store-lock.js';

export type BackupOptions = LockOptions & Pick<CopyOptions, 'onProgress'>;

/**
 * Copies a whole database, with its index, tags and label tables, into a folder that is new or empty. The folder gets its name when the copy
 * is complete and every table of it was opened.
 *
 * @param folder absolute
 * @throws LabelwiseError `INDEX_NOT_FOUND`, `INDEX_LOCKED`, `LOCK_LOST`, `OUTPUT_UNWRITABLE`, `DISK_FULL`, `FORMAT_NEWER`, `STORE_FAILED`
 */
export const backUp = (database: Database, folder: string, { onProgress, ...options }: BackupOptions = {}): Promise<BackupReport> =>
  inOutputWords(`the backup ${folder}`, 'choose another folder', async () => {
    const source = folderOf(database);
    refuseNested(folder, source);
    if ((await namesIn(folder)).length > 0) throw notEmpty(folder);
    return withLocks(database, { ...options, isFenced: true }, async (lock) => {
      const paths = await listStored(source);
      if (paths.length === 0) throw noIndex(database);
      return withFolderBeside(folder, async (temporary) => {
        const files = await copyFiles(paths, [source, temporary], { signal: lock.signal, onProgress }).catch((error: unknown) => {
          throw hasSystemCode(error, 'ENOENT') ? changed(database) : error;
        });
        if ((await listStored(source)).join() !== paths.join()) throw changed(database);
        const manifest = newManifest({ tables: await describeCopy(temporary, database), files });
        await writeFile(join(temporary, BACKUP_MANIFEST), `${JSON.stringify(manifest)}\n`, { flush: true });
        await lock.assertHeld();
        await rmdir(folder).catch(unlessMissing);
        await rename(temporary, folder);
        return toReport(manifest);
      });
    });
  });

export interface RestoreOptions extends BackupOptions {
  /** Replace a database that exists. */
  readonly force?: boolean | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * Puts the database of a backup in its place. It is copied beside it and checked before anything is replaced; on failure nothing changes.
 *
 * @param folder absolute
 * @throws LabelwiseError `BACKUP_DAMAGED`, `FORMAT_NEWER`, `DATABASE_EXISTS`, `INDEX_LOCKED`, `LOCK_LOST`, `DISK_FULL`, `STORE_FAILED`
 */
export async function restoreBackup(database: Database, folder: string, options: RestoreOptions = {}): Promise<BackupReport> {
  const { force = false, onProgress, onWarning, ...lockOptions } = options;
  const { name } = database.location;
  const address = folderOf(database);
  return inStoreWords(`the database ${name} cannot be restored`, async () => {
    const manifest = await readManifest(folder);
    const target = await realpath(address).catch(() => address);
    refuseNested(folder, target);
    const isThere = await database.location.exists();
    await refuseToReplace(database, await namesIn(target), force);
    const restore = (signal: AbortSignal, replace: (temporary: string) => Promise<void>): Promise<BackupReport> =>
      withFolderBeside(target, async (temporary) => {
        await copyChecked(manifest, [folder, temporary], { signal, onProgress });
        const tables = await describeCopy(temporary, { ...database, location: { ...database.location, name: folder } });
        if (JSON.stringify(tables) !== JSON.stringify(manifest.tables)) throw damaged(folder, 'its tables are not those that it lists');
        await replace(temporary);
        await database.close(); // a connection may know the old tables
        return toReport(manifest);
      });
    if (!isThere) return restore(lockOptions.signal ?? new AbortController().signal, (temporary) => rename(temporary, target));
    return withLocks(database, { ...lockOptions, isFenced: false }, (lock) =>
      restore(lock.signal, async (temporary) => {
        await lock.assertHeld();
        await swap(target, temporary, onWarning);
      }),
    );
  });
}

/** @throws LabelwiseError `INVALID_ARGUMENT` for an object store */
function folderOf({ location, option }: Database): string {
  if (location.folder !== undefined) return location.address;
  throw new LabelwiseError('INVALID_ARGUMENT', `Expected a folder with ${option}, got ${location.name}: backups copy folders alone.`, {
    hint: "Use the store's own versions or replication, or copy the objects below the address while nobody writes.",
  });
}

/** Copies the files of a backup. @throws LabelwiseError `BACKUP_DAMAGED` at the first that is missing or changed */
async function copyChecked({ files }: BackupManifest, places: readonly [string, string], options: CopyOptions): Promise<void> {
  const [folder] = places;
  for (const [i, { path, bytes, sha256 }] of files.entries()) {
    const [copy] = await copyFiles([path], places, { signal: options.signal }).catch((error: unknown) => {
      throw hasSystemCode(error, 'ENOENT', 'EISDIR', 'ENOTDIR') ? damaged(folder, `${path} is missing`) : error;
    });
    if (copy?.bytes !== bytes || copy.sha256 !== sha256) throw damaged(folder, `${path} is not as it was written`);
    options.onProgress?.(i + 1, files.length);
  }
}

/** The tables of a copy; messages name the database that `named` is. */
async function describeCopy(copy: string, named: Database): Promise<BackupManifest['tables']> {
  await using opened = openDatabase(copy, named.option);
  const { name } = named.location;
  return await describeTables({ ...opened, location: { ...opened.location, name } });
}

/** Puts a new database in the place of the old one. Its locks move along, so that nobody takes them in between. */
async function swap(target: string, temporary: string, onWarning: RestoreOptions['onWarning']): Promise<void> {
  for (const lock of (await readdir(target)).filter((name) => name.endsWith('.lock')))
    await cp(join(target, lock), join(temporary, lock), { recursive: true });
  await chmod(temporary, (await stat(target)).mode & 0o7777);
  const old = `${target}.before-restore-${Date.now()}`;
  await rename(target, old);
  try {
    await rename(temporary, target);
  } catch (error) {
    await rename(old, target);
    throw error;
  }
  await rm(old, { recursive: true, force: true }).catch(() => onWarning?.(`The earlier database could not be deleted: ${old}`));
}

/** Runs work under both locks of a database. `isFenced`: a writer that lost one of them before can no longer commit. */
function withLocks<T>(
  database: Database,
  { isFenced, ...options }: LockOptions & { readonly isFenced: boolean },
  work: (lock: HeldLock) => Promise<T>,
): Promise<T> {
  const ofTags = {
    database,
    name: TAG_CORRECTIONS,
    subject: `the database ${database.location.name} cannot be locked`,
    isProtected: (table: string) => isFenced && isByHand(table),
  };
  const inner = (index: HeldLock): Promise<T> =>
    withStoreLock(
      ofTags,
      (tags) =>
        work({
          ...tags,
          assertHeld: async () => {
            await index.assertHeld();
            await tags.assertHeld();
          },
        }),
      { ...options, signal: index.signal },
    );
  return withIndexLock(database, inner, { ...options, isProtected: (table) => isFenced && isOfImages(table) });
}

async function refuseToReplace({ location, option }: Database, names: readonly string[], force: boolean): Promise<void> {
  const foreign = names.filter(isForeign);
  if (foreign.length > 0)
    throw new LabelwiseError(
      'DATABASE_EXISTS',
      `${location.name} holds more than a database, and is not replaced: ${foreign.slice(0, 3).join(', ')}.`,
      {
        hint: `Choose another folder with ${option}.`,
      },
    );
  if (!force && names.some(isStored))
    throw new LabelwiseError('DATABASE_EXISTS', `There is a database in ${location.name} already.`, {
      hint: `Replace it with \`force\`, or restore to another folder with ${option}.`,
    });
}

const namesIn = (folder: string): Promise<string[]> =>
  readdir(folder).catch((error: unknown) => {
    if (hasSystemCode(error, 'ENOENT')) return [];
    throw error;
  });

const unlessMissing = (error: unknown): void => {
  if (!hasSystemCode(error, 'ENOENT')) throw error;
};

const notEmpty = (folder: string): LabelwiseError =>
  new LabelwiseError('OUTPUT_UNWRITABLE', `The folder ${folder} is not empty.`, { hint: 'Back up into a new or an empty folder.' });

const changed = ({ location }: Database): LabelwiseError =>
  new LabelwiseError('INDEX_LOCKED', `Another process changed the database ${location.name} while it was copied.`, {
    hint: 'Run the same command again when it is done.',
  });
