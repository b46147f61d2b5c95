import { LabelwiseError } from '../errors.js';
import type { Database } from './database.js';
import { withImageTable } from './with-image-table.js';

/** Puts the small files of many single writes together, so that reading stays fast. It can fail without harm. */
export async function compactImages(database: Database): Promise<void> {
  const work = withImageTable(database, async ({ table }) => void (await table.optimize()));
  await work.catch((error: unknown) => {
    if (!(error instanceof LabelwiseError)) throw error;
  });
}
