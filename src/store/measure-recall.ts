import type { Table } from '@lancedb/lancedb';
import { HAS_EMBEDDING } from './image-table-schema.js';
import { MIN_EF, REFINE } from './search-images.js';

/** How a vector index does against the exact scan, on rows of the table as queries. */
export interface RecallReport {
  /** The share of the ten true neighbours that is found. */
  readonly recallAt10: number;
  readonly queries: number;
  /** Medians. */
  readonly indexedMs: number;
  readonly exactMs: number;
}

const QUERIES = 50;
const NEIGHBOURS = 10;

/** Compares both searches on rows that are spread over the table; a row is no neighbour of its own. */
export async function measureRecall(table: Table, dimension: number, queries = QUERIES): Promise<RecallReport> {
  const rows = await table.countRows(HAS_EMBEDDING);
  let found = 0;
  let wanted = 0;
  const [indexedMs, exactMs]: [number[], number[]] = [[], []];
  for (let i = 0; i < Math.min(queries, rows); i++) {
    const [row] = await table
      .query()
      .where(HAS_EMBEDDING)
      .offset(Math.floor((i * rows) / queries))
      .limit(1)
      .select(['path', 'embedding'])
      .toArray();
    if (!row) continue;
    const query = Float32Array.from(row.embedding as ArrayLike<number>); // [dimension]
    if (query.length !== dimension) continue;
    const search = async (isExact: boolean, times: number[]): Promise<string[]> => {
      const startedAt = performance.now();
      const base = table
        .vectorSearch(query)
        .column('embedding')
        .distanceType('cosine')
        .limit(NEIGHBOURS + 1)
        .select(['path', '_distance']);
      const near = await (isExact ? base.bypassVectorIndex() : base.refineFactor(REFINE).ef(MIN_EF)).toArray();
      times.push(performance.now() - startedAt);
      return near
        .map(({ path }) => path as string)
        .filter((path) => path !== row.path)
        .slice(0, NEIGHBOURS);
    };
    const exact = new Set(await search(true, exactMs));
    const indexed = await search(false, indexedMs);
    wanted += exact.size;
    found += indexed.filter((path) => exact.has(path)).length;
  }
  return { recallAt10: wanted === 0 ? 1 : found / wanted, queries: exactMs.length, indexedMs: median(indexedMs), exactMs: median(exactMs) };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
