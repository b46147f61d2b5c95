import type { Matrix } from './matrix-product.js';
import type { EncoderIdentity } from './ports.js';

/** A file of a collection. A picture under two names is two files with the same `contentHash`. */
export interface StoredImage {
  /** The hash of its bytes, which tags refer to. */
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

/** An indexed collection, read in blocks and always in the same order. Writes in the meantime do not show. */
export interface Collection {
  readonly encoder: EncoderIdentity;
  /** The number of files that `blocks` and `images` yield. */
  count(): Promise<number>;
  /** All files that have an embedding; a picture under several names once for each, because sidecars and corrections depend on the path. */
  blocks(options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<ImageBlock>;
  /** The same files, without embeddings. */
  images(options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<readonly StoredImage[]>;
  close(): void;
}
