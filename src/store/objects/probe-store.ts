import { randomBytes } from 'node:crypto';
import type { Table } from '@lancedb/lancedb';
import { LabelwiseError } from '../../errors.js';
import { PROBE_PREFIX } from '../table-names.js';
import { type Connect, insertOnce, openRowTable, swapRow } from './row-table.js';

const WRITERS = 8;
/** A busy machine may let the writers of one round come one after another, and then any store looks safe. */
const ROUNDS = 4;

/**
 * Asks a store to keep writers apart: eight change the same row at once, four times over, and each time exactly one may succeed. LanceDB commits with PUTs that are to
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
    let won = 0;
    let rows = 0;
    for (let turn = 0; turn < ROUNDS; turn++) {
      const tables = await Promise.all(Array.from({ length: WRITERS }, () => connection.openTable(name)));
      const change = (table: Table, i: number) => swapRow(table, `turn = ${turn}`, { winner: `writer ${i}`, turn: turn + 1 });
      won = (await Promise.all(tables.map(change))).filter(Boolean).length;
      for (const table of tables) table.close();
      await first.checkoutLatest();
      rows = await first.countRows();
      if (won !== 1 || rows !== 1) break;
    }
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
