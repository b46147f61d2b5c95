import type { ImageSource } from '../core/ports.js';
import type { LabelwiseError } from '../errors.js';

/** One picture of a data set with what it shows. */
export interface Example {
  /** Stable between runs: the path inside a folder, or the place in a split. */
  readonly id: string;
  readonly image: ImageSource;
  /** Places in the data set's `labelNames`: one, or several where the data has several. */
  readonly labels: readonly number[];
}

/** A row that cannot be used, and why: counted, and the rest goes on. */
export interface BadExample {
  readonly id: string;
  readonly error: LabelwiseError;
}

/** Labelled pictures as a stream of known size; never all in memory. */
export interface Dataset {
  readonly name: string;
  readonly split: string | undefined;
  /** The commit on the hub, where it comes from there. */
  readonly revision: string | undefined;
  /** Changes whenever an answer could: the files and what is read of them. */
  readonly fingerprint: string;
  readonly labelNames: readonly string[];
  readonly isMultiLabel: boolean;
  /** How many examples there are, bad ones included. */
  readonly size: number;
  /** The examples in their order, from the `from`th (0 by default): what is before it is not read. */
  examples(options?: { readonly from?: number; readonly signal?: AbortSignal | undefined }): AsyncGenerator<Example | BadExample>;
}
