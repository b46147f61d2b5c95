import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { hasSystemCode } from '../errors.js';
import { assertLocalFolder } from '../files/local-folder.js';
import { type HeldLock, type LockOptions, withLock } from '../files/with-lock.js';
import { writeAtomically } from '../files/write-atomically.js';
import { folderBytes } from './folder-bytes.js';

/**
 * Where a database is: whether it exists, how its small files are read and swapped, and how writers are kept apart. A folder is one kind of
 * location, an object store (objects/object-location.ts) the other.
 */
export interface Location {
  /** As messages name it. */
  readonly name: string;
  /** What LanceDB opens. */
  readonly address: string;
  /** The folder that it is; undefined for an object store, beside whose tables no files can be kept. */
  readonly folder: string | undefined;
  /** Whether there is something to open: LanceDB makes the folder that it is given, so whoever only reads asks first. */
  exists(): Promise<boolean>;
  /** What is there in place of a database, if anything: "the file". */
  obstacle(): Promise<string | undefined>;
  /** Whether a table was committed at least once: a writer that was killed before leaves a folder without a version. */
  hasTable(name: string): Promise<boolean>;
  /** Changes with every version of a table; "" where it has none. */
  stampOf(name: string): Promise<string>;
  /** The text of a small file beside the tables, or undefined. */
  readText(name: string): Promise<string | undefined>;
  /** Replaces such a file in one step. `assertHeld` is called at the last moment: what it throws leaves the file as it was. */
  writeText(name: string, text: string, assertHeld?: () => Promise<void>): Promise<void>;
  /** The place of a small file or of a table's folder, as messages name it. In a folder, it is a path. */
  pathOf(name: string): string;
  /** How much a table takes. */
  bytesOf(table: string): Promise<number>;
  /** Who holds the lock of the index, where processes of other machines may write under it: in an object store. */
  holderOf?(): Promise<string | undefined>;
  /** Runs work while this process alone holds the lock of that name. @throws LockedError; LabelwiseError `LOCK_LOST`, `STORE_UNSAFE` */
  withLock<T>(name: string, work: (lock: HeldLock) => Promise<T>, options: LockOptions): Promise<T>;
}

/** @throws LabelwiseError `INVALID_ARGUMENT` for an address, or a path that LanceDB would store elsewhere; `option` names the one at fault */
export function folderLocation(folder: string, option: string): Location {
  assertLocalFolder(folder, option);
  const pathOf = (name: string): string => join(folder, name);
  const versionsOf = (name: string): Promise<string[]> =>
    readdir(pathOf(join(`${name}.lance`, '_versions'))).catch((error: unknown) => {
      if (hasSystemCode(error, 'ENOENT')) return [];
      throw error;
    });
  return {
    name: folder,
    address: resolve(folder), // LanceDB takes a relative name that begins with "db" for its cloud
    folder,
    pathOf,
    exists: () => stat(folder).then(() => true, isElsewhere),
    obstacle: () =>
      stat(folder).then(
        (stats) => (stats.isFile() ? 'the file' : undefined),
        () => undefined,
      ),
    hasTable: async (name) => (await versionsOf(name)).length > 0,
    async stampOf(name) {
      const versions = (await versionsOf(name)).sort();
      const newest = versions[0]; // LanceDB counts file names down
      if (newest === undefined) return '';
      const { mtimeMs } = await stat(pathOf(join(`${name}.lance`, '_versions', newest)));
      return `${versions.length} ${newest} ${mtimeMs}`;
    },
    readText: (name) =>
      readFile(pathOf(name), 'utf8').catch((error: unknown) => {
        if (hasSystemCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
        throw error;
      }),
    async writeText(name, text, assertHeld) {
      await assertHeld?.();
      await writeAtomically(pathOf(name), text);
    },
    bytesOf: (table) => folderBytes(pathOf(`${table}.lance`)),
    withLock: (name, work, options) => withLock(pathOf(name), work, options),
  };
}

/** A place that cannot be looked at may be there. */
const isElsewhere = (error: unknown): boolean => !hasSystemCode(error, 'ENOENT', 'ENOTDIR');
