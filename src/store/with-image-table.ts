import type { Connection, Table } from '@lancedb/lancedb';
import { connect, inStoreWords } from './connect.js';
import { openImageTable, readIndexFile } from './current-images.js';
import type { ImageTableFacts } from './image-table-schema.js';

/** The table that is searched, open for its upkeep. */
export interface KeptTable {
  readonly table: Table;
  readonly facts: ImageTableFacts & { readonly dimension: number };
  readonly connection: Connection;
  readonly name: string;
}

/** Opens the table of the current index for one piece of work. @throws LabelwiseError `INDEX_NOT_FOUND`, `STORE_FAILED`, `DISK_FULL` */
export async function withImageTable<T>(folder: string, work: (opened: KeptTable) => Promise<T>): Promise<T> {
  const connection = await connect(folder);
  try {
    const { table: name } = await readIndexFile(folder);
    const { table, facts } = await openImageTable(connection, folder, name);
    return await inStoreWords(`the index in ${folder} cannot be kept`, () => work({ table, facts, connection, name }));
  } finally {
    connection.close();
  }
}
