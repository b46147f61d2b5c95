import { createHash } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Embedding } from '../../core/embedding.js';
import { LabelwiseError } from '../../errors.js';
import { makeFolder } from '../../files/make-folder.js';
import { inStoreWords } from '../connect.js';
import type { CurrentTable } from '../current-images.js';
import type { Database } from '../database.js';
import { columnsOf } from '../image-table-schema.js';
import { ROUNDED_ENDING } from '../table-names.js';
import { hasVectorIndex } from '../vector-index.js';
import { withImageTable } from '../with-image-table.js';
import { withCells } from './arrange-by-cell.js';
import { KEPT_ENDING } from './kept-rows.js';
import { roundTable } from './round-table.js';
import { type LoadedRows, type OpenedRows, type RoundedOf, readRounded, readRoundedFacts, writeRounded } from './rounded-file.js';
import { manifestStamp, newestStamp, remoteStamps } from './table-stamp.js';

/** Larger ones are left to LanceDB: the codes are kept in memory. */
const MAX_BYTES = 2 ** 30;
/** The name of the file in the folder of a table. */
const FILE = 'rounded';

/** Beside the table, or for an object store in the home of this machine; undefined where it is not kept. */
function roundedFolder({ location, localFolder }: Database, table: string): string | undefined {
  if (location.folder !== undefined) return location.pathOf(table + ROUNDED_ENDING);
  const place = createHash('sha256').update(location.address).digest('hex').slice(0, 16);
  return localFolder && join(localFolder, place, table + ROUNDED_ENDING);
}

export async function removeRounded(database: Database, table: string): Promise<void> {
  const folder = roundedFolder(database, table);
  if (folder !== undefined) await rm(folder, { force: true, recursive: true });
}

export interface RoundingOptions {
  /** Find cells where there are none: that takes about a minute for a million rows. */
  readonly hasCells?: boolean;
  /** Embeddings of texts, with which the cells are measured. */
  readonly texts?: readonly Embedding[];
}

/** Cells of an index: a search that is not exact compares `compared` of the `rows`, in the nearest of the cells. */
export interface CellReport {
  readonly cells: number;
  readonly compared: number;
  readonly rows: number;
}

export const describeCells = ({ cells, ids }: OpenedRows): CellReport | undefined =>
  cells && { cells: cells.centres.count, compared: cells.probed, rows: ids.length };

/** Brings the files up to date after a run that wrote rows, so that the next search need not. It can fail without harm. */
export async function refreshRounded(database: Database, options: RoundingOptions = {}): Promise<CellReport | undefined> {
  try {
    const rows = await withImageTable(database, (current) => openRounded(database, current, options));
    return rows && describeCells(rows);
  } catch (error) {
    if (!(error instanceof LabelwiseError)) throw error;
    return undefined;
  }
}

/** Rows that were opened last, so that a service reads a file once. */
const opened = new WeakMap<Database, OpenedRows>();

const isLoaded = (rows: OpenedRows | undefined): rows is LoadedRows => rows !== undefined && 'codes' in rows;

/** The rounded rows of the newest version of a table, from their file alone; undefined where it is of another one. LanceDB is not loaded. */
export async function openHeld(database: Database, table: string): Promise<OpenedRows | undefined> {
  if (database.location.folder === undefined) return undefined;
  const newest = newestStamp(database, table);
  const folder = roundedFolder(database, table);
  if (!newest || folder === undefined) return undefined;
  const isNewest = ({ version, stamp }: RoundedOf): boolean => version === newest.version && stamp === newest.stamp;
  const last = opened.get(database);
  if (last?.folder === folder && isNewest(last.of)) return last;
  const rows = await readRoundedFacts({ folder, path: join(folder, FILE) }, isNewest);
  if (rows) opened.set(database, rows);
  return rows;
}

