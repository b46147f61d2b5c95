import { isUnit } from '../core/embedding.js';
import type { EncoderIdentity } from '../core/ports.js';
import { LabelwiseError } from '../errors.js';
import { isWithin } from '../files/byte-path.js';
import { type HeldLock, LockedError, type LockOptions } from '../files/with-lock.js';
import { inStoreWords } from './connect.js';
import {
  hasTable,
  type IndexFile,
  type ModelReference,
  type OpenedTable,
  openImageTable,
  readIndexFile,
  toCurrentVersion,
  withCrops,
  writeIndexFile,
} from './current-images.js';
import { type Database, noIndex } from './database.js';
import {
  columnsOf,
  type ImageRow,
  type ImageTableFacts,
  IS_IMAGE,
  newImageFacts,
  toImageSchema,
  toImageTable,
} from './image-table-schema.js';
import { FIRST_IMAGES, isOfIndex } from './table-names.js';
import { toSqlText } from './to-sql-text.js';
import { type StoreLock, withStoreLock } from './with-store-lock.js';

/** A row without its embedding. */
export type FileRow = Omit<ImageRow, 'embedding'>;

/** The table of indexed files. To write, open it under `withIndexLock` with that lock: two writers would not see each other's rows. */
export interface ImageIndex {
  readonly database: Database;
  /** The table's name in the database. */
  readonly name: string;
  /** What the table says of itself; undefined until the first row is written. */
  readonly facts: ImageTableFacts | undefined;
  /** Whether the rows that are written have crops. */
  readonly hasCrops: boolean;
  /** Begins the table, or brings it to this version, so that others can write it too. */
  begin(encoder: EncoderIdentity, dimension: () => Promise<number>): Promise<void>;
  /** All rows, without embeddings. */
  files(): Promise<FileRow[]>;
  /** The contents that have an embedding and lack the crops that they should have. */
  hashesWithoutCrops(): Promise<Set<string>>;
  /** The contents that have an embedding, by hash: when each first came into the index. It takes a fraction of the memory of all rows. */
  contents(): Promise<Map<string, string>>;
  /** One whole row for each of these hashes that has an embedding; one that is damaged does not count. */
  imagesOf(contentHashes: readonly string[]): Promise<Map<string, ImageRow>>;
  /**
   * Puts rows in the place of those of the same paths, in one commit. `dimension` is asked for where a table begins with rows of which none
   * has an embedding. Returns how often the commit was tried: again where another process had inserted the same paths just before.
   *
   * @throws LabelwiseError `DISK_FULL`, `STORE_FAILED`, `LOCK_LOST`
   */
  write(rows: readonly ImageRow[], encoder: EncoderIdentity, dimension?: () => Promise<number>): Promise<number>;
  remove(paths: readonly string[]): Promise<void>;
  close(): void;
}

/** How many names or hashes stand in one filter. */
const MAX_NAMED = 1000;
/** Each commit that removes rows reads the paths of the whole table: many at once, so that forgetting a large folder stays linear. */
const MAX_REMOVED = 10_000;

export interface OpenIndexOptions {
  /** Another table than the current one, such as that of a migration. */
  readonly name?: string;
  /** Every write checks that it is still held. */
  readonly lock?: HeldLock;
  /** Give the table room for crops with the next write. One that has crops keeps them. */
  readonly withCrops?: boolean | undefined;
}

/** Opens the index; without a lock, to be read. */
export async function openImageIndex(database: Database, { name, lock, withCrops = false }: OpenIndexOptions = {}): Promise<ImageIndex> {
  const table = name ?? (await readIndexFile(database)).table;
  const opened = (await hasTable(database, table)) ? await openImageTable(database, table) : undefined;
  return createIndex({ database, name: table, lock, wantsCrops: withCrops }, opened);
}

