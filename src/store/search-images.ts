import type { Table } from '@lancedb/lancedb';
import { type Embedding, isUnit } from '../core/embedding.js';
import { LabelwiseError } from '../errors.js';
import { inStoreWords } from './connect.js';
import type { ModelReference } from './current-images.js';
import { DAMAGED, type DamageOptions } from './damaged-embeddings.js';
import type { Database } from './database.js';
import { type FoundImageRow, type ImageSearch, toImages } from './found-images.js';
import { chunks } from './image-index.js';
import { columnsOf, type ImageRow, type ImageTableFacts, IS_IMAGE } from './image-table-schema.js';
import { linesOf } from './lines-of.js';
import {
  INDEXED,
  indexedNearest,
  joinNearest,
  MAX_NAMED,
  type NearestRows,
  type Row,
  type RowFilter,
  readRows,
  rowIdsWhere,
  scanNearest,
} from './nearest-rows.js';
import { type NearestPage, pageNearest } from './page-nearest.js';
import { openSearchedRows } from './rounded/searched-rows.js';
import { refuseLooseCondition } from './sql-text.js';
import { toSqlText } from './to-sql-text.js';

export type { FoundImageRow, ImageSearch };

/** A text of each file that a list of images may be ordered by. */
export type ListedColumn = 'path' | 'taken_at' | 'taken_at_source' | 'added_at';

/** Files of images, column by column, in one order. */
export interface ListedFiles {
  readonly hashes: readonly string[];
  /** [columns][files]; a column that a table of an earlier version lacks is empty. */
  readonly columns: readonly (readonly (string | null)[])[];
}

/** The index of a database, to be searched. */
export interface ImageSearcher {
  readonly facts: ImageTableFacts & { readonly dimension: number };
  /** How to open the model of the index. */
  readonly reference: ModelReference;
  /** The nearest images, nearest first; a picture under several names is found once. @throws LabelwiseError `INVALID_ARGUMENT` for a bad `where` */
  search(search: ImageSearch): Promise<FoundImageRow[]>;
  /** The nearest images after a page, whatever was added or deleted since; compared with every row. */
  page(page: NearestPage): Promise<FoundImageRow[]>;
  /** All files with an image that pass a condition: their hashes, and these columns of them. */
  list(columns: readonly ListedColumn[], where?: string): Promise<ListedFiles>;
  /** Whole images by their hashes, in no order; all names of each, of those that pass the condition. */
  images(contentHashes: readonly string[], where?: string): Promise<FoundImageRow[]>;
  /** How many rows with an image pass a condition. */
  count(where: string): Promise<number>;
  /** What a column holds, one value on each line, with how many images have it; the most frequent first. */
  tally(column: 'format' | 'camera' | 'keywords'): Promise<{ readonly value: string; readonly images: number }[]>;
  /** The image of a path or of the beginning of a content hash. */
  find(id: string): Promise<ImageRow | undefined>;
  close(): void;
}

export interface SearcherOptions extends DamageOptions {
  /** Told when a search compared its query with a part of the images alone, and may have missed some of the nearest. */
  readonly onApproximate?: (() => void) | undefined;
}

