export {
  type CacheSummary,
  clearEmbeddingCache,
  type EmbeddingCacheOptions,
  listEmbeddingCache,
  openEmbeddingCache,
} from './embedding-cache.js';
export { type LabelDatabase, type LabelMatch, type LabelTableSummary, openLabelDatabase } from './label-database.js';
export type { LabelTableFacts } from './label-table-schema.js';
