import { LabelwiseError } from '../../errors.js';
import { SMALL_FILES } from '../table-names.js';
import { toSqlText } from '../to-sql-text.js';
import { type Connect, insertOnce, openOrNothing, openRowTable, swapRow } from './row-table.js';

/** A small file of an object store: the row of a table, and a swap is one conditional commit. A row of revision 0 was never written. */
export async function readSmallFile(connect: Connect, name: string): Promise<string | undefined> {
  const table = await openOrNothing(connect, SMALL_FILES);
  if (!table) return undefined;
  const [row] = await table
    .query()
    .where(`name = ${toSqlText(name)}`)
    .toArray()
    .finally(() => table.close());
  return row === undefined || Number(row.revision) === 0 ? undefined : String(row.text);
}

/** `assertHeld` is called once the table is open: whoever takes the lock from then on fences it, and this commit fails. */
export async function writeSmallFile(
  connect: Connect,
  { name, text }: { readonly name: string; readonly text: string },
  assertHeld: () => Promise<void>,
): Promise<void> {
  const table = await openRowTable(connect, { table: SMALL_FILES, texts: ['text'], numbers: ['revision'] });
  try {
    const where = `name = ${toSqlText(name)}`;
    const read = async () => (await table.query().where(where).toArray())[0];
    if ((await read()) === undefined) await insertOnce(table, { name, text: '', revision: 0 });
    const before = await read();
    await assertHeld();
    const revision = Number(before?.revision);
    if (await swapRow(table, `${where} AND revision = ${revision}`, { text, revision: revision + 1 })) return;
    await table.checkoutLatest();
    const after = await read(); // the store may have kept a commit whose answer was lost
    if (after?.text === text && Number(after.revision) === revision + 1) return;
  } finally {
    table.close();
  }
  throw new LabelwiseError('LOCK_LOST', `Another process changed ${name} at the same time.`, {
    hint: 'Run the same command again.',
  });
}
