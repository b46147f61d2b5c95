import type { Dataset } from './dataset.js';

/** The layout of a data set, for people: what was found, and the choices. */
export interface DatasetFacts {
  readonly kind: 'Parquet' | 'image folder' | 'manifest' | 'CIFAR binary';
  readonly configs: readonly string[];
  readonly config: string | undefined;
  readonly splits: readonly string[];
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly imageColumn: string | undefined;
  readonly labelColumn: string | undefined;
  readonly files: number;
  readonly bytes: number;
}

/** A data set with the facts about its layout. */
export interface OpenedDataset extends Dataset {
  readonly facts: DatasetFacts;
}
