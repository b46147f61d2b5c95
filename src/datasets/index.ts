export type { BadExample, Dataset, Example } from './dataset.js';
export { openDataset } from './open-dataset.js';
export type { OpenDatasetOptions } from './open-options.js';
export type { DatasetFacts, OpenedDataset } from './opened-dataset.js';
export { randomIndex } from './random-index.js';
