import { randomBytes } from 'node:crypto';
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A file that is being written beside the one whose place it takes. */
export interface Replacement {
  readonly file: FileHandle;
  /** Puts it in the place of the other, in one step. */
  commit(): Promise<void>;
  /** Takes it away; the other stays as it was. Does nothing after `commit`. */
  discard(): Promise<void>;
}

/**
 * Begins a file that takes the place of another in one step: whoever reads sees the old one or the new one, and after a power cut there is
 * one of the two. The permissions of the old one are kept; a link is followed.
 *
 * @param path bytes where the name is no UTF-8
 */
export async function openReplacement(path: string | Buffer): Promise<Replacement> {
  const target = await realpath(path, 'buffer').catch(() => Buffer.from(path));
  const mode = await stat(target).then(
    (stats) => stats.mode & 0o777,
    () => undefined,
  );
  const folder = dirname(target.toString('latin1')); // a letter a byte, whatever the name is written in
  const temporary = Buffer.from(`${folder}/.labelwise-${randomBytes(6).toString('hex')}.tmp`, 'latin1');
  const file = await open(temporary, 'wx');
  if (mode !== undefined) await file.chmod(mode).catch(() => {}); // some file systems know no permissions
  let isOpen = true;
  let isDone = false;
  const close = async (): Promise<void> => {
    if (isOpen) await file.close();
    isOpen = false;
  };
  return {
    file,
    async commit() {
      await file.sync();
      await close();
      await rename(temporary, target);
      isDone = true;
    },
    async discard() {
      if (isDone) return;
      isDone = true;
      await close().catch(() => {}); // it is thrown away
      await rm(temporary, { force: true });
    },
  };
}
