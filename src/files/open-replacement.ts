import type { Stats } from 'node:fs';
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { temporaryName } from './temporary-file.js';

/** A file that is being written beside the one whose place it takes. */
export interface Replacement {
  readonly file: FileHandle;
  /** Puts it in the place of the other, in one step. */
  commit(): Promise<void>;
  /** Takes it away; the other stays as it was. Does nothing after `commit`. */
  discard(): Promise<void>;
}

export interface ReplacementOptions {
  /** Fail with EPERM where the new file cannot have the owner and group of the old one. */
  readonly isOwnerKept?: boolean;
}

/**
 * Begins a file that takes the place of another in one step: whoever reads sees the old one or the new one, and after a power cut there is
 * one of the two. It gets the permissions of the old one, and the owner where the system allows it; a link is followed.
 *
 * @param path bytes where the name is not UTF-8
 */
export async function openReplacement(path: string | Buffer, { isOwnerKept = false }: ReplacementOptions = {}): Promise<Replacement> {
  const target = await realpath(path, 'buffer').catch(() => Buffer.from(path));
  const old = await stat(target).catch(() => undefined);
  const folder = dirname(target.toString('latin1')); // a letter a byte, whatever the name is written in
  const temporary = Buffer.from(`${folder}/${temporaryName()}`, 'latin1');
  const file = await open(temporary, 'wx');
  let isOpen = true;
  let isDone = false;
  const close = async (): Promise<void> => {
    if (isOpen) await file.close();
    isOpen = false;
  };
  const discard = async (): Promise<void> => {
    if (isDone) return;
    isDone = true;
    await close().catch(() => {}); // it is thrown away
    await rm(temporary, { force: true });
  };
  const commit = async (): Promise<void> => {
    await file.sync();
    await close();
    await rename(temporary, target);
    isDone = true;
  };
  try {
    if (old) await takeAfter(file, old, isOwnerKept);
  } catch (error) {
    await discard();
    throw error;
  }
  return { file, commit, discard };
}

async function takeAfter(file: FileHandle, old: Stats, isOwnerKept: boolean): Promise<void> {
  const made = await file.stat(); // a file system without owners shows the same one for all
  const isOthers = made.uid !== old.uid || made.gid !== old.gid;
  const owned = isOthers ? file.chown(old.uid, old.gid) : Promise.resolve();
  await (isOwnerKept ? owned : owned.catch(() => {}));
  await file.chmod(old.mode & 0o7777).catch(() => {}); // some file systems have no permissions
}
