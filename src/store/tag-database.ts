import type { Connection, Table } from '@lancedb/lancedb';
import type { Table as ArrowTable } from 'apache-arrow';
import type { ImageTag, TagColumns, TagCorrection } from '../core/image-tags.js';
import { LabelwiseError } from '../errors.js';
import type { LockOptions } from '../files/with-lock.js';
import { inStoreWords } from './connect.js';
import { hasTable } from './current-images.js';
import { type Database, noIndex } from './database.js';
import { assertReplaceable, readTableFacts } from './table-format.js';
import { isByHand, TAG_CORRECTIONS, TAGS_PREFIX } from './table-names.js';
import {
  correctionMigration,
  HASH_COLUMN,
  hashColumnsOf,
  hashIn,
  readTagFacts,
  type StoredCorrection,
  type TagSetFacts,
  toCorrectionTable,
  toTagTable,
} from './tag-table-schema.js';
import { toSqlText } from './to-sql-text.js';
import { withStoreLock } from './with-store-lock.js';

/** A tag set in the list of a database. */
export interface TagSetSummary extends TagSetFacts {
  readonly tags: number;
}

/** The tags of images, one table per tag set, and people's corrections. Images are identified by their content hash. */
export interface TagDatabase {
  /** Replaces the tag set of the same name in one step. Corrections stay. @throws LabelwiseError `DISK_FULL`, `STORE_FAILED` */
  replace(facts: TagSetFacts, tags: TagColumns): Promise<void>;
  sets(): Promise<TagSetSummary[]>;
  /** @throws LabelwiseError `TAG_SET_NOT_FOUND` */
  remove(name: string): Promise<void>;
  /** The tags from models, for these images or for all. */
  tags(contentHashes?: readonly string[]): Promise<Map<string, ImageTag[]>>;
  /** The corrections by hand for all images. There are never many. */
  corrections(): Promise<Map<string, TagCorrection[]>>;
  /** All corrections, as stored. */
  correctionRows(): Promise<StoredCorrection[]>;
  /** The images that have a tag, after corrections, with its highest probability; undefined if a person added it. */
  imagesWith(label: string): Promise<Map<string, number | undefined>>;
  /**
   * Adds labels to images and removes labels. The last correction of a label counts. Returns how many images changed;
   * with `forget`, how many had a correction.
   */
  correct(contentHashes: readonly string[], change: TagChange): Promise<number>;
  /** Puts what `change` makes of all corrections in their place, while nobody else writes them. Without `rows`, they stay. */
  amend<T>(change: (rows: readonly StoredCorrection[]) => Amended<T>, options: LockOptions): Promise<T>;
}

/** Corrections after a change, and what the caller learns of it. */
export interface Amended<T> {
  readonly rows?: readonly StoredCorrection[] | undefined;
  readonly result: T;
}

export interface TagChange extends LockOptions {
  readonly add: readonly string[];
  readonly remove: readonly string[];
  /** Forget the corrections of these labels, so that the model's tags count again. */
  readonly forget?: readonly string[] | undefined;
}

/** Up to so many images are asked for by name; for more the whole table is read. */
const MAX_NAMED = 1000;

