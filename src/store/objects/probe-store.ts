import { randomBytes } from 'node:crypto';
import { LabelwiseError } from '../../errors.js';
import { PROBE_PREFIX } from '../table-names.js';
import { type Connect, insertOnce, openRowTable, swapRow } from './row-table.js';

const WRITERS = 8;

/**
 * Asks a store to keep writers apart: eight change the same row at once, and exactly one may succeed. LanceDB commits with PUTs that are to
 * fail where the object exists. A store that ignores the condition lets several succeed, and loses all their rows but one's, without any error.
 *
 * @throws LabelwiseError `STORE_UNSAFE`
 */
export async function probeStore(connect: Connect, store: string): Promise<void> {
  const name = PROBE_PREFIX + randomBytes(6).toString('hex');
  const columns = { table: name, texts: ['winner'], numbers: ['turn'] };
  const first = await openRowTable(connect, columns);
  try {
    await insertOnce(first, { name: 'probe', winner: '', turn: 0 });
    const connection = await connect();
    const tables = await Promise.all(Array.from({ length: WRITERS }, () => connection.openTable(name)));
    const swaps = await Promise.all(tables.map((table, i) => swapRow(table, 'turn = 0', { winner: `writer ${i}`, turn: 1 })));
    const won = swaps.filter(Boolean).length;
    await first.checkoutLatest();
    const rows = await first.countRows();
    for (const table of tables) table.close();
    if (won === 1 && rows === 1) return;
    throw new LabelwiseError(
      'STORE_UNSAFE',
      `${store} does not keep conditional writes (If-None-Match): of ${WRITERS} writers that changed one row at once, ${won} were told that they succeeded, and ${rows} rows are there. Exactly one may succeed.`,
      { hint: 'Rows would be lost without any error. Use a store with conditional writes, such as AWS S3, MinIO or versitygw.' },
    );
  } finally {
    first.close();
    await (await connect()).dropTable(name).catch(() => {});
  }
}
