import type { Matrix } from './matrix-product.js';
import type { EncoderIdentity } from './ports.js';

/** An image of a collection as tags, duplicates and exports see it. */
export interface StoredImage {
  /** The hash of its bytes: the same picture under two names is one image. */
  readonly imageId: string;
  /** Absolute. */
  readonly path: string;
  readonly sizeBytes: number;
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
  count(): Promise<number>;
  /** All images that have an embedding. */
  blocks(options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<ImageBlock>;
  /** All images that have an embedding, without it. */
  images(options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<readonly StoredImage[]>;
  close(): void;
}
