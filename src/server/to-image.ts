import { basename } from 'node:path';
import { folderOf, type NamedFolder } from '../tasks/images/library-folders.js';
import type { SearchResult } from '../tasks/search/search-result.js';

/** An image as answers show it: its folder has a name there, and no path. */
export function toImage({ contentHash, path, ...result }: SearchResult, folders: readonly NamedFolder[]) {
  const { rank, similarity, tagProbability, width, height, format, takenAt, takenAtSource, camera } = result;
  const facts = { rank, similarity, tagProbability, width, height, format, takenAt, takenAtSource, camera };
  return { id: contentHash, name: basename(path), folder: folderOf(folders, path), ...facts };
}

/** A text for clients: folders of the library have their names in it, in place of their paths. */
export function hidePaths(text: string, folders: readonly NamedFolder[]): string {
  const longestFirst = [...folders].sort((a, b) => b.path.length - a.path.length);
  return longestFirst.reduce((hidden, { path, name }) => hidden.replaceAll(path, name), text).replaceAll('`in`', '`folder`');
}
