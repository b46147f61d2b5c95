export { type LabelDatabase, type LabelMatch, type LabelTableSummary, openLabelDatabase } from './label-database.js';
export type { LabelTableFacts } from './label-table-schema.js';
