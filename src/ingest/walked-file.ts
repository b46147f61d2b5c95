import { lstat, stat } from 'node:fs/promises';
import { LabelwiseError, messageOf } from '../errors.js';
import { toPathText } from '../files/byte-path.js';
import { type FileFault, toFault } from '../files/file-fault.js';
import { strangeKind } from '../files/strange-kind.js';
import { type FileStamp, NO_STAMP, toStamp } from './file-stamp.js';

/** A sidecar as a listing has it. */
export interface ListedSidecar {
  readonly path: string;
  /** Tells whether it was written again. */
  readonly changedAt: string;
}

/** A file that by its name is an image, or a folder that cannot be read (`isFolder`). */
export interface WalkedFile extends FileStamp {
  /** As it is stored: absolute. */
  readonly path: string;
  readonly bytesPath: Buffer;
  readonly isFolder?: true;
  /** Further files of the picture: names in its folder. */
  readonly companions?: readonly string[];
  /** Of an object that was listed: its sidecar, or null for none. */
  readonly sidecar?: ListedSidecar | null;
  /** Why it cannot be read: a link that leads nowhere, a pipe, a folder of somebody else's, a disk that fails. */
  readonly fault?: FileFault;
}

/** Looks at a file; what is wrong with it stands in its place. */
export async function toWalkedFile(bytesPath: Buffer): Promise<WalkedFile> {
  const path = toPathText(bytesPath);
  try {
    const stats = await stat(bytesPath, { bigint: true });
    const file = { path, bytesPath, ...toStamp(stats) };
    if (stats.isFile()) return file;
    const error = new LabelwiseError('INPUT_UNREADABLE', `Expected a file, got ${strangeKind(stats)}: ${path}.`);
    return { ...file, fault: { kind: stats.isDirectory() ? 'gone' : 'lasting', error } };
  } catch (cause) {
    const link = await lstat(bytesPath, { bigint: true }).catch(() => undefined);
    return { path, bytesPath, ...(link ? toStamp(link) : NO_STAMP), fault: faultOf(path, cause, link?.isSymbolicLink()) };
  }
}

/** `isLink` is undefined where there is nothing of that name. */
function faultOf(path: string, cause: unknown, isLink: boolean | undefined): FileFault {
  const fault = toFault(path, cause);
  if (fault.kind !== 'gone') return fault;
  if (isLink)
    return {
      kind: 'lasting',
      error: new LabelwiseError('INPUT_NOT_FOUND', `The link ${path} leads nowhere: ${messageOf(cause)}.`, { cause }),
    };
  if (isLink === false) return { ...fault, kind: 'passing' }; // it came back within this moment
  return { kind: 'gone', error: new LabelwiseError('INPUT_NOT_FOUND', `The file ${path} no longer exists.`, { cause }) };
}
