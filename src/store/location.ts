import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { hasSystemCode } from '../errors.js';
import { assertLocalFolder } from '../files/local-folder.js';
import { writeAtomically } from '../files/write-atomically.js';

/**
 * Where a database is: whether it exists, how its small files are read and swapped, and what names its locks. A folder is one kind of
 * location; an object store will be another.
 */
export interface Location {
  /** As messages name it. */
  readonly name: string;
  /** What LanceDB opens. */
  readonly address: string;
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
  /** Replaces such a file in one step. */
  writeText(name: string, text: string): Promise<void>;
  /** A path beside the tables: of a small file, a table's folder, or the lock of that name. */
  pathOf(name: string): string;
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
    writeText: (name, text) => writeAtomically(pathOf(name), text),
  };
}

/** A place that cannot be looked at may be there. */
const isElsewhere = (error: unknown): boolean => !hasSystemCode(error, 'ENOENT', 'ENOTDIR');
