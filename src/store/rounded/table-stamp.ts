import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Table } from '@lancedb/lancedb';
import { inStoreWords } from '../connect.js';
import type { Database } from '../database.js';

/** A version of a table, and what no other version of a table has, nor the same version of another table. */
export interface TableStamp {
  readonly version: number;
  readonly stamp: string;
}

/** Lance counts the names of its manifests down from here, so that the newest comes first. */
const LAST = 2n ** 64n - 1n;

const versionsOf = ({ location }: Database, table: string): string => location.pathOf(join(`${table}.lance`, '_versions'));

/** The hash of the manifest of a version: it names all files of the table, by random names. Undefined where it is gone, or Lance names it otherwise. */
export async function manifestStamp(database: Database, table: string, version: number): Promise<TableStamp | undefined> {
  const name = `${LAST - BigInt(version)}`.padStart(20, '0');
  const bytes = await readFile(join(versionsOf(database, table), `${name}.manifest`)).catch(() => undefined);
  return bytes && { version, stamp: createHash('sha256').update(bytes).digest('hex') };
}

/** The newest version of a table in a folder, without LanceDB. */
export async function newestStamp(database: Database, table: string): Promise<TableStamp | undefined> {
  const names = await readdir(versionsOf(database, table)).catch(() => []);
  const [newest] = names.filter((name) => /^\d+\.manifest$/.test(name)).sort();
  if (newest === undefined || newest.length !== '.manifest'.length + 20) return undefined;
  return manifestStamp(database, table, Number(LAST - BigInt(newest.slice(0, 20))));
}

/** In an object store: when the versions were committed, and when the table was begun. */
export async function remoteStamps(table: Table): Promise<(version: number) => Promise<TableStamp | undefined>> {
  const versions = await inStoreWords('the index cannot be read', () => table.listVersions());
  const made = new Map(versions.map(({ version, timestamp }) => [version, timestamp.toISOString()]));
  const begun = [...(await table.schema()).metadata.values()].join();
  return async (version) => {
    const at = made.get(version);
    return at === undefined ? undefined : { version, stamp: `${at} ${begun}` };
  };
}
