import { throwIfAborted } from '../errors.js';
import type { Database } from './database.js';
import { TAG_CORRECTIONS, TAGS_PREFIX } from './table-names.js';
import { tableNames } from './tag-database.js';
import { type IndexFault, unreadableTable } from './verify-images.js';

/** Reads every row of the tags of an index and of their corrections, and names the tables that cannot be read. Nothing is written. */
export async function verifyTags(database: Database, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<IndexFault[]> {
  const connection = await database.connection();
  const faults: IndexFault[] = [];
  for (const name of await tableNames(database, (name) => name.startsWith(TAGS_PREFIX) || name === TAG_CORRECTIONS)) {
    try {
      for await (const _batch of (await connection.openTable(name)).query()) throwIfAborted(signal);
    } catch (error) {
      throwIfAborted(signal);
      faults.push(unreadableTable(database, name, error));
    }
  }
  return faults;
}