/** Opens the tags of a database. @throws LabelwiseError `INDEX_NOT_FOUND` where there is no database, `STORE_FAILED` */
export async function openTagDatabase(database: Database): Promise<TagDatabase> {
  if (!(await database.location.exists())) throw noIndex(database);
  const connection = await database.connection();
  const store = createStore(connection, database);
  const subject = `the tags in ${database.location.name} cannot be written`;
  const amend: TagDatabase['amend'] = (change, options) =>
    withStoreLock(
      { database, name: TAG_CORRECTIONS, subject, isProtected: isByHand },
      async (lock) => {
        const table = await store.openCorrections();
        const { rows, result } = change(await store.readCorrections(table));
        await lock.assertHeld(); // after the table was opened: whoever takes the lock from now on fences it
        if (rows) await store.writeCorrections(table, rows);
        return result;
      },
      options,
    );
  return {
    async replace(facts, tags) {
      refuseBadName(facts.name);
      await assertReplaceable(database, TAGS_PREFIX + facts.name);
      await store.writeSet(TAGS_PREFIX + facts.name, toTagTable(tags, facts));
    },
    async sets() {
      const summaries: TagSetSummary[] = [];
      for (const name of await store.names(TAGS_PREFIX)) {
        const { table, facts } = await store.openSet(name);
        summaries.push({ ...facts, tags: await inStoreWords(`the tags ${facts.name} cannot be counted`, () => table.countRows()) });
      }
      return summaries;
    },
    async remove(name) {
      if (!(await store.names(TAGS_PREFIX)).includes(TAGS_PREFIX + name)) throw notFound(name, database);
      await inStoreWords(`the tags "${name}" cannot be removed`, () => connection.dropTable(TAGS_PREFIX + name));
    },
    async tags(contentHashes) {
      const found = new Map<string, ImageTag[]>();
      const wanted = contentHashes === undefined || contentHashes.length > MAX_NAMED ? undefined : contentHashes;
      if (wanted?.length === 0) return found;
      const where = wanted && ((hash: string) => `${hash} IN (${wanted.map(toSqlText).join(', ')})`);
      for (const name of await store.names(TAGS_PREFIX)) await store.readSet(name, where, (id, tag) => pushTo(found, id, tag));
      return found;
    },
    async corrections() {
      const found = new Map<string, TagCorrection[]>();
      for (const { contentHash, label, isAdded } of await store.readCorrections()) pushTo(found, contentHash, { label, isAdded });
      return found;
    },
    correctionRows: () => store.readCorrections(),
    async imagesWith(label) {
      const images = new Map<string, number | undefined>();
      for (const name of await store.names(TAGS_PREFIX))
        await store.readSet(
          name,
          () => `label = ${toSqlText(label)}`,
          (id, { probability = 0 }) => images.set(id, Math.max(probability, images.get(id) ?? 0)),
        );
      for (const correction of await store.readCorrections()) {
        if (correction.label !== label) continue;
        if (correction.isAdded) images.set(correction.contentHash, undefined);
        else images.delete(correction.contentHash);
      }
      return images;
    },
    correct: (contentHashes, change) =>
      amend((before) => {
        const { rows, changed } = merge(before, contentHashes, change);
        return { rows: changed > 0 ? rows : undefined, result: changed };
      }, change),
    amend,
  };
}

/** Tables that were committed at least once: a writer that was killed before leaves a folder without a version. */
export async function tableNames(database: Database, isWanted: (name: string) => boolean): Promise<string[]> {
  const connection = await database.connection();
  const all = await inStoreWords(`the database ${database.location.name} cannot be read`, () => connection.tableNames({ limit: 10_000 }));
  const wanted = all.filter(isWanted);
  const areWhole = await Promise.all(wanted.map((name) => hasTable(database, name)));
  return wanted.filter((_, i) => areWhole[i]);
}

