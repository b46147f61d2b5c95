import type { Dataset } from './dataset.js';

/** How a data set is laid out, for people: what was found, and what there was to choose from. */
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

/** A data set with what is known of its layout. */
export interface OpenedDataset extends Dataset {
  readonly facts: DatasetFacts;
}
