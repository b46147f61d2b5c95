import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { LabelwiseError } from '../errors.js';
import { collectBytes, readPieces } from '../files/collect-bytes.js';
import { type FileFault, toFault } from '../files/file-fault.js';
import { tooManyBytes } from '../images/read-image.js';
import { type FileStamp, RACY_CTIME_MS, toStamp } from './file-stamp.js';
import type { WalkedFile } from './walked-file.js';

/** A file that was read: its bytes and their hash, or why there are none. */
export type ReadFile = ReadStub & ({ readonly bytes: Uint8Array; readonly contentHash: string } | { readonly fault: FileFault });

/** A file as it was when it was read. */
export interface ReadStub {
  readonly file: WalkedFile;
  readonly stamp: FileStamp;
  /** Milliseconds since 1970: when the stamp was taken, or a little before. */
  readonly checkedAt: number;
}

/** Reads a file and its hash. The stamp is taken before, so that a change meanwhile is seen the next time. */
export async function readFile(file: WalkedFile, maxImageBytes: number): Promise<ReadFile> {
  const seen = { file, stamp: file, checkedAt: Date.now() };
  if (file.fault) return { ...seen, fault: file.fault };
  try {
    const handle = await open(file.bytesPath);
    try {
      const stub = { file, ...(await settledStamp(handle)) };
      const tooLarge = tooManyBytes('this file', { maxImageBytes });
      if (stub.stamp.size > maxImageBytes) return { ...stub, fault: { kind: 'lasting', error: tooLarge(stub.stamp.size) } };
      const bytes = await collectBytes(readPieces(handle, stub.stamp.size), { maxBytes: maxImageBytes, tooLarge });
      return { ...stub, bytes, contentHash: createHash('sha256').update(bytes).digest('hex') };
    } finally {
      await handle.close();
    }
  } catch (cause) {
    return { ...seen, fault: cause instanceof LabelwiseError ? { kind: 'lasting', error: cause } : toFault(file.path, cause) };
  }
}

/** The stamp of a file; where it changed within this tick of the clock, after the tick: a second change within it would look the same. */
async function settledStamp(handle: FileHandle): Promise<Pick<ReadStub, 'stamp' | 'checkedAt'>> {
  const take = async () => ({ checkedAt: Date.now(), stamp: toStamp(await handle.stat({ bigint: true })) });
  const first = await take();
  const age = first.checkedAt - first.stamp.ctime;
  if (age < -RACY_CTIME_MS || age > RACY_CTIME_MS) return first; // far ahead: another machine's clock
  await sleep(2 * RACY_CTIME_MS - age);
  return take();
}
