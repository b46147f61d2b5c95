import { LabelwiseError } from '../errors.js';
import { isSystemError } from '../files/output-fault.js';
import type { HeldLock, LockOptions } from '../files/with-lock.js';
import { inStoreWords } from './connect.js';
import type { Database } from './database.js';
import { fenceTables } from './fence-tables.js';
import { isObjectStoreError } from './objects/object-fault.js';

export interface StoreLock {
  readonly database: Database;
  readonly name: string;
  /** What cannot be done where the place cannot hold a lock: "the tags in /db cannot be written". */
  readonly subject: string;
  /** The tables that this lock protects. */
  readonly isProtected: (table: string) => boolean;
}

/**
 * Runs work that writes tables, one process at a time. Where the last holder did not release the lock, the tables are fenced first.
 *
 * @throws LockedError; LabelwiseError `LOCK_LOST`, `STORE_FAILED`, `DISK_FULL`
 */
export async function withStoreLock<T>(
  { database, name, subject, isProtected }: StoreLock,
  work: (lock: HeldLock) => Promise<T>,
  options: LockOptions,
): Promise<T> {
  const guarded = async (lock: HeldLock): Promise<T> => {
    if (lock.isTakenOver) await fenceTables(database, isProtected).catch(passFullDisk);
    return work(lock);
  };
  try {
    return await database.location.withLock(name, guarded, options);
  } catch (error) {
    if (isSystemError(error) || isObjectStoreError(error)) return inStoreWords(subject, () => Promise.reject(error));
    throw error;
  }
}

/** On a full disk nobody can commit, and `index prune` has to work there. */
function passFullDisk(error: unknown): void {
  if (!(error instanceof LabelwiseError && error.code === 'DISK_FULL')) throw error;
}
