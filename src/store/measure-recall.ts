import type { Table } from '@lancedb/lancedb';
import type { Embedding } from '../core/embedding.js';
import { IS_IMAGE } from './image-table-schema.js';
import { INDEXED } from './nearest-rows.js';

/** How a vector index does against the exact scan, on rows of the table as queries. */
export interface RecallReport {
  /** The share of the ten true neighbours that is found. */
  readonly recallAt10: number;
  readonly queries: number;
  /** Medians. */
  readonly indexedMs: number;
  readonly exactMs: number;
}

/** Rows as queries, each with its true neighbours: found once, by the exact scan, for all indexes that are compared with it. */
export interface RecallSample {
  readonly queries: readonly SampleQuery[];
  readonly exactMs: number;
}

interface SampleQuery {
  readonly path: string;
  /** [dimension] */
  readonly embedding: Embedding;
  readonly neighbours: number;
  /** The cosine distance of the last true neighbour. */
  readonly reach: number;
}

const QUERIES = 50;
const NEIGHBOURS = 10;
/** Both searches compute the distances of what they give from the same float32 numbers. */
const TOLERANCE = 1e-6;

/** Takes rows that are spread over the table, and finds their neighbours; a row is no neighbour of its own. */
export async function sampleNeighbours(table: Table, dimension: number, count = QUERIES): Promise<RecallSample> {
  const rows = await table.countRows(IS_IMAGE);
  const times: number[] = [];
  const queries: SampleQuery[] = [];
  for (let i = 0; i < Math.min(count, rows); i++) {
    const [row] = await table
      .query()
      .where(IS_IMAGE)
      .offset(Math.floor((i * rows) / count))
      .limit(1)
      .select(['path', 'embedding'])
      .toArray();
    if (!row?.embedding) continue;
    const embedding = Float32Array.from(row.embedding as ArrayLike<number>);
    if (embedding.length !== dimension) continue;
    const distances = await distancesFrom(table, { path: row.path as string, embedding }, { isExact: true, times });
    queries.push({ path: row.path as string, embedding, neighbours: distances.length, reach: distances.at(-1) ?? 0 });
  }
  return { queries, exactMs: median(times) };
}

/**
 * Searches for the sample through the index. What is as near as the last true neighbour counts as found, whichever row it is: of a picture
 * under many names any ten are right.
 */
export async function measureRecall(table: Table, { queries, exactMs }: RecallSample): Promise<RecallReport> {
  const times: number[] = [];
  let found = 0;
  let wanted = 0;
  for (const query of queries) {
    const distances = await distancesFrom(table, query, { isExact: false, times });
    wanted += query.neighbours;
    found += distances.filter((distance) => distance <= query.reach + TOLERANCE).length;
  }
  return { recallAt10: wanted === 0 ? 1 : found / wanted, queries: queries.length, indexedMs: median(times), exactMs };
}

async function distancesFrom(
  table: Table,
  { path, embedding }: Pick<SampleQuery, 'path' | 'embedding'>,
  { isExact, times }: { isExact: boolean; times: number[] },
): Promise<number[]> {
  const startedAt = performance.now();
  const base = table
    .vectorSearch(embedding)
    .column('embedding')
    .distanceType('cosine')
    .limit(isExact ? NEIGHBOURS + 1 : INDEXED.rows)
    .select(['path', '_distance']);
  const near = await (isExact ? base.bypassVectorIndex() : base.refineFactor(INDEXED.refine).ef(INDEXED.ef)).toArray();
  times.push(performance.now() - startedAt);
  return near
    .filter((row) => row.path !== path)
    .map((row) => row._distance as number)
    .slice(0, NEIGHBOURS);
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
