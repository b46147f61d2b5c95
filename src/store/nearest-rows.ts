import type { Table } from '@lancedb/lancedb';
import type { Embedding } from '../core/embedding.js';
import { inStoreWords } from './connect.js';
import { chunks, type FileRow } from './image-index.js';
import { IS_IMAGE } from './image-table-schema.js';
import { toSqlText } from './to-sql-text.js';
import { toWhereError } from './where-error.js';

/** `_product`: the dot product with the query, where it was computed here from an embedding of unit length. */
export type Row = FileRow & { readonly _distance?: number; readonly _rowid?: bigint | number; readonly _product?: number };

/**
 * What is asked of a vector index: so many rows, chosen from `refine` times as many, whose exact distances are compared. LanceDB refuses an
 * `ef`, how far the graph is searched, below the product of the two.
 */
export const INDEXED = { rows: 50, refine: 4, ef: 200 };
/** What ranks images; the facts of those that are shown are read afterwards, because reading all of them takes longer than the search. */
const KEYS = ['content_hash', 'path'];
/** How many hashes one filter may name. */
export const MAX_NAMED = 1000;

export interface RowFilter {
  /** SQL over the columns of the table. */
  readonly where?: string | undefined;
  /** Only these images. */
  readonly contentHashes?: Iterable<string> | undefined;
  /** The columns of the table but the embedding. */
  readonly columns: readonly string[];
  /** What the query is compared with: the embeddings of the images, or the nearest of their crops. */
  readonly vectors?: 'embedding' | 'crops' | undefined;
}

export interface NearestRows {
  readonly rows: readonly Row[];
  /** Every row at a smaller distance is among `rows`. At this distance some may be missing: LanceDB cuts between equals as it likes. */
  readonly border: number;
  /** All embeddings were seen to be of unit length. */
  readonly isSound?: boolean;
}

/** All rows with an embedding that pass the filter. */
export async function readRows(table: Table, filter: RowFilter): Promise<Row[]> {
  const parts = await Promise.all(
    toConditions({ ...filter, where: filter.where === undefined ? IS_IMAGE : `(${filter.where}) AND ${IS_IMAGE}` }).map((where) =>
      run(filter, () =>
        table
          .query()
          .where(where ?? IS_IMAGE)
          .select([...filter.columns])
          .toArray(),
      ),
    ),
  );
  return parts.flat();
}

/** The `count` rows nearest to the query by comparing with every row. */
export async function scanNearest(
  table: Table,
  query: Embedding,
  { count, ...filter }: RowFilter & { count: number },
): Promise<NearestRows> {
  let border = Number.POSITIVE_INFINITY;
  const rows: Row[] = [];
  for (const where of toConditions(filter)) {
    const near = await run(filter, () =>
      toSearch(table, query, { ...filter, where })
        .limit(count)
        .bypassVectorIndex()
        .toArray(),
    );
    if (near.length >= count) border = Math.min(border, farthest(near));
    rows.push(...near);
  }
  return { rows, border };
}

/**
 * The rows that the vector index finds, by content hash and path alone: the same rows for the same query. Where two images are equally near, the border lies: of equal
 * embeddings a graph finds some and misses others (7 to 49 of 50, findings/lancedb-hnsw-pages.sh), and only a scan has them all.
 */
export async function indexedNearest(table: Table, query: Embedding, filter: Pick<RowFilter, 'where'>): Promise<NearestRows> {
  const search = toSearch(table, query, { ...filter, columns: KEYS })
    .limit(INDEXED.rows)
    .refineFactor(INDEXED.refine)
    .ef(INDEXED.ef);
  const rows = await run(filter, () => search.toArray());
  return { rows, border: Math.min(firstTie(rows), rows.length < INDEXED.rows ? Number.POSITIVE_INFINITY : farthest(rows)) };
}

/** LanceDB's ids of the rows that pass a condition. */
export async function rowIdsWhere(table: Table, where: string): Promise<Set<number>> {
  const query = table.query().where(`(${where})`).select(['size']).withRowId();
  const rows = await inStoreWords('the index cannot be searched', () => query.toArrow()).catch((error: unknown) => {
    throw toWhereError(where, error);
  });
  return new Set(Array.from(rows.getChild('_rowid') ?? [], Number));
}

/** Rows that two searches found, each at its smaller distance. */
export function joinNearest(a: NearestRows, b: NearestRows): NearestRows {
  const rows = new Map<number, Row>();
  for (const row of [...a.rows, ...b.rows]) {
    const known = rows.get(Number(row._rowid));
    if (!known || (row._distance ?? Number.NaN) < (known._distance ?? Number.NaN)) rows.set(Number(row._rowid), row);
  }
  return { rows: [...rows.values()].sort((x, y) => (x._distance ?? 0) - (y._distance ?? 0)), border: Math.min(a.border, b.border) };
}

/** Cosine is asked for by name: without it, an index gives another distance. */
function toSearch(
  table: Table,
  query: Embedding,
  { where, columns, vectors = 'embedding' }: Pick<RowFilter, 'where' | 'columns' | 'vectors'>,
) {
  const search = table
    .vectorSearch(query)
    .column(vectors)
    .distanceType('cosine')
    .select([...columns, '_distance'])
    .withRowId();
  return where === undefined ? search : search.where(`(${where})`); // in parentheses, "1=1 LIMIT 3" is not a condition
}

/** The filter as conditions, one for each run of hashes. */
function toConditions({ where, contentHashes }: Omit<RowFilter, 'columns'>): (string | undefined)[] {
  if (contentHashes === undefined) return [where];
  return [...chunks([...contentHashes], MAX_NAMED)].map((hashes) => {
    const named = `content_hash IN (${hashes.map(toSqlText).join(', ')})`;
    return where === undefined ? named : `(${where}) AND ${named}`;
  });
}

async function run({ where }: Pick<RowFilter, 'where'>, read: () => Promise<{ toJSON(): Row }[]>): Promise<Row[]> {
  const rows = await inStoreWords('the index cannot be searched', read).catch((error: unknown) => {
    throw where === undefined ? error : toWhereError(where, error);
  });
  return rows.map((row) => ({ ...row.toJSON() }));
}

const farthest = (rows: readonly Row[]): number =>
  rows.reduce((most, { _distance = Number.NaN }) => (_distance > most ? _distance : most), Number.NEGATIVE_INFINITY);

/** The smallest distance that two images share. */
function firstTie(rows: readonly Row[]): number {
  const hashes = new Map<number, string | null>();
  const ties = rows.filter(({ _distance = Number.NaN, content_hash: hash }) => {
    if (!hashes.has(_distance)) hashes.set(_distance, hash);
    return hashes.get(_distance) !== hash;
  });
  return Math.min(...ties.map(({ _distance = Number.NaN }) => _distance));
}
