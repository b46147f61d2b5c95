import { stat } from 'node:fs/promises';
import { toPathBytes } from '../../files/byte-path.js';
import type { FoundImageRow } from '../../store/search-images.js';

/** An image that was found. */
export interface SearchResult {
  readonly rank: number;
  readonly path: string;
  /** null if the search has only tags and filters. */
  readonly similarity: number | null;
  /** The probability of the tag in the search, or of the least certain of several; null if a person added it, or without a tag. */
  readonly tagProbability: number | null;
  readonly contentHash: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly format: string | null;
  readonly takenAt: string | null;
  readonly camera: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
  /** Other names of the same picture. */
  readonly alsoAt: readonly string[];
}

export function toResult(row: FoundImageRow, rank: number, tagProbability: number | null = null): SearchResult {
  const { path, similarity = null, content_hash: contentHash, width, height, format, taken_at: takenAt, camera, latitude, longitude } = row;
  const facts = { contentHash, width, height, format, takenAt, camera, latitude, longitude };
  return { rank, path, similarity, tagProbability, ...facts, alsoAt: row.paths.slice(1) };
}

/** Names an image by a path that exists: of a renamed folder, the old path may still be in the index. */
export async function namePresent<T extends { readonly path: string; readonly paths: readonly string[] }>(image: T): Promise<T> {
  if (image.paths.length === 1) return image;
  const exists = (path: string): Promise<boolean> =>
    stat(toPathBytes(path)).then(
      (stats) => stats.isFile(),
      () => false,
    );
  const present = (await Promise.all(image.paths.map(async (path) => ((await exists(path)) ? [path] : [])))).flat();
  return present[0] === undefined ? image : { ...image, path: present[0], paths: present };
}
