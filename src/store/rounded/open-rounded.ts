import { createHash } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Table } from '@lancedb/lancedb';
import type { Table as ArrowTable, FixedSizeList, RecordBatch, Vector } from 'apache-arrow';
import { isUnit } from '../../core/embedding.js';
import { LabelwiseError } from '../../errors.js';
import { makeFolder } from '../../files/make-folder.js';
import { inStoreWords } from '../connect.js';
import type { CurrentTable } from '../current-images.js';
import type { Database } from '../database.js';
import { chunks } from '../image-index.js';
import { ROUNDED_ENDING } from '../table-names.js';
import { withImageTable } from '../with-image-table.js';
import { chooseGrid, roundRow } from './round-rows.js';
import { type OpenedRows, readRounded, roomFor, writeRounded } from './rounded-file.js';
import { NO_EMBEDDING } from './rounded-rows.js';

/** A smaller table is scanned as fast by LanceDB. */
export const MIN_ROUNDED_ROWS = 5000;
/** Larger ones are left to LanceDB: the codes are kept in memory. */
const MAX_BYTES = 2 ** 30;
/** Rows whose numbers say how far each column reaches. */
const SAMPLE_ROWS = 4096;
/** Where more of the rows are new, all are rounded again, on a grid of their own. */
const MOST_NEW = 0.3;

/** Beside the table, or for an object store in the home of this machine; undefined where it is not kept. */
function roundedPath({ location, localFolder }: Database, table: string): string | undefined {
  if (location.folder !== undefined) return location.pathOf(table + ROUNDED_ENDING);
  const place = createHash('sha256').update(location.address).digest('hex').slice(0, 16);
  return localFolder && join(localFolder, place, table + ROUNDED_ENDING);
}

export async function removeRounded(database: Database, table: string): Promise<void> {
  const path = roundedPath(database, table);
  if (path !== undefined) await rm(path, { force: true });
}

/** Brings the file up to date after a run that wrote rows, so that the next search need not. It can fail without harm. */
export async function refreshRounded(database: Database): Promise<void> {
  await withImageTable(database, (current) => openRounded(database, current)).catch((error: unknown) => {
    if (!(error instanceof LabelwiseError)) throw error;
  });
}

/**
 * The rounded rows of a table as it was opened, from their file where it is of this version, brought up to date where it is not. The file is
 * then written for the next reader; where that fails, as on a full or read-only disk, nothing is lost but time.
 *
 * @returns undefined where the table is small or very large, or the machine has no WebAssembly SIMD
 */
export async function openRounded(
  database: Database,
  { table, facts, name }: Pick<CurrentTable, 'table' | 'facts' | 'name'>,
  minRows = MIN_ROUNDED_ROWS,
): Promise<OpenedRows | undefined> {
  const { dimension } = facts;
  const total = await inStoreWords('the index cannot be counted', () => table.countRows());
  if (total < minRows || total * dimension > MAX_BYTES) return undefined;
  const version = await inStoreWords('the index cannot be read', () => table.version());
  const path = roundedPath(database, name);
  if (path === undefined) return undefined;
  const stampOf = database.location.folder === undefined ? await versionStamps(table) : manifestStamps(database, name);
  const stamp = await stampOf(version);
  if (stamp === undefined) return undefined;
  const stored = await readRounded(path);
  if (stored?.of.stamp === stamp && stored.of.version === version) return stored;
  const isForerunner = stored && stored.of.version < version && stored.of.stamp === (await stampOf(stored.of.version));
  const rows = await inStoreWords('the index cannot be read', () =>
    roundTable(table, { version, stamp, dimension }, isForerunner ? stored : undefined),
  );
  if (rows)
    await makeFolder(dirname(path))
      .then(() => writeRounded(path, rows))
      .catch(() => {});
  return rows;
}

/** What no other version of a table has, nor the same version of another table; undefined where it is gone. */
type StampOf = (version: number) => Promise<string | undefined>;

/** The size and time of the manifest of a version; undefined also where Lance names it otherwise. */
const manifestStamps =
  (database: Database, table: string): StampOf =>
  (version) => {
    const name = `${2n ** 64n - 1n - BigInt(version)}`.padStart(20, '0');
    const path = database.location.pathOf(join(`${table}.lance`, '_versions', `${name}.manifest`));
    return stat(path).then(
      ({ size, mtimeMs }) => `${size} ${mtimeMs}`,
      () => undefined,
    );
  };

/** In an object store: when the versions were committed, and when the table was begun. */
async function versionStamps(table: Table): Promise<StampOf> {
  const versions = await inStoreWords('the index cannot be read', () => table.listVersions());
  const made = new Map(versions.map(({ version, timestamp }) => [version, timestamp.toISOString()]));
  const begun = [...(await table.schema()).metadata.values()].join();
  return async (version) => made.get(version) && `${made.get(version)} ${begun}`;
}

