import { inStoreWords } from './connect.js';
import { type CurrentTable, openCurrentTable } from './current-images.js';

/** Opens the table of the current index for one piece of work. @throws LabelwiseError `INDEX_NOT_FOUND`, `STORE_FAILED`, `DISK_FULL` */
export async function withImageTable<T>(folder: string, work: (opened: CurrentTable) => Promise<T>): Promise<T> {
  const opened = await openCurrentTable(folder);
  try {
    return await inStoreWords(`the index in ${folder} cannot be used`, () => work(opened));
  } finally {
    opened.close();
  }
}