/** Opens the current index of a database folder. @throws LabelwiseError `INDEX_NOT_FOUND` */
export async function openImageSearcher(database: Database, { onWarning, onApproximate }: SearcherOptions = {}): Promise<ImageSearcher> {
  const rows = await openSearchedRows(database);
  const { facts, reference } = rows;
  const columns = columnsOf(facts);
  let isSaid = false;

  /** The nearest of all rows: by rounded rows where the table is large, else by LanceDB's scan. */
  const findExact = async (
    query: Embedding,
    filter: Pick<ImageSearch, 'where' | 'contentHashes'> & { count: number },
  ): Promise<NearestRows> => {
    const whole = (await findRounded(query, filter)) ?? (await scanNearest(await rows.table(), query, { ...filter, columns }));
    return facts.hasCrops
      ? joinNearest(whole, await scanNearest(await rows.table(), query, { ...filter, columns, vectors: 'crops' }))
      : whole;
  };

  const findRounded = async (
    query: Embedding,
    { where, contentHashes, count }: Pick<ImageSearch, 'where' | 'contentHashes'> & { count: number },
  ): Promise<NearestRows | undefined> => {
    if (contentHashes !== undefined) return undefined;
    const wanted = where === undefined ? undefined : await rowIdsWhere(await rows.table(), where);
    const near = await rows.nearest({ query, count, columns, wanted });
    if (near) sayDamage();
    return near;
  };

  const sayDamage = (): void => {
    if (!isSaid && rows.isDamaged()) onWarning?.(DAMAGED);
    isSaid = true;
  };

  /** The images of rows that a search wants; a damaged embedding among the first `count` leaves all damaged ones out. */
  const toWanted = async (
    { rows: found, isSound: isChecked = false }: Pick<NearestRows, 'rows' | 'isSound'>,
    search: ImageSearch,
    count: number,
  ): Promise<FoundImageRow[]> => {
    const measured = found.filter(isMeasured);
    const images = pick(measured, search);
    if (isChecked) return images;
    const shown = new Set(images.slice(0, count).map((image) => image.content_hash));
    const isSound = search.query === undefined || (await damagedOf(await rows.table(), rowsOf(shown, measured))).size === 0;
    if (!isSound || measured.length < found.length) onWarning?.(DAMAGED);
    if (isSound) return images;
    const damaged = await damagedOf(await rows.table(), measured);
    return pick(
      measured.filter((row) => !damaged.has(rowIdOf(row))),
      search,
    );
  };

  /**
   * What the vector index finds comes first, then all others by a scan. An index finds other rows for another count, so the first part has
   * one size for every page: pages neither repeat nor lose an image.
   */
  const findNearest = async (query: Embedding, search: ImageSearch): Promise<FoundImageRow[]> => {
    const { where, contentHashes, isExact, limit, offset = 0, minSimilarity = Number.NEGATIVE_INFINITY } = search;
    const count = offset + limit;
    const mayMiss = !isExact && contentHashes === undefined && !facts.hasCrops;
    const inCells = mayMiss && where === undefined ? await rows.nearestInCells({ query, count: INDEXED.rows, columns }) : undefined;
    if (inCells) sayDamage();
    const isGraph = mayMiss && inCells === undefined && (await rows.isIndexed());
    if (inCells || isGraph) onApproximate?.();
    const indexed =
      inCells ?? (isGraph ? await indexedNearest(await rows.table(), query, { where }) : { rows: [], border: 0, isSound: true });
    const toPage = async (images: readonly FoundImageRow[]): Promise<FoundImageRow[]> =>
      isGraph ? withAllNames(await rows.table(), images.slice(offset, count), { where, columns }) : images.slice(offset, count);
    const near = { ...indexed, rows: nearerThan(indexed) };
    const guess = isGraph ? pick(near.rows, search) : [];
    const naming = guess.length >= count ? toPage(guess) : undefined; // while the embeddings of the page are checked
    naming?.catch(() => {}); // met below, where it is used
    const head = await toWanted(near, search, count);
    if (naming && head.length === guess.length) return naming;
    if (head.length >= count) return toPage(head);
    const isInHead = new Set(head.map((image) => image.content_hash));
    const total = await rows.total();
    for (let most = (count + head.length) * 2 + 16; ; most *= 4) {
      const found = await findExact(query, { where, contentHashes, count: most > total ? total + 1 : most });
      const others = found.rows.filter((row: Row) => !isInHead.has(row.content_hash ?? ''));
      const images = [
        ...head,
        ...(await toWanted({ ...found, rows: nearerThan({ ...found, rows: others }) }, search, count - head.length)),
      ];
      const isAll = found.border === Number.POSITIVE_INFINITY || 1 - found.border < minSimilarity - ROUNDING;
      if (isAll || images.length >= count) return toPage(images);
    }
  };

  return {
    facts,
    reference,
    async search(search) {
      const { query, where, contentHashes, limit, offset = 0 } = search;
      if (query && query.length !== facts.dimension) throw otherDimension(facts.dimension, query.length);
      if (where !== undefined) refuseLooseCondition(where);
      if (query) return findNearest(query, search);
      const images = await toWanted(
        { rows: await readRows(await rows.table(), { where, contentHashes, columns }) },
        search,
        offset + limit,
      );
      return images.slice(offset, offset + limit);
    },
    async page(page) {
      const { query, where, contentHashes } = page;
      if (query.length !== facts.dimension) throw otherDimension(facts.dimension, query.length);
      if (where !== undefined) refuseLooseCondition(where);
      const find = (count: number): Promise<NearestRows> => findExact(query, { where, contentHashes, count });
      return pageNearest({ table: rows.table, total: await rows.total(), hasCrops: facts.hasCrops, onWarning, find }, page);
    },
    async list(wanted, where) {
      const filter = where === undefined ? IS_IMAGE : `(${where}) AND ${IS_IMAGE}`;
      const present = wanted.filter((name) => columns.includes(name));
      const query = (await rows.table())
        .query()
        .where(filter)
        .select(['content_hash', ...present]);
      const read = await inStoreWords('the index cannot be read', () => query.toArrow());
      const textsOf = (name: string): (string | null)[] => [...(read.getChild(name) ?? [])];
      return { hashes: textsOf('content_hash') as string[], columns: wanted.map(textsOf) };
    },
    images: async (contentHashes, where) =>
      contentHashes.length === 0 ? [] : toImages(await readRows(await rows.table(), { where, contentHashes, columns })),
    async count(where) {
      const table = await rows.table();
      return inStoreWords('the index cannot be counted', () => table.countRows(`(${where}) AND ${IS_IMAGE}`));
    },
    async tally(column) {
      const table = await rows.table();
      const read = await inStoreWords('the index cannot be read', () => table.query().where(IS_IMAGE).select([column]).toArray());
      const counts = new Map<string, number>();
      for (const row of read) for (const value of linesOf(row[column])) counts.set(value, (counts.get(value) ?? 0) + 1);
      return [...counts].map(([value, images]) => ({ value, images })).sort((a, b) => b.images - a.images || (a.value < b.value ? -1 : 1));
    },
    async find(id) {
      const isHash = /^[0-9a-f]{6,64}$/.test(id);
      const filter = `${IS_IMAGE} AND (path = ${toSqlText(id)}${isHash ? ` OR starts_with(content_hash, ${toSqlText(id)})` : ''})`;
      const table = await rows.table();
      const [row] = await inStoreWords('the index cannot be read', () => table.query().where(filter).limit(1).toArray());
      return row?.embedding ? { ...row.toJSON(), embedding: Float32Array.from(row.embedding) } : undefined;
    },
    close: rows.close,
  };
}