/** Forgets rows whose files turned out to be damaged or gone, and removes them, unless another process has put others in their place. */
export async function dropLost(database: Database, table: string, lost: OpenedRows): Promise<void> {
  if (opened.get(database) === lost) opened.delete(database);
  const folder = roundedFolder(database, table);
  if (folder === undefined) return;
  const stored = await readRoundedFacts({ folder, path: join(folder, FILE) });
  if (!stored || isSameFile(stored, lost)) await removeRounded(database, table).catch(() => {});
}

const isSameFile = (a: OpenedRows, b: OpenedRows): boolean =>
  a.of.stamp === b.of.stamp && a.kept.files.join() === b.kept.files.join() && a.cells?.probed === b.cells?.probed;

/**
 * The rounded rows of a table as it was opened, from their file where it is of this version, brought up to date where it is not. The file is
 * then written for the next reader; where that fails, as on a full or read-only disk, nothing is lost but time.
 *
 * @returns undefined where the table is empty or very large, or the machine has no WebAssembly SIMD
 */
export async function openRounded(
  database: Database,
  { table, facts, name }: Pick<CurrentTable, 'table' | 'facts' | 'name'>,
  { hasCells = false, texts = [] }: RoundingOptions = {},
): Promise<LoadedRows | undefined> {
  const { dimension } = facts;
  const total = await inStoreWords('the index cannot be counted', () => table.countRows());
  if (total === 0 || total * dimension > MAX_BYTES) return undefined;
  const version = await inStoreWords('the index cannot be read', () => table.version());
  const folder = roundedFolder(database, name);
  if (folder === undefined) return undefined;
  const isFolder = database.location.folder !== undefined;
  const stampOf = isFolder ? (of: number) => manifestStamp(database, name, of) : await remoteStamps(table);
  const stamp = stampOf(version);
  if (stamp === undefined) return undefined;
  const path = join(folder, FILE);
  const last = opened.get(database);
  const stored = isLoaded(last) && last.folder === folder && last.of.stamp === stamp.stamp ? last : await readRounded({ folder, path });
  if (stored?.of.stamp === stamp.stamp && stored.of.version === version && (!hasCells || stored.cells)) return stored;
  const columns = columnsOf(facts);
  const isOfTable = stored && stored.of.stamp === stampOf(stored.of.version)?.stamp;
  const isForerunner = isOfTable && stored.of.version <= version && stored.of.columns.join() === columns.join();
  const isLater = isOfTable && stored.of.version > version; // the file of a newer version is left to those who read that
  const isReady = !isLater && (await canMake(folder));
  const isIndexed = await inStoreWords('the index cannot be read', () => hasVectorIndex(table));
  const of = { ...stamp, dimension, facts, columns, isIndexed };
  const rounded = await inStoreWords('the index cannot be read', () =>
    roundTable(table, { of, folder: isReady ? folder : undefined, before: isForerunner ? stored : undefined }),
  );
  const rows =
    rounded && hasCells
      ? await withCells(
          rounded,
          texts.filter((text) => text.length === dimension),
        )
      : rounded;
  if (rows?.folder !== undefined)
    await writeRounded(path, rows)
      .then(() => removeOthers(folder, rows.kept.files, stored?.kept.files ?? []))
      .catch(() => {});
  if (rows) opened.set(database, rows);
  return rows;
}

const canMake = (folder: string): Promise<boolean> =>
  makeFolder(folder).then(
    () => true,
    () => false,
  );

/** A file that another process is writing is younger. */
const OLD_MS = 3600 * 1000;

/** Removes files of kept rows that nothing names any more; `before` are those of the file that was replaced. */
async function removeOthers(folder: string, files: readonly string[], before: readonly string[]): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith(KEPT_ENDING) || files.includes(name)) continue;
    const stats = await stat(join(folder, name)).catch(() => undefined);
    if (stats && (before.includes(name) || Date.now() - stats.mtimeMs > OLD_MS))
      await rm(join(folder, name), { force: true }).catch(() => {});
  }
}
