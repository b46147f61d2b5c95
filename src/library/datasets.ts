export type { BadExample, Dataset, Example } from '../datasets/dataset.js';
export type { OpenDatasetOptions } from '../datasets/open-options.js';
export type { DatasetFacts, OpenedDataset } from '../datasets/opened-dataset.js';
export { randomIndex } from '../datasets/random-index.js';
export { openDataset } from './from-environment.js';
