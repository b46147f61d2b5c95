import { inStoreWords } from './connect.js';
import { type CurrentTable, openCurrentTable } from './current-images.js';
import type { Database } from './database.js';

/** Opens the table of the current index for one piece of work. @throws LabelwiseError `INDEX_NOT_FOUND`, `STORE_FAILED`, `DISK_FULL` */
export async function withImageTable<T>(database: Database, work: (opened: CurrentTable) => Promise<T>): Promise<T> {
  const opened = await openCurrentTable(database);
  try {
    return await inStoreWords(`the index in ${database.location.name} cannot be used`, () => work(opened));
  } finally {
    opened.close();
  }
}
