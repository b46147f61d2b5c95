import type { ImageSource } from '../core/ports.js';
import type { LabelwiseError } from '../errors.js';

/** One picture of a data set, with its labels. */
export interface Example {
  /** Stable between runs: the path inside a folder, or the position in a split. */
  readonly id: string;
  readonly image: ImageSource;
  /** Positions in the data set's `labelNames`: one, or several if the data has several per image. */
  readonly labels: readonly number[];
}

/** A row that cannot be used, with the reason. The rest goes on. */
export interface BadExample {
  readonly id: string;
  readonly error: LabelwiseError;
}

/** Labelled pictures as a stream of known size. They are never all in memory. */
export interface Dataset {
  readonly name: string;
  readonly split: string | undefined;
  /** The commit on the hub, if the data set comes from there. */
  readonly revision: string | undefined;
  /** Changes whenever an answer could change: it covers the files and what is read from them. */
  readonly fingerprint: string;
  readonly labelNames: readonly string[];
  readonly isMultiLabel: boolean;
  /** The number of examples, including bad ones. */
  readonly size: number;
  /** The examples in order, starting at position `from` (0 by default). Earlier ones are not read. */
  examples(options?: { readonly from?: number; readonly signal?: AbortSignal | undefined }): AsyncGenerator<Example | BadExample>;
}