function createIndex(
  { database, name, lock, wantsCrops }: { database: Database; name: string; lock: HeldLock | undefined; wantsCrops: boolean },
  found: OpenedTable | undefined,
): ImageIndex {
  /** Where each content was when the rows were read. */
  const rowIds = new Map<string, bigint>();
  let opened = found;
  const subject = `the index in ${database.location.name}`;
  const hasCrops = (): boolean => wantsCrops || opened?.facts.hasCrops === true;
  const upToDate = async (table: OpenedTable): Promise<OpenedTable> => {
    const current = await toCurrentVersion(table, database);
    return hasCrops() ? withCrops(current, database) : current;
  };
  const begin = async (encoder: EncoderIdentity, dimension: number): Promise<OpenedTable> => {
    const facts = newImageFacts(encoder, dimension, hasCrops());
    await lock?.assertHeld();
    await inStoreWords(`${subject} cannot be begun`, async () =>
      (await (await database.connection()).createEmptyTable(name, toImageSchema(facts), { mode: 'create', existOk: true })).close(),
    );
    const begun = await openImageTable(database, name);
    if (begun.facts.encoder.fingerprint === facts.encoder.fingerprint) return upToDate(begun);
    throw new LabelwiseError(
      'INDEX_MISMATCH',
      `Another process has begun the index in ${database.location.name} with ${begun.facts.encoder.name}.`,
    );
  };
  return {
    database,
    name,
    get facts() {
      return opened?.facts;
    },
    get hasCrops() {
      return hasCrops();
    },
    async begin(encoder, dimension) {
      opened = opened ? await upToDate(opened) : await begin(encoder, await dimension());
    },
    async files() {
      if (!opened) return [];
      const columns = columnsOf(opened.facts);
      const query = opened.table.query().select(columns).withRowId();
      const read = await inStoreWords(`${subject} cannot be read`, () => query.toArrow());
      const rows = read.select(columns).toArray() as unknown as FileRow[];
      const ids = read.getChild('_rowid');
      for (const [i, { content_hash: hash, error_code: code }] of rows.entries())
        if (hash !== null && code === null) rowIds.set(hash, BigInt(ids?.get(i)));
      return rows;
    },
    async hashesWithoutCrops() {
      if (!opened || !hasCrops()) return new Set();
      const lacking = opened.facts.hasCrops ? `${IS_IMAGE} AND crops IS NULL` : IS_IMAGE;
      const query = opened.table.query().where(lacking).select(['content_hash']);
      const rows = await inStoreWords(`${subject} cannot be read`, () => query.toArrow());
      return new Set(rows.getChild('content_hash') as Iterable<string>);
    },
    async contents() {
      const first = new Map<string, string>();
      const query = opened?.table.query().where('error_code IS NULL AND content_hash IS NOT NULL').select(['content_hash', 'added_at']);
      await inStoreWords(`${subject} cannot be read`, async () => {
        for await (const batch of query ?? []) {
          const [hashes, added] = [batch.getChild('content_hash'), batch.getChild('added_at')];
          for (let row = 0; row < batch.numRows; row++) noteEarliest(first, String(hashes?.get(row)), String(added?.get(row)));
        }
      });
      return first;
    },
    async imagesOf(contentHashes) {
      const rows = new Map<string, ImageRow>();
      if (!opened) return rows;
      const { table } = opened;
      const take = (found: readonly StoredRow[]): void => {
        for (const row of found)
          if (row.embedding !== null && !rows.has(row.content_hash))
            addSound(rows, { ...row.toJSON(), embedding: Float32Array.from(row.embedding), crops: toCrops(row.crops) });
      };
      // a row by its id costs the same in a table of any size; rows that were written since have another id, and are looked for
      const ids = contentHashes.flatMap((hash) => rowIds.get(hash) ?? []);
      for (const some of chunks(ids, MAX_NAMED))
        take(
          await table
            .takeRowIds(some)
            .toArray()
            .catch(() => []),
        );
      const wanted = new Set(contentHashes);
      for (const hash of rows.keys()) if (!wanted.has(hash)) rows.delete(hash);
      for (const hashes of chunks(without(contentHashes, rows), MAX_NAMED)) {
        const query = table.query().where(`content_hash IN (${hashes.map(toSqlText).join(', ')})`);
        take(await inStoreWords(`${subject} cannot be read`, () => query.toArray()));
      }
      return rows;
    },
    async write(rows, encoder, askDimension) {
      if (rows.length === 0) return 0;
      if (opened) opened = await upToDate(opened);
      else {
        const dimension = rows.find((row) => row.embedding)?.embedding?.length ?? (await askDimension?.());
        if (dimension === undefined) return 0; // a table cannot begin before the length of an embedding is known
        opened = await begin(encoder, dimension);
      }
      const { table, facts } = opened;
      // Of many workers: a commit on the newest version need not be compared with those of the others.
      if (database.location.holderOf) await table.checkoutLatest();
      await lock?.assertHeld(); // after the table was opened: whoever takes the lock from now on fences it
      const { numAttempts } = await inStoreWords(`${subject} cannot be written`, () =>
        table.mergeInsert('path').whenMatchedUpdateAll().whenNotMatchedInsertAll().execute(toImageTable(rows, facts)),
      );
      if (numAttempts > 1) await lock?.assertHeld(); // it began again on the newest version, and no fence before that stops it
      return numAttempts;
    },
    async remove(paths) {
      for (const some of opened ? chunks(paths, MAX_REMOVED) : []) {
        await lock?.assertHeld();
        await inStoreWords(`${subject} cannot be written`, async () => opened?.table.delete(`path IN (${some.map(toSqlText).join(', ')})`));
      }
    },
    close: () => opened?.table.close(),
  };
}

