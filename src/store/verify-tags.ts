import { LabelwiseError, throwIfAborted } from '../errors.js';
import type { Database } from './database.js';
import { kindOf, readTableFacts } from './table-format.js';
import { isByHand, TAGS_PREFIX } from './table-names.js';
import { tableNames } from './tag-database.js';
import { type IndexFault, unreadableTable } from './verify-images.js';

/** Reads every row of the tags of an index, of their corrections and of examples, and names the tables that cannot be read. Nothing is written. */
export async function verifyTags(database: Database, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<IndexFault[]> {
  const connection = await database.connection();
  const faults: IndexFault[] = [];
  for (const name of await tableNames(database, (name) => name.startsWith(TAGS_PREFIX) || isByHand(name))) {
    try {
      const table = await connection.openTable(name);
      readTableFacts({ database, name, kind: kindOf(name) }, (await table.schema()).metadata); // refuses a newer format
      for await (const _batch of table.query()) throwIfAborted(signal);
    } catch (error) {
      if (error instanceof LabelwiseError) throw error;
      faults.push(unreadableTable(database, name, error));
    }
  }
  return faults;
}
