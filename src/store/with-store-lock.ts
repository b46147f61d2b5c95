import { join } from 'node:path';
import { isSystemError } from '../files/output-fault.js';
import { type LockOptions, withLock } from '../files/with-lock.js';
import { inStoreWords } from './connect.js';

/** Runs work under the lock of a table; a folder that cannot hold a lock is said in our words. @throws LockedError; LabelwiseError `STORE_FAILED`, `DISK_FULL` */
export async function withStoreLock<T>(
  { folder, name, subject }: { folder: string; name: string; subject: string },
  work: (signal: AbortSignal) => Promise<T>,
  options: LockOptions,
): Promise<T> {
  try {
    return await withLock(join(folder, name), work, options);
  } catch (error) {
    if (isSystemError(error)) return inStoreWords(subject, () => Promise.reject(error));
    throw error;
  }
}
