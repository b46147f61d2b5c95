import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Table } from '@lancedb/lancedb';
import { inStoreWords } from '../connect.js';
import type { Database } from '../database.js';

// Each search asks: reading these small files at once takes a tenth of what promises cost.

/** A version of a table, and what no other version of a table has, nor the same version of another table. */
export interface TableStamp {
  readonly version: number;
  readonly stamp: string;
}

/** Lance counts the names of its manifests down from here, so that the newest comes first. */
const LAST = 2n ** 64n - 1n;

const versionsOf = ({ location }: Database, table: string): string => location.pathOf(join(`${table}.lance`, '_versions'));

/** The hash of the manifest of a version: it names all files of the table, by random names. Undefined where it is gone, or Lance names it otherwise. */
export function manifestStamp(database: Database, table: string, version: number): TableStamp | undefined {
  const name = `${LAST - BigInt(version)}`.padStart(20, '0');
  try {
    const bytes = readFileSync(join(versionsOf(database, table), `${name}.manifest`));
    return { version, stamp: createHash('sha256').update(bytes).digest('hex') };
  } catch {
    return undefined;
  }
}

/** The newest version of a table in a folder, without LanceDB. */
export function newestStamp(database: Database, table: string): TableStamp | undefined {
  const names = namesIn(versionsOf(database, table));
  const [newest] = names.filter((name) => /^\d+\.manifest$/.test(name)).sort();
  if (newest === undefined || newest.length !== '.manifest'.length + 20) return undefined;
  return manifestStamp(database, table, Number(LAST - BigInt(newest.slice(0, 20))));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** In an object store: when the versions were committed, and when the table was begun. */
export async function remoteStamps(table: Table): Promise<(version: number) => TableStamp | undefined> {
  const versions = await inStoreWords('the index cannot be read', () => table.listVersions());
  const made = new Map(versions.map(({ version, timestamp }) => [version, timestamp.toISOString()]));
  const begun = [...(await table.schema()).metadata.values()].join();
  return (version) => {
    const at = made.get(version);
    return at === undefined ? undefined : { version, stamp: `${at} ${begun}` };
  };
}
