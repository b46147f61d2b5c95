import { inStoreWords } from './connect.js';
import { hasTable } from './current-images.js';
import type { Database } from './database.js';
import { kindOf, readTableFacts } from './table-format.js';

/**
 * Makes every write fail that another process began before: LanceDB refuses to commit a write of a table that was opened before a restore.
 * Restoring the latest version changes no row. Call it under the lock, before tables are opened: a holder that was suspended between its
 * check of the lock and its commit opened them earlier, and cannot commit any more.
 */
export async function fenceTables(database: Database, isProtected: (table: string) => boolean): Promise<void> {
  const connection = await database.connection();
  await inStoreWords(`the database ${database.location.name} cannot be written`, async () => {
    for (const name of (await connection.tableNames({ limit: 10_000 })).filter(isProtected)) {
      if (!(await hasTable(database, name))) continue; // it never had a first version
      const table = await connection.openTable(name);
      readTableFacts({ database, name, kind: kindOf(name) }, (await table.schema()).metadata); // refuses a newer format
      await table.checkout(await table.version());
      await table.restore();
      table.close();
    }
  });
}
