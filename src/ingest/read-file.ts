import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasSystemCode, LabelwiseError, messageOf } from '../errors.js';
import { type FileStamp, RACY_CTIME_MS, toStamp } from './file-stamp.js';
import type { WalkedFile } from './walk-folder.js';

/** A file that was read: its bytes, or why they could not be. `isGone`: it went since it was seen. */
export interface ReadFile {
  readonly file: WalkedFile;
  readonly stamp: FileStamp;
  /** Milliseconds since 1970: when the stamp was taken, or a little before. */
  readonly checkedAt: number;
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
    checkedAt: Date.now(),
    bytes: new Uint8Array(0),
    contentHash: undefined,
    error,
    isGone,
  });
  if (file.error) return failed(file.error, file.inode === 0);
  try {
    const handle = await open(file.bytesPath);
    try {
      const { stamp, checkedAt } = await settledStamp(handle);
      if (stamp.size > maxImageBytes) return { ...failed(tooLarge(stamp.size, maxImageBytes)), stamp, checkedAt };
      const bytes = await handle.readFile();
      const contentHash = createHash('sha256').update(bytes).digest('hex');
      return { file, stamp, checkedAt, bytes, contentHash, error: undefined, isGone: false };
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const isGone = hasSystemCode(cause, 'ENOENT', 'ENOTDIR');
    const hint = isGone ? 'It went while the folder was read.' : 'Check its permissions.';
    return failed(new LabelwiseError('INPUT_UNREADABLE', `${file.path} cannot be read: ${messageOf(cause)}.`, { hint, cause }), isGone);
  }
}

/** The stamp of a file; where it changed within this tick of the clock, after the tick: a second change within it would look the same. */
async function settledStamp(handle: FileHandle): Promise<Pick<ReadFile, 'stamp' | 'checkedAt'>> {
  const take = async () => ({ checkedAt: Date.now(), stamp: toStamp(await handle.stat({ bigint: true })) });
  const first = await take();
  const age = first.checkedAt - first.stamp.ctime;
  if (age < -RACY_CTIME_MS || age > RACY_CTIME_MS) return first; // far ahead: another machine's clock
  await sleep(2 * RACY_CTIME_MS - age);
  return take();
}

const tooLarge = (size: number, limit: number): LabelwiseError =>
  new LabelwiseError('IMAGE_TOO_LARGE', `Expected at most ${mebibytes(limit)} MiB, got ${mebibytes(size)} MiB.`, {
    hint: 'Raise the limit with --max-image-bytes (maxImageBytes) if you trust the file.',
  });

const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