/** Rounds the rows of a table; what `before` has of them is taken over, because a row id always names the same embedding. */
async function roundTable(table: Table, of: OpenedRows['of'], before: OpenedRows | undefined): Promise<OpenedRows | undefined> {
  const ids = idsOf(await table.query().select(['size']).withRowId().toArrow());
  const rows = roomFor(ids.length, of);
  if (!rows) return undefined;
  rows.ids.set(ids);
  const placeBefore = toPlaces(before?.ids ?? []);
  const missing = ids.filter((id) => !placeBefore.has(id));
  const isKept = before !== undefined && missing.length <= MOST_NEW * ids.length;
  const grid = isKept ? before : chooseGrid(await takeSample(table, ids), of.dimension);
  rows.means.set(grid.means);
  rows.steps.set(grid.steps);
  rows.errors.fill(NO_EMBEDDING);
  const codesAt = (from: OpenedRows, at: number): Int8Array => from.codes.subarray(at * rows.stride, (at + 1) * rows.stride);
  if (isKept)
    for (const [at, id] of ids.entries()) {
      const from = placeBefore.get(id);
      if (from === undefined) continue;
      rows.errors[at] = before.errors[from] as number;
      codesAt(rows, at).set(codesAt(before, from));
    }
  const placeOf = toPlaces(ids);
  for await (const batch of isKept ? takeInRuns(table, missing) : table.query().select(['embedding']).withRowId())
    for (const [id, embedding] of embeddingsOf(batch)) {
      const at = placeOf.get(id);
      if (at !== undefined) rows.errors[at] = roundRow(embedding, rows, codesAt(rows, at));
    }
  return rows;
}

const toPlaces = (ids: ArrayLike<number>): Map<number, number> => {
  const places = new Map<number, number>();
  for (let at = 0; at < ids.length; at++) places.set(ids[at] as number, at);
  return places;
};

async function* takeInRuns(table: Table, ids: Float64Array): AsyncGenerator<ArrowTable> {
  for (const some of chunks([...ids], SAMPLE_ROWS)) yield await takeEmbeddings(table, some);
}

const takeSample = async (table: Table, ids: Float64Array): Promise<Float32Array[]> => {
  const every = Math.max(1, Math.floor(ids.length / SAMPLE_ROWS));
  const taken = await takeEmbeddings(table, [...ids].filter((_, at) => at % every === 0).slice(0, SAMPLE_ROWS));
  return [...embeddingsOf(taken)].flatMap(([, embedding]) => (embedding && isUnit(embedding) ? [embedding] : []));
};

/** The embeddings of rows, with their ids. */
export const takeEmbeddings = (table: Table, ids: readonly number[]): Promise<ArrowTable> =>
  inStoreWords('the index cannot be read', () => table.takeRowIds(ids.map(BigInt)).select(['embedding']).withRowId().toArrow());

/** The crops of rows, by their ids; of rows that have some. */
export async function takeCrops(table: Table, ids: readonly number[]): Promise<Map<number, Float32Array[]>> {
  const query = table.takeRowIds(ids.map(BigInt)).select(['crops']).withRowId();
  const rows = await inStoreWords('the index cannot be read', () => query.toArrow());
  const [found, column] = [idsOf(rows), rows.getChild('crops')];
  const crops = new Map<number, Float32Array[]>();
  for (const [at, id] of found.entries()) {
    const own = column?.get(at) as Iterable<Vector> | null;
    if (own) crops.set(id, Array.from(own, (crop) => crop.toArray() as Float32Array).filter(isUnit));
  }
  return crops;
}

export const idsOf = (rows: ArrowTable | RecordBatch): Float64Array => Float64Array.from(rows.getChild('_rowid') ?? [], Number);

/** The ids of rows and their embeddings, which are not copied. */
export function* embeddingsOf(rows: ArrowTable | RecordBatch): Generator<[id: number, embedding: Float32Array | null]> {
  const ids = idsOf(rows);
  let at = 0;
  for (const list of rows.getChild('embedding')?.data ?? []) {
    const { listSize } = list.type as FixedSizeList;
    const numbers = list.children[0];
    const values = numbers?.values as Float32Array;
    const first = numbers?.offset === 0 ? list.offset : 0; // a slice keeps its offset in the list alone
    for (let row = 0; row < list.length; row++) {
      const from = (first + row) * listSize;
      yield [ids[at++] as number, list.getValid(row) ? values.subarray(from, from + listSize) : null];
    }
  }
}
