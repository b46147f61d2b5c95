import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasSystemCode, LabelwiseError, throwIfAborted } from '../errors.js';
import { makeFolder } from './make-folder.js';

export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called once when another process holds the lock. */
  readonly onWait?: (() => void) | undefined;
  /** How long to wait for another process; for ever by default. 0: not at all. */
  readonly waitMs?: number | undefined;
  /** After so long without a sign of life a holder is dead, and its lock is taken over; by default 20 s. It gives one four times as often. */
  readonly staleMs?: number | undefined;
}

const STALE_MS = 20_000;
const POLL_MS = 100;

/** Another process holds the lock and did not give it up in time. */
export class LockedError extends Error {}

/**
 * Runs `work` while this process alone holds the lock of `path` (the folder `path.lock`). A process that dies holds it no longer than
 * `staleMs`. `work` gets a signal that stops it should the lock be lost, as after a suspend.
 *
 * @throws LockedError after `waitMs`; LabelwiseError `ABORTED`
 */
export async function withLock<T>(path: string, work: (signal: AbortSignal) => Promise<T>, options: LockOptions = {}): Promise<T> {
  const lost = new AbortController();
  const release = await acquire(path, options, lost);
  try {
    return await work(options.signal ? AbortSignal.any([options.signal, lost.signal]) : lost.signal);
  } finally {
    await release().catch(() => {}); // it was lost, or the folder is gone
  }
}

async function acquire(
  path: string,
  { signal, onWait, waitMs, staleMs = STALE_MS }: LockOptions,
  lost: AbortController,
): Promise<() => Promise<void>> {
  const { default: lockfile } = await import('proper-lockfile');
  await makeFolder(dirname(path));
  const deadline = waitMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + waitMs;
  const onCompromised = (cause: Error): void => lost.abort(new LabelwiseError('ABORTED', `The lock of ${path} was lost.`, { cause }));
  for (let isFirst = true; ; isFirst = false) {
    throwIfAborted(signal);
    try {
      return await lockfile.lock(path, { realpath: false, stale: staleMs, update: staleMs / 4, onCompromised });
    } catch (error) {
      if (!hasSystemCode(error, 'ELOCKED')) throw error;
      if (performance.now() >= deadline) throw new LockedError(`another process holds the lock ${path}.lock`);
      if (isFirst) onWait?.();
      await sleep(POLL_MS, undefined, signal ? { signal } : {}).catch(() => throwIfAborted(signal));
    }
  }
}
