import type { Matrix } from './matrix-product.js';
import type { EncoderIdentity } from './ports.js';

/** A file of a collection as tags, duplicates and exports see it: the same picture under two names is two of them, of one `contentHash`. */
export interface StoredImage {
  /** The hash of its bytes: what tags belong to. */
  readonly contentHash: string;
  /** Absolute. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Milliseconds since 1970. */
  readonly modifiedAtMs: number;
  readonly width: number;
  readonly height: number;
  readonly format: string;
  readonly takenAt: string | undefined;
  readonly camera: string | undefined;
  readonly latitude: number | undefined;
  readonly longitude: number | undefined;
}

/** Some images with their embeddings, row by row. */
export interface ImageBlock {
  readonly images: readonly StoredImage[];
  readonly embeddings: Matrix; // [images, dimension]
}

/** A collection that was indexed: read in blocks, in one order, one state of it however it is written to meanwhile. */
export interface Collection {
  readonly encoder: EncoderIdentity;
  /** How many files `blocks` and `images` give. */
  count(): Promise<number>;
  /** All files that have an embedding, every name of a picture: sidecars and corrections go by the path. */
  blocks(options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<ImageBlock>;
  /** The same files, without embeddings. */
  images(options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<readonly StoredImage[]>;
  close(): void;
}