const isMeasured = ({ _distance }: Row): boolean => !Number.isNaN(_distance);

/** The images of rows that a search wants. */
function pick(
  rows: readonly Row[],
  { isWanted = () => true, minSimilarity = Number.NEGATIVE_INFINITY, rankOf }: ImageSearch,
): FoundImageRow[] {
  const images = toImages(rows.filter(isMeasured), rankOf);
  return images.filter((image) => isWanted(image.content_hash) && (image.similarity ?? 1) >= minSimilarity - ROUNDING);
}

/** What float32 sums leave of a cosine: an image is that near to itself. */
const ROUNDING = 1e-6;

const rowIdOf = ({ _rowid = 0 }: Row): bigint => BigInt(_rowid);

const rowsOf = (hashes: ReadonlySet<string>, rows: readonly Row[]): Row[] => rows.filter((row) => hashes.has(row.content_hash ?? ''));

const nearerThan = ({ rows, border }: NearestRows): Row[] =>
  border === Number.POSITIVE_INFINITY ? [...rows] : rows.filter(({ _distance = 0 }) => !(_distance >= border));

/** Gives images all their names: a vector index may miss some rows of a picture. */
async function withAllNames(
  table: Table,
  images: readonly FoundImageRow[],
  filter: Omit<RowFilter, 'contentHashes'>,
): Promise<FoundImageRow[]> {
  const rows = images.length === 0 ? [] : await readRows(table, { ...filter, contentHashes: images.map((image) => image.content_hash) });
  const named = new Map(toImages(rows).map(({ content_hash, ...row }) => [content_hash, row]));
  return images.map((image) => ({ ...image, ...named.get(image.content_hash), similarity: image.similarity }));
}

/** The rows whose embedding is not of unit length: what their distance says means nothing. */
async function damagedOf(table: Table, rows: readonly Row[]): Promise<Set<bigint>> {
  const damaged = new Set<bigint>();
  for (const some of chunks(rows, MAX_NAMED)) {
    const query = table.takeRowIds(some.map(rowIdOf)).select(['embedding']).withRowId();
    const read = await inStoreWords('the index cannot be read', () => query.toArrow());
    const [ids, embeddings] = [read.getChild('_rowid'), read.getChild('embedding')];
    for (let i = 0; i < read.numRows; i++) if (!isUnit(Float32Array.from(embeddings?.get(i)))) damaged.add(BigInt(ids?.get(i)));
  }
  return damaged;
}

const otherDimension = (expected: number, got: number): LabelwiseError =>
  new LabelwiseError('INDEX_MISMATCH', `Expected an embedding of ${expected} numbers, as the index has, got ${got}.`, {
    hint: 'Search with the model that the images were indexed with.',
  });
