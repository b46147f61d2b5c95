import { stat } from 'node:fs/promises';
import type { TakenAtSource } from '../../core/collection.js';
import { toPathBytes } from '../../files/byte-path.js';
import { linesOf } from '../../store/lines-of.js';
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
  /** Where the date comes from. That of a file (`mtime`) says nothing of the photo. */
  readonly takenAtSource: TakenAtSource | null;
  readonly camera: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
  /** Keywords that other programs gave. */
  readonly keywords: readonly string[];
  readonly rating: number | null;
  readonly title: string | null;
  readonly caption: string | null;
  /** Further files of the picture, such as the raw file of a JPEG: names in its folder. */
  readonly files: readonly string[];
  /** Other names of the same picture. */
  readonly alsoAt: readonly string[];
}

export function toResult(row: FoundImageRow, rank: number, tagProbability: number | null = null): SearchResult {
  const { path, similarity = null, content_hash: contentHash, width, height, format, taken_at: takenAt, camera, latitude, longitude } = row;
  const takenAtSource = (row.taken_at_source ?? null) as TakenAtSource | null;
  const facts = { contentHash, width, height, format, takenAt, takenAtSource, camera, latitude, longitude };
  const { keywords, rating = null, title = null, caption = null, files } = row;
  const said = { keywords: linesOf(keywords), rating, title, caption, files: linesOf(files) };
  return { rank, path, similarity, tagProbability, ...facts, ...said, alsoAt: row.paths.slice(1) };
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
