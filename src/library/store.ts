export { type Database, openDatabase } from '../store/database.js';
export { type EmbeddingCacheOptions, openEmbeddingCache } from '../store/embedding-cache.js';
export { openImageCollection } from '../store/image-collection.js';
export { type LabelDatabase, type LabelMatch, type LabelTableSummary, openLabelDatabase } from '../store/label-database.js';
export type { LabelTableFacts } from '../store/label-table-schema.js';
export { type CacheSummary, clearEmbeddingCache, listEmbeddingCache } from '../store/maintain-cache.js';
export { openTagDatabase, type TagChange, type TagDatabase, type TagSetSummary } from '../store/tag-database.js';
export type { TagSetFacts } from '../store/tag-table-schema.js';
