import type { Table } from '@lancedb/lancedb';
import { isUnit } from '../core/embedding.js';
import type { EncoderIdentity } from '../core/ports.js';
import { LabelwiseError } from '../errors.js';
import type { HeldLock, LockOptions } from '../files/with-lock.js';
import { inStoreWords } from './connect.js';
import type { Database } from './database.js';
import { BACKGROUND, readExampleFacts, type StoredExample, toExampleTable } from './example-table-schema.js';
import { EXAMPLES_PREFIX, isByHand, TAG_CORRECTIONS } from './table-names.js';
import { tableNames } from './tag-database.js';
import { withStoreLock } from './with-store-lock.js';

/** The examples of one label set, of one encoder. */
export interface ExampleSet {
  readonly encoder: EncoderIdentity;
  readonly examples: readonly StoredExample[];
  /** Ordinary pictures that were stored beside them. */
  readonly background: readonly StoredExample[];
}

/** Examples by the name of their label set, a table each. */
export interface ExampleDatabase {
  /** Undefined where a label set was never taught. @throws LabelwiseError `STORE_FAILED`, `FORMAT_NEWER` */
  load(name: string): Promise<ExampleSet | undefined>;
  /**
   * Puts what `change` makes of the examples in their place, in one step, while nobody else writes them. Without examples, nothing stays.
   *
   * @throws LabelwiseError `LOCK_LOST`, `DISK_FULL`, `STORE_FAILED`, `FORMAT_NEWER`
   */
  update(name: string, change: (before: ExampleSet | undefined) => Promise<ExampleSet>, options: LockOptions): Promise<void>;
  /** Forgets all examples of a label set, whatever state they are in, and gives how many there were. */
  remove(name: string, options: LockOptions): Promise<number>;
}

/** The examples of a database. */
export function openExampleDatabase(database: Database): ExampleDatabase {
  const open = async (name: string): Promise<Table | undefined> => {
    const table = EXAMPLES_PREFIX + name;
    if (!(await database.location.exists()) || !(await tableNames(database, (one) => one === table)).includes(table)) return undefined;
    return inStoreWords(`the examples of "${name}" cannot be opened`, async () => (await database.connection()).openTable(table));
  };
  const locked = <T>(work: (lock: HeldLock) => Promise<T>, options: LockOptions): Promise<T> => {
    const subject = `the examples in ${database.location.name} cannot be written`;
    return withStoreLock({ database, name: TAG_CORRECTIONS, subject, isProtected: isByHand }, work, options);
  };
  return {
    async load(name) {
      const table = await open(name);
      return table && read(database, name, table).finally(() => table.close());
    },
    async update(name, change, options) {
      const replace = async (held: HeldLock): Promise<void> => {
        const table = await open(name);
        const after = await change(table && (await read(database, name, table)));
        await held.assertHeld(); // after the table was opened: whoever takes the lock from now on fences it
        const subject = `the examples of "${name}" cannot be written to ${database.location.name}`;
        await inStoreWords(subject, () => write(database, name, { table, after }));
      };
      await locked(replace, options);
    },
    async remove(name, options) {
      const drop = async (): Promise<number> => {
        const table = await open(name);
        if (table === undefined) return 0;
        const count = await table.countRows(`label <> '${BACKGROUND}'`).catch(() => 0);
        table.close();
        await inStoreWords(`the examples of "${name}" cannot be removed`, async () =>
          (await database.connection()).dropTable(EXAMPLES_PREFIX + name),
        );
        return count;
      };
      return (await database.location.exists()) ? locked(drop, options) : 0;
    },
  };
}

async function read(database: Database, name: string, table: Table): Promise<ExampleSet> {
  const place = { database, name: EXAMPLES_PREFIX + name };
  const encoder = readExampleFacts(place, (await table.schema()).metadata);
  const rows = await inStoreWords(`the examples of "${name}" cannot be read`, () => table.query().toArray());
  const stored = rows.map(({ contentHash, label, isPositive, vector, source, addedAt }): StoredExample => {
    return { contentHash, label, isPositive, embedding: Float32Array.from(vector), source, addedAt };
  });
  if (encoder === undefined || !stored.every(({ embedding }) => isUnit(embedding)))
    throw new LabelwiseError('STORE_FAILED', `The examples of "${name}" in ${database.location.name} are damaged.`, {
      hint: `Forget them, and teach them again: labelwise teach ${name} --forget-all.`,
    });
  const isBackground = ({ label }: StoredExample): boolean => label === BACKGROUND;
  return { encoder, examples: stored.filter((row) => !isBackground(row)), background: stored.filter(isBackground) };
}

/** One commit: whoever reads sees the old examples or the new ones. A table that was fenced meanwhile refuses it. */
async function write(database: Database, name: string, { table, after }: { table: Table | undefined; after: ExampleSet }): Promise<void> {
  const connection = await database.connection();
  const full = EXAMPLES_PREFIX + name;
  if (after.examples.length === 0) {
    table?.close();
    if (table) await connection.dropTable(full);
    return;
  }
  const rows = toExampleTable([...after.background, ...after.examples], after.encoder);
  if (table === undefined) {
    (await connection.createTable(full, rows, { mode: 'create' })).close();
    return;
  }
  const upsert = table.mergeInsert(['contentHash', 'label']).whenMatchedUpdateAll().whenNotMatchedInsertAll();
  await upsert.whenNotMatchedBySourceDelete().execute(rows);
  await table.optimize({ cleanupOlderThan: new Date() }); // what was forgotten leaves the disk too
  table.close();
}
