import { isWithin } from '../files/byte-path.js';
import type { HeldLock } from '../files/with-lock.js';
import { readIndexFile } from '../store/current-images.js';
import { forgetRoots, type ImageIndex } from '../store/image-index.js';
import { findSeen } from './find-seen.js';
import type { Sources } from './source.js';

export interface ForgetReport {
  readonly removed: number;
  /** Rows that stay, as folders that stay in the index see them too. */
  readonly kept: number;
  /** Folders that are not in the index, and of which it has no rows. */
  readonly unknown: readonly string[];
}

/**
 * Takes folders out of the index, whether they are still there or not, with all rows in them that no folder which stays sees.
 * Use it under `withIndexLock`.
 *
 * @throws LabelwiseError `STORE_FAILED`, `DISK_FULL`, `ABORTED`
 */
export async function forgetFolders(
  folders: readonly string[],
  index: ImageIndex,
  { lock, sources }: { readonly lock: HeldLock; readonly sources?: Sources | undefined },
): Promise<ForgetReport> {
  const { roots, exclude } = await readIndexFile(index.database);
  const left = roots.filter((root) => !folders.includes(root));
  const inside = (await index.files()).map(({ path }) => path).filter((path) => folders.some((folder) => isWithin(path, folder)));
  const unknown = folders.filter(
    (folder) => !roots.some((root) => isWithin(folder, root)) && !inside.some((path) => isWithin(path, folder)),
  );
  const seen = await findSeen(left, inside, { isExact: true, exclude, sources, signal: lock.signal });
  await index.remove(inside.filter((path) => !seen.has(path)));
  await forgetRoots(index.database, folders, lock);
  return { removed: inside.length - seen.size, kept: seen.size, unknown };
}
