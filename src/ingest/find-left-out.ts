import { LabelwiseError } from '../errors.js';
import { isWithin } from '../files/byte-path.js';
import { createLeftOutCount, type LeftOut, type LeftOutFile } from '../files/left-out.js';
import { FOLDERS, type Sources } from './source.js';

export interface LeftOutReport {
  readonly files: readonly LeftOutFile[];
  readonly counts: readonly LeftOut[];
  /** Folders that are not there now. */
  readonly missing: readonly string[];
  /** Folders and what was mounted in them, without an image now. */
  readonly empty: readonly string[];
}

/** Walks the folders of an index and gives what the next run would leave out. */
export async function findLeftOut(
  { roots, volumes, exclude }: Readonly<Record<'roots' | 'volumes' | 'exclude', readonly string[]>>,
  { sources = FOLDERS, signal }: { readonly sources?: Sources | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<LeftOutReport> {
  const files = new Map<string, LeftOutFile>();
  const images = new Set<string>();
  const missing: string[] = [];
  for (const root of roots) {
    const source = sources(root);
    if ((await source.find(root)) instanceof LabelwiseError) missing.push(root);
    else
      for await (const { path } of source.walk(root, { exclude, signal, onLeftOut: (file) => files.set(file.path, file) }))
        images.add(path);
  }
  const count = createLeftOutCount();
  const left = [...files.values()].filter(({ path }) => !images.has(path)); // one folder may take what another leaves out
  for (const file of left) count.add(file);
  const empty = [...roots, ...volumes].filter((folder) => !missing.includes(folder) && ![...images].some((path) => isWithin(path, folder)));
  return { files: left, counts: count.list(), missing, empty };
}
