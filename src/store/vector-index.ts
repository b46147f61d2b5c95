import type { Index, Table } from '@lancedb/lancedb';
import { lancedb } from './connect.js';

/** The vector index of a table, as LanceDB describes it. */
export interface VectorIndexStatus {
  readonly kind: string;
  readonly metric: string;
  readonly indexedRows: number;
  readonly newRows: number;
}

const INDEX_NAME = 'embedding_idx';

export const hasVectorIndex = async (table: Table): Promise<boolean> =>
  (await table.listIndices()).some((index) => index.name === INDEX_NAME);

/** The vector index that a table has, or undefined. */
export async function describeVectorIndex(table: Table): Promise<VectorIndexStatus | undefined> {
  if (!(await hasVectorIndex(table))) return undefined;
  const stats = await table.indexStats(INDEX_NAME);
  return (
    stats && { kind: stats.indexType, metric: stats.distanceType ?? '', indexedRows: stats.numIndexedRows, newRows: stats.numUnindexedRows }
  );
}

/** A way to build a vector index. */
export interface IndexBuild {
  readonly name: string;
  readonly toConfig: (index: typeof Index) => Index;
}

/** From quick to strong: each is tried where the one before found too few neighbours. */
export const INDEX_BUILDS: readonly IndexBuild[] = [
  { name: 'HNSW with 20 links a row', toConfig: (index) => index.hnswSq({ distanceType: 'cosine', m: 20, efConstruction: 300 }) },
  { name: 'HNSW with 64 links a row', toConfig: (index) => index.hnswSq({ distanceType: 'cosine', m: 64, efConstruction: 1000 }) },
  // Nothing is rounded here, and 20 of the parts are searched: embeddings that HNSW's 8 bits a number cannot tell apart.
  { name: 'flat in 64 parts', toConfig: (index) => index.ivfFlat({ distanceType: 'cosine', numPartitions: 64 }) },
];

/** Builds an index in the place of the one that there is. */
export async function buildVectorIndex(table: Table, { toConfig }: IndexBuild): Promise<void> {
  await table.createIndex('embedding', { config: toConfig(lancedb().Index), replace: true, name: INDEX_NAME });
}

const HASH_INDEX_NAME = 'content_hash_idx';

/** Lets the names of an image be found by its content hash without reading that column of every row. */
export async function buildHashIndex(table: Table): Promise<void> {
  if ((await table.listIndices()).some((index) => index.name === HASH_INDEX_NAME)) return;
  await table.createIndex('content_hash', { config: lancedb().Index.btree(), name: HASH_INDEX_NAME });
}

export const dropVectorIndex = (table: Table): Promise<void> => table.dropIndex(INDEX_NAME);
