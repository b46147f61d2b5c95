import { stat } from 'node:fs/promises';
import { toPathText } from '../files/byte-path.js';
import { createLeftOutCount, type LeftOut, type LeftOutFile } from '../files/left-out.js';
import { walkImages } from '../files/walk-tree.js';

export interface LeftOutReport {
  readonly files: readonly LeftOutFile[];
  readonly counts: readonly LeftOut[];
  /** Folders that are not there now. */
  readonly missing: readonly string[];
}

/** Walks the folders of an index and gives what the next run would leave out. */
export async function findLeftOut(
  { roots, exclude }: { readonly roots: readonly string[]; readonly exclude: readonly string[] },
  signal?: AbortSignal,
): Promise<LeftOutReport> {
  const files = new Map<string, LeftOutFile>();
  const images = new Set<string>();
  const missing: string[] = [];
  for (const root of roots) {
    const isFolder = await stat(root).then(
      (stats) => stats.isDirectory(),
      () => false,
    );
    if (!isFolder) missing.push(root);
    else
      for await (const { path } of walkImages(root, { exclude, signal, onLeftOut: (file) => files.set(file.path, file) }))
        images.add(toPathText(path));
  }
  const count = createLeftOutCount();
  const left = [...files.values()].filter(({ path }) => !images.has(path)); // one folder may take what another leaves out
  for (const file of left) count.add(file);
  return { files: left, counts: count.list(), missing };
}
