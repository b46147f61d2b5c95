export { type EmbeddingCacheOptions, openEmbeddingCache } from './embedding-cache.js';
export { openImageCollection } from './image-collection.js';
export { type LabelDatabase, type LabelMatch, type LabelTableSummary, openLabelDatabase } from './label-database.js';
export type { LabelTableFacts } from './label-table-schema.js';
export { type CacheSummary, clearEmbeddingCache, listEmbeddingCache } from './maintain-cache.js';
export { openTagDatabase, type TagChange, type TagDatabase, type TagSetSummary } from './tag-database.js';
export type { TagSetFacts } from './tag-table-schema.js';
