import { stat } from 'node:fs/promises';
import { LabelwiseError } from '../errors.js';
import { toPathBytes } from '../files/byte-path.js';
import { faultKind, toFault } from '../files/file-fault.js';
import type { FolderId } from '../files/walk-tree.js';
import { type ReadFile, readFile } from './read-file.js';
import { type WalkOptions, walkFolder } from './walk-folder.js';
import { type ListedSidecar, toWalkedFile, type WalkedFile } from './walked-file.js';

/** Where pictures come from. Folders are one source, a bucket of an object store the other. */
export interface Source {
  /** Whether a root is there, and what tells a folder from another that takes its place. */
  find(root: string): Promise<{ readonly id?: FolderId } | LabelwiseError>;
  /** All images below a root, by name, size, time and identity. What it throws says nothing of what lies in it. */
  walk(root: string, options: WalkOptions): AsyncGenerator<WalkedFile>;
  /** One image by its name. */
  look(path: string): Promise<WalkedFile>;
  /** Its bytes and their hash, or why there are none. */
  read(file: WalkedFile, maxImageBytes: number): Promise<ReadFile>;
  /** A sidecar of a bucket; undefined where there is none. Those of folders are read as files. */
  readSidecar?(path: string, maxBytes: number): Promise<SidecarText | undefined>;
}

export interface SidecarText extends Pick<ListedSidecar, 'changedAt'> {
  readonly text: string;
}

/** The source of a root or path. */
export type Sources = (place: string) => Source;

const folders: Source = {
  async find(root) {
    try {
      const stats = await stat(root, { bigint: true });
      return stats.isDirectory() ? { id: stats } : notFound(`Expected a folder, got the file ${root}.`, 'Index the folder that it is in.');
    } catch (cause) {
      if (faultKind(cause) !== 'gone') return toFault(`The folder ${root}`, cause).error;
      const hint =
        'Check the spelling, and that its volume is mounted. Its images stay in the index until "labelwise index --forget FOLDER" removes them.';
      return notFound(`There is no folder ${root}.`, hint);
    }
  },
  walk: walkFolder,
  look: (path) => toWalkedFile(toPathBytes(path)),
  read: readFile,
};

/** Folders alone: for whoever has no settings of a store. An object is then one that cannot be reached. */
export const FOLDERS: Sources = () => folders;

const notFound = (message: string, hint: string): LabelwiseError => new LabelwiseError('INPUT_NOT_FOUND', message, { hint });
