import type { Matrix } from './matrix-product.js';
import type { EncoderIdentity } from './ports.js';

/** Where a date comes from, the best first: the photo's metadata, its file's name, or, without either, when its file was last changed. */
export type TakenAtSource = 'exif' | 'xmp' | 'iptc' | 'name' | 'mtime';

/** What an image and its sidecar say of the photo. What they do not say is undefined. */
export interface PhotoFacts {
  /**
   * ISO 8601, in the camera's local time: "2024-06-01T14:30:00+02:00", without an offset if the camera wrote none, and "2024-06-01" if it
   * wrote no time.
   */
  readonly takenAt: string | undefined;
  /** Look at it before you trust the date: that of a file says nothing of the photo. */
  readonly takenAtSource: TakenAtSource | undefined;
  /** Maker and model, the maker once: "NIKON D90", "Apple iPhone 12". */
  readonly camera: string | undefined;
  /** Degrees north, -90 to 90. */
  readonly latitude: number | undefined;
  /** Degrees east, -180 to 180. */
  readonly longitude: number | undefined;
  /** Keywords of other programs: in sidecars, XMP and IPTC. Levels of hierarchies have "/" between them. */
  readonly keywords: readonly string[];
  /** -1 (rejected) to 5. */
  readonly rating: number | undefined;
  readonly title: string | undefined;
  readonly caption: string | undefined;
}

/** A file of a collection. A picture under two names is two files with the same `contentHash`. */
export interface StoredImage extends PhotoFacts {
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
  /** Further files of the same picture, in its folder: the raw file of a JPEG, the video of a live photo, the other shots of a burst. */
  readonly files: readonly string[];
}

/** Some images with their embeddings, row by row. */
export interface ImageBlock {
  readonly images: readonly StoredImage[];
  readonly embeddings: Matrix; // [images, dimension]
}

/** Some embeddings with the content hashes of their images, row by row. */
export interface EmbeddingBlock {
  readonly contentHashes: readonly string[];
  readonly embeddings: Matrix; // [images, dimension]
  /** The crops of each image; where one has none, the image itself in their place. [images * CROPS, dimension] */
  readonly crops?: Matrix | undefined;
}

/** An indexed collection, read in blocks and always in the same order. Writes in the meantime do not show. */
export interface Collection {
  readonly encoder: EncoderIdentity;
  /** The number of files that `blocks` and `images` yield. */
  count(): Promise<number>;
  /** All files that have an embedding; a picture under several names once for each, because sidecars and corrections depend on the path. */
  blocks(options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<ImageBlock>;
  /**
   * The same files in the same blocks, of which only the content hashes are read: the other facts cost more than the embeddings.
   * `withCrops`: and their crops, where the collection has some.
   */
  embeddings(options?: {
    readonly signal?: AbortSignal | undefined;
    readonly withCrops?: boolean | undefined;
  }): AsyncIterable<EmbeddingBlock>;
  /** The same files by their paths and content hashes alone: the other facts cost several times as much. */
  names(options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<readonly Pick<StoredImage, 'contentHash' | 'path'>[]>;
  /** The same files, without embeddings. */
  images(options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<readonly StoredImage[]>;
  close(): void;
}