function createStore(connection: Connection, database: Database) {
  const names = (prefix: string): Promise<string[]> => tableNames(database, (name) => name.startsWith(prefix));
  const openSet = async (name: string): Promise<{ table: Table; facts: TagSetFacts; hashColumn: string }> => {
    const table = await inStoreWords(`the tags ${name} cannot be opened`, () => connection.openTable(name));
    const schema = await table.schema();
    const facts = readTagFacts({ database, name }, schema.metadata);
    if (facts) return { table, facts, hashColumn: hashColumnsOf(schema)[0] ?? HASH_COLUMN };
    throw new LabelwiseError(
      'STORE_FAILED',
      `The table "${name}" in ${database.location.name} holds no tags of this version of labelwise.`,
      {
        hint: `Tag again: labelwise tag --name ${name.slice(TAGS_PREFIX.length)} ...`,
      },
    );
  };
  const openCorrections = async (): Promise<Table | undefined> => {
    if (!(await names(TAG_CORRECTIONS)).includes(TAG_CORRECTIONS)) return undefined;
    const inWords = <T>(work: () => Promise<T>): Promise<T> => inStoreWords('the corrections of tags cannot be opened', work);
    const table = await inWords(() => connection.openTable(TAG_CORRECTIONS));
    const { metadata } = await inWords(() => table.schema());
    readTableFacts({ database, name: TAG_CORRECTIONS, kind: 'corrections' }, metadata); // refuses a newer format
    return table;
  };
  /** Writes a table in one commit: whoever reads sees the old one or the new one. */
  const write = (name: string, commit: () => Promise<Table>): Promise<void> =>
    inStoreWords(`the table "${name}" cannot be written to ${database.location.name}`, async () => {
      const table = await commit();
      await table.optimize({ cleanupOlderThan: new Date(Date.now() - KEEP_VERSIONS_MS) });
      table.close();
    });
  return {
    names,
    openSet,
    writeSet: (name: string, tags: ArrowTable): Promise<void> =>
      write(name, () => connection.createTable(name, tags, { mode: 'overwrite' })),
    /** Puts these corrections in the place of all. An overwrite would go through unseen; this commit fails if the table was fenced since. */
    writeCorrections: (table: Table | undefined, rows: readonly StoredCorrection[]): Promise<void> =>
      write(TAG_CORRECTIONS, async () => {
        if (table === undefined) return connection.createTable(TAG_CORRECTIONS, toCorrectionTable(rows), { mode: 'create' });
        if (!hashColumnsOf(await table.schema()).includes(HASH_COLUMN)) await table.addColumns(correctionMigration());
        const upsert = table.mergeInsert([HASH_COLUMN, 'label']).whenMatchedUpdateAll().whenNotMatchedInsertAll();
        await upsert.whenNotMatchedBySourceDelete().execute(toCorrectionTable(rows, hashColumnsOf(await table.schema())));
        return table;
      }),
    /** `toWhere` gets the name of the column of the content hash. */
    async readSet(
      name: string,
      toWhere: ((hashColumn: string) => string) | undefined,
      onTag: (contentHash: string, tag: ImageTag) => void,
    ): Promise<void> {
      const { table, facts, hashColumn } = await openSet(name);
      const columns = [hashColumn, 'label', 'probability'];
      const query = table.query().select(columns);
      const arrowTable = await inStoreWords(`the tags "${facts.name}" cannot be read`, () =>
        (toWhere === undefined ? query : query.where(toWhere(hashColumn))).toArrow(),
      );
      const [ids, labels, probabilities] = columns.map((column) => arrowTable.getChild(column));
      for (let row = 0; row < arrowTable.numRows; row++)
        onTag(ids?.get(row), { label: labels?.get(row), probability: probabilities?.get(row), labelSet: facts.name });
    },
    openCorrections,
    async readCorrections(opened?: Table): Promise<StoredCorrection[]> {
      const table = opened ?? (await openCorrections());
      if (table === undefined) return [];
      const rows = await inStoreWords('the corrections of tags cannot be read', () => table.query().toArray());
      return rows.map((row) => ({ contentHash: hashIn(row), label: row.label, isAdded: row.isAdded, correctedAt: row.correctedAt }));
    },
  };
}

/** Older versions of a tag table are freed after a week, as a reader could still be at them. */
const KEEP_VERSIONS_MS = 7 * 24 * 3600 * 1000;

function merge(
  before: readonly StoredCorrection[],
  contentHashes: readonly string[],
  change: TagChange,
): { rows: StoredCorrection[]; changed: number } {
  const keyOf = (contentHash: string, label: string): string => `${contentHash}\n${label}`;
  const all = new Map(before.map((row) => [keyOf(row.contentHash, row.label), row]));
  const correctedAt = new Date().toISOString();
  const changed = new Set(change.add.length + change.remove.length > 0 ? contentHashes : []);
  for (const contentHash of contentHashes) {
    for (const label of change.forget ?? []) if (all.delete(keyOf(contentHash, label))) changed.add(contentHash);
    for (const label of change.add) all.set(keyOf(contentHash, label), { contentHash, label, isAdded: true, correctedAt });
    for (const label of change.remove) all.set(keyOf(contentHash, label), { contentHash, label, isAdded: false, correctedAt });
  }
  return { rows: [...all.values()], changed: changed.size };
}

function pushTo<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}

function notFound(name: string, database: Database): LabelwiseError {
  return new LabelwiseError('TAG_SET_NOT_FOUND', `There are no tags "${name}" in ${database.location.name}.`, {
    hint: 'See what there is: labelwise tags list.',
  });
}

function refuseBadName(name: string): void {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/.test(name)) return;
  throw new LabelwiseError('INVALID_ARGUMENT', `Expected a name of letters, digits, "_", "-" and ".", got "${name}".`, {
    hint: 'Choose one with `name`.',
  });
}
