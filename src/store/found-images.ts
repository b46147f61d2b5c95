import type { Embedding } from '../core/embedding.js';
import type { FileRow } from './image-index.js';
import type { Row } from './nearest-rows.js';

/** An image that was found; `paths` are all its names, the first in order first. */
export interface FoundImageRow extends FileRow {
  readonly content_hash: string;
  /** The cosine with the query; undefined where nothing was searched for. */
  readonly similarity: number | undefined;
  readonly paths: readonly string[];
}

export interface ImageSearch {
  /** What to look for: unit length, [dimension]. Without it, images come by `rankOf`, and in the order of their paths. */
  readonly query?: Embedding | undefined;
  /** SQL over the columns of the table. */
  readonly where?: string | undefined;
  /** Only these images. */
  readonly contentHashes?: ReadonlySet<string> | undefined;
  readonly isWanted?: ((contentHash: string) => boolean) | undefined;
  /** What images are ranked by where there is no query, the highest first; then by path. */
  readonly rankOf?: ((contentHash: string) => number) | undefined;
  readonly minSimilarity?: number | undefined;
  readonly limit: number;
  readonly offset?: number | undefined;
  /** Compare with every row, index or not. */
  readonly isExact?: boolean | undefined;
}

/** Rows as images, nearest or highest first, then by path; a picture under several names is one. */
export function toImages(rows: readonly Row[], rankOf: ImageSearch['rankOf'] = () => 0): FoundImageRow[] {
  const byHash = new Map<string, Row[]>();
  for (const row of rows) {
    const list = byHash.get(row.content_hash ?? '');
    if (list) list.push(row);
    else byHash.set(row.content_hash ?? '', [row]);
  }
  const byPath = (a: Row, b: Row): number => (a.path < b.path ? -1 : 1);
  return [...byHash]
    .map(([content_hash, copies]) => ({ content_hash, copies: copies.sort(byPath) }))
    .map((image) => ({ ...image, place: image.copies[0]?._distance ?? -rankOf(image.content_hash) }))
    .sort((a, b) => a.place - b.place || byPath(a.copies[0] as Row, b.copies[0] as Row))
    .map(({ content_hash, copies }) => {
      const { _distance, _rowid, _product, ...row } = copies[0] as Row;
      return {
        ...row,
        content_hash,
        similarity: _distance === undefined ? undefined : Math.min(1, Math.max(-1, 1 - _distance)),
        paths: [...new Set(copies.map((copy) => copy.path))],
      };
    });
}
