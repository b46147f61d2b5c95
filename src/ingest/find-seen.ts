import { LabelwiseError } from '../errors.js';
import { isWithin, toPathBytes, toPathText } from '../files/byte-path.js';
import { FOLDERS, type Sources } from './source.js';

export interface SeenOptions {
  /** Paths that are surely there: a folder that holds one of them has not lost its volume. */
  readonly present?: ReadonlySet<string> | undefined;
  /** Believe a folder that holds none of them any more. */
  readonly allowEmpty?: boolean | undefined;
  /** Walk the folders whole. Else only what leads to the paths is listed, and a folder that a link leads to counts under each of its names. */
  readonly isExact?: boolean | undefined;
  /** More names to leave out, written as in .gitignore. */
  readonly exclude?: readonly string[] | undefined;
  readonly sources?: Sources | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The paths that at least one of these folders of the index sees: a row leaves only when none does. A folder that is not there, cannot be
 * read or has lost all its images says nothing of what lies in it, and counts as seeing that.
 */
export async function findSeen(roots: readonly string[], paths: readonly string[], options: SeenOptions = {}): Promise<Set<string>> {
  const seen = new Set<string>();
  for (const root of roots) {
    const inside = paths.filter((path) => isWithin(path, root) && !seen.has(path));
    if (inside.length === 0) continue;
    for (const path of (await seenIn(root, inside, options)) ?? inside) seen.add(path);
  }
  return seen;
}

/** Undefined where the folder cannot tell. */
async function seenIn(root: string, paths: readonly string[], options: SeenOptions): Promise<string[] | undefined> {
  const { isExact, present, allowEmpty, exclude, signal, sources = FOLDERS } = options;
  const source = sources(root);
  if ((await source.find(root)) instanceof LabelwiseError) return undefined;
  const found = new Set<string>();
  const closed: string[] = [];
  for await (const file of source.walk(root, { signal, exclude, only: isExact ? undefined : withFolders(paths) })) {
    if (file.isFolder) closed.push(file.path);
    else found.add(file.path);
  }
  const isEmpty = found.size + closed.length === 0 && ![...(present ?? [])].some((path) => isWithin(path, root));
  if (isEmpty && !allowEmpty) return undefined;
  return paths.filter((path) => found.has(path) || closed.some((folder) => isWithin(path, folder)));
}

/** Paths with all the folders that lead to them. */
function withFolders(paths: readonly string[]): Set<string> {
  const all = new Set(paths);
  for (const path of paths) {
    let folder = parentOf(toPathBytes(path));
    while (folder.length > 0 && !all.has(toPathText(folder))) {
      all.add(toPathText(folder));
      folder = parentOf(folder);
    }
  }
  return all;
}

const parentOf = (path: Buffer): Buffer => path.subarray(0, Math.max(0, path.lastIndexOf('/')));
