import { stat } from 'node:fs/promises';
import { LabelwiseError } from '../errors.js';
import { isWithin } from '../files/byte-path.js';
import { readIndexFile } from '../store/current-images.js';
import type { FileRow, ImageIndex } from '../store/image-index.js';
import { isUnchanged } from './file-stamp.js';
import { findSeen } from './find-seen.js';
import { createVolumes, type Volumes } from './volumes.js';
import { walkFolder } from './walk-folder.js';
import type { WalkedFile } from './walked-file.js';

export interface FindOptions {
  /** Let all rows go where a folder holds no images any more. */
  readonly allowEmpty?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onWalk?: ((found: number) => void) | undefined;
}

/** How folders differ from the index. */
export interface Changes {
  /** The rows of the index, by path. */
  readonly rows: ReadonlyMap<string, FileRow>;
  readonly files: readonly WalkedFile[];
  /** Files that are not surely as they were when they were read. */
  readonly changed: readonly WalkedFile[];
  /** Folders that cannot be read; what lies in them is taken to be as it was. */
  readonly closed: readonly WalkedFile[];
  /** Paths with a row that no folder of the index sees any more, walked now or not. */
  readonly gone: readonly string[];
  readonly volumes: Volumes;
}

/** Walks the folders and compares them with the index. @throws LabelwiseError `INPUT_NOT_FOUND` */
export async function findChanges(roots: readonly string[], index: ImageIndex, options: FindOptions): Promise<Changes> {
  const { rows, doubled } = await readRows(index);
  const volumes = createVolumes();
  const walked = await walkAll(roots, volumes, options);
  await volumes.check();
  const files = walked.filter((file) => !file.isFolder);
  const closed = walked.filter((file) => file.isFolder && file.fault?.kind !== 'gone');
  const isWalked = (path: string): boolean =>
    roots.some((root) => isWithin(path, root)) && !closed.some((folder) => isWithin(path, folder.path));
  const lost = [...rows.keys()].filter(isWalked);
  refuseVanished(roots, { files: walked, lost, options });
  const present = new Set(files.map((file) => file.path));
  const again = [...doubled].filter((path) => present.has(path));
  await index.remove(again);
  for (const path of again) rows.delete(path);
  const missing = lost.filter((path) => !present.has(path));
  const others = (await readIndexFile(index.folder)).roots.filter((root) => !roots.includes(root));
  const seen = await findSeen(others, missing, { ...options, present });
  return {
    rows,
    files,
    closed,
    changed: files.filter((file) => !isUnchanged(file, rows.get(file.path))),
    gone: missing.filter((path) => !seen.has(path)),
    volumes,
  };
}

/** The rows by path. Should a path have two, as after two writers, both are to go and the file to be read again. */
async function readRows(index: ImageIndex): Promise<{ rows: Map<string, FileRow>; doubled: Set<string> }> {
  const rows = new Map<string, FileRow>();
  const doubled = new Set<string>();
  for (const row of await index.files()) {
    if (rows.has(row.path)) doubled.add(row.path);
    rows.set(row.path, row);
  }
  return { rows, doubled };
}

async function walkAll(roots: readonly string[], volumes: Volumes, { signal, onWalk }: FindOptions): Promise<WalkedFile[]> {
  const files = new Map<string, WalkedFile>();
  for (const root of roots) {
    const stats = await stat(root, { bigint: true }).catch((cause: unknown) => {
      throw new LabelwiseError('INPUT_NOT_FOUND', `There is no folder ${root}.`, {
        hint: 'Check its spelling, and that its volume is there. Its images stay in the index; "index --forget" lets them go.',
        cause,
      });
    });
    if (!stats.isDirectory())
      throw new LabelwiseError('INPUT_NOT_FOUND', `Expected a folder, got the file ${root}.`, { hint: 'Index the folder that it is in.' });
    volumes.note(Buffer.from(root), stats);
    for await (const file of walkFolder(root, { signal, volumes })) {
      if (file.fault && file.fault.kind !== 'lasting') await volumes.check();
      files.set(file.path, file);
      onWalk?.(files.size);
    }
  }
  return [...files.values()];
}

/** A folder that held images and is empty now is more likely a volume that is not mounted. */
function refuseVanished(
  roots: readonly string[],
  { files, lost, options }: { files: readonly WalkedFile[]; lost: readonly string[]; options: FindOptions },
): void {
  if (options.allowEmpty) return;
  for (const root of roots) {
    const had = lost.filter((path) => isWithin(path, root)).length;
    if (had === 0 || files.some((file) => isWithin(file.path, root))) continue;
    throw new LabelwiseError('INPUT_NOT_FOUND', `${root} holds no images now; ${had} that it held are in the index, and stay there.`, {
      hint: 'Is its volume there? If the images are gone for good, say so with --allow-empty.',
    });
  }
}
