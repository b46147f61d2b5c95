import { toPathText } from '../files/byte-path.js';
import { toFault } from '../files/file-fault.js';
import { type WalkImagesOptions, walkImages } from '../files/walk-tree.js';
import { NO_STAMP } from './file-stamp.js';
import type { Volumes } from './volumes.js';
import { type ListedSidecar, toWalkedFile, type WalkedFile } from './walked-file.js';

export interface WalkOptions extends Omit<WalkImagesOptions, 'onVolume' | 'compare' | 'hasIgnoreFiles'> {
  /** Takes note of the folder, and of each that is on another device than the one around it. */
  readonly volumes?: Volumes | undefined;
  /** Takes the sidecars of a bucket, which only a listing tells of. Those of a folder are looked for where they are needed. */
  readonly onSidecar?: ((sidecar: ListedSidecar) => void) | undefined;
}

/** All images in a folder with what their files are now; a folder that cannot be read is an item with its fault. */
export async function* walkFolder(root: string, { volumes, ...options }: WalkOptions = {}): AsyncGenerator<WalkedFile> {
  for await (const { path, cause } of walkImages(root, { ...options, onVolume: volumes?.note })) {
    if (cause === undefined) yield await toWalkedFile(path);
    else {
      const name = toPathText(path);
      yield { path: name, bytesPath: path, ...NO_STAMP, isFolder: true, fault: toFault(`The folder ${name}`, cause) };
    }
  }
}
