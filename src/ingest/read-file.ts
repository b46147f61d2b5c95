import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { hasSystemCode, LabelwiseError, messageOf } from '../errors.js';
import { type FileStamp, toStamp, type WalkedFile } from './walk-folder.js';

/** A file that was read: its bytes, or why they could not be. `isGone`: it went since it was seen. */
export interface ReadFile {
  readonly file: WalkedFile;
  readonly stamp: FileStamp;
  readonly bytes: Uint8Array;
  readonly contentHash: string | undefined;
  readonly error: LabelwiseError | undefined;
  readonly isGone: boolean;
}

/** Reads a file and its hash. The stamp is taken before, so that a change meanwhile is seen the next time. */
export async function readFile(file: WalkedFile, maxImageBytes: number): Promise<ReadFile> {
  const failed = (error: LabelwiseError, isGone = false): ReadFile => ({
    file,
    stamp: file,
    bytes: new Uint8Array(0),
    contentHash: undefined,
    error,
    isGone,
  });
  if (file.error) return failed(file.error, file.inode === 0);
  try {
    const handle = await open(file.bytesPath);
    try {
      const stamp = toStamp(await handle.stat({ bigint: true }));
      if (stamp.size > maxImageBytes) return { ...failed(tooLarge(stamp.size, maxImageBytes)), stamp };
      const bytes = await handle.readFile();
      return { file, stamp, bytes, contentHash: createHash('sha256').update(bytes).digest('hex'), error: undefined, isGone: false };
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const isGone = hasSystemCode(cause, 'ENOENT', 'ENOTDIR');
    const hint = isGone ? 'It went while the folder was read.' : 'Check its permissions.';
    return failed(new LabelwiseError('INPUT_UNREADABLE', `${file.path} cannot be read: ${messageOf(cause)}.`, { hint, cause }), isGone);
  }
}

const tooLarge = (size: number, limit: number): LabelwiseError =>
  new LabelwiseError('IMAGE_TOO_LARGE', `Expected at most ${mebibytes(limit)} MiB, got ${mebibytes(size)} MiB.`, {
    hint: 'Raise the limit with --max-image-bytes (maxImageBytes) if you trust the file.',
  });

const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