interface StoredRow {
  readonly content_hash: string;
  readonly embedding: Iterable<number> | null;
  readonly crops?: Iterable<Iterable<number>> | null;
  toJSON(): ImageRow;
}

const without = (hashes: readonly string[], rows: ReadonlyMap<string, unknown>): string[] => hashes.filter((hash) => !rows.has(hash));

/** The crops of a row as LanceDB gives them. */
const toCrops = (crops: Iterable<Iterable<number>> | null | undefined): Float32Array[] | null =>
  crops ? Array.from(crops, (crop) => Float32Array.from(crop)) : null;

/** Keeps the earliest time of a content. ISO 8601 sorts as text. */
export function noteEarliest(first: Map<string, string>, hash: string, added: string): void {
  if (added < (first.get(hash) ?? '~')) first.set(hash, added);
}

function addSound(rows: Map<string, ImageRow>, row: ImageRow): void {
  if (row.embedding && row.content_hash !== null && isUnit(row.embedding)) rows.set(row.content_hash, row);
}

/**
 * Runs work that writes the index: one process at a time. `isNew`: it may begin one.
 *
 * @throws LabelwiseError `INDEX_LOCKED`, `INDEX_NOT_FOUND`, `LOCK_LOST`
 */
export async function withIndexLock<T>(
  database: Database,
  work: (lock: HeldLock) => Promise<T>,
  { isNew, isProtected = isOfIndex, ...options }: LockOptions & { readonly isNew?: boolean } & Partial<Pick<StoreLock, 'isProtected'>> = {},
): Promise<T> {
  if (database.readsNext)
    throw new LabelwiseError('INVALID_ARGUMENT', 'The index is not written while the table of a migration is read (`next`).');
  if (!isNew && !(await database.location.exists())) throw noIndex(database); // the lock would make it
  try {
    const subject = `the index in ${database.location.name} cannot be written`;
    return await withStoreLock({ database, name: FIRST_IMAGES, subject, isProtected }, work, { waitMs: 0, ...options });
  } catch (error) {
    if (error instanceof LockedError) {
      throw new LabelwiseError('INDEX_LOCKED', `Another labelwise is writing the index in ${database.location.name}.`, {
        hint: 'Wait until it is done. If it is suspended, or runs on another computer and died, its lock is free after 20 seconds (in an object store, 90).',
        cause: error,
      });
    }
    throw error;
  }
}

interface RememberedRun extends ModelReference {
  readonly roots: readonly string[];
  /** What is mounted in the folders; by default what was known. */
  readonly volumes?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  /** The index holds nothing yet, whatever an earlier run began with. */
  readonly isNew: boolean;
  readonly lock: HeldLock;
}

/** Keeps which folders are indexed, so that all can be brought up to date at once, and with which model. */
export async function rememberRun(
  database: Database,
  { roots, volumes, isNew, exclude, lock, ...reference }: RememberedRun,
): Promise<void> {
  const before = await readIndexFile(database);
  const after: IndexFile = {
    ...before,
    ...(before.model === undefined || isNew ? reference : {}),
    roots: [...new Set([...before.roots, ...roots])].sort(),
    ...(volumes && { volumes: [...volumesBut(roots, before), ...volumes].sort() }),
    ...(exclude === undefined ? {} : { exclude: [...exclude] }),
  };
  if (JSON.stringify(after) === JSON.stringify(before) || !(await database.location.exists())) return;
  await writeIndexFile(database, after, lock);
}

/** Takes folders out of those that a run without arguments brings up to date. */
export async function forgetRoots(database: Database, roots: readonly string[], lock: HeldLock): Promise<void> {
  const before = await readIndexFile(database);
  await writeIndexFile(
    database,
    {
      ...before,
      roots: before.roots.filter((root) => !roots.includes(root)),
      volumes: volumesBut(roots, before),
    },
    lock,
  );
}

const volumesBut = (roots: readonly string[], { volumes }: IndexFile): string[] =>
  volumes.filter((path) => !roots.some((root) => isWithin(path, root)));

/** Items in runs of at most `size`. */
export function* chunks<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}
