import { mkdir, readdir, rename, rmdir, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasSystemCode, LabelwiseError, throwIfAborted } from '../errors.js';
import { hasEnded, isHolder, newHolder } from './lock-holder.js';
import { makeFolder } from './make-folder.js';

export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called once if another process holds the lock. */
  readonly onWait?: (() => void) | undefined;
  /** How long to wait for another process. The default is forever; 0 does not wait. */
  readonly waitMs?: number | undefined;
  /** A holder without a sign of life for this long can lose its lock; 20 s by default. A holder gives a sign of life every quarter of that. */
  readonly staleMs?: number | undefined;
}

/** A lock while it is held. */
export interface HeldLock {
  /** Stops the work: the caller's signal, or `LOCK_LOST`. */
  readonly signal: AbortSignal;
  /** The last holder did not release the lock: it may be suspended, with a write still to come. */
  readonly isTakenOver: boolean;
  /** Who holds it, where others may write under it: in an object store. */
  readonly holder?: string | undefined;
  /** Call it right before a write. @throws LabelwiseError `LOCK_LOST` */
  assertHeld(): Promise<void>;
}

const STALE_MS = 20_000;
const POLL_MS = 100;

/** Another process holds the lock and did not give it up in time. */
export class LockedError extends Error {}

/**
 * Runs `work` while this process alone holds the lock of `path`. The lock is the folder `path.lock` with one file, named for its holder:
 * taking over renames that file, so exactly one process succeeds, and releasing cannot remove the lock of another. The lock of a process
 * that has ended on this machine is free at once, any other after `staleMs` without a sign of life.
 *
 * A process that was suspended can find its lock gone at any time. `assertHeld` narrows the gap; only a write that the store itself refuses
 * closes it (`fenceTables`). Once the lock is lost, the result of `work` is `LOCK_LOST`, whatever came of it.
 *
 * @throws LockedError after `waitMs`; LabelwiseError `LOCK_LOST`, `ABORTED`
 */
export async function withLock<T>(path: string, work: (lock: HeldLock) => Promise<T>, options: LockOptions = {}): Promise<T> {
  const { signal, staleMs = STALE_MS } = options;
  const lost = new AbortController();
  const { file, isTakenOver } = await acquire(path, options);
  const assertHeld = async (): Promise<void> => {
    if (!lost.signal.aborted && (await isMissing(file))) lost.abort(lockLost(path, staleMs));
    lost.signal.throwIfAborted();
  };
  const showLife = async (): Promise<void> => {
    await assertHeld();
    await touch(file);
  };
  const timer = setInterval(() => void showLife().catch(() => {}), staleMs / 4).unref(); // a disk that fails is met by the work itself
  try {
    const result = await work({ signal: signal ? AbortSignal.any([signal, lost.signal]) : lost.signal, isTakenOver, assertHeld });
    await assertHeld();
    return result;
  } catch (error) {
    await assertHeld(); // what failed because the lock was lost has that for its reason
    throw error;
  } finally {
    clearInterval(timer);
    await release(file).catch(() => {}); // it was lost, or its disk is gone
  }
}

interface Acquired {
  /** In the lock's folder, named for its holder. */
  readonly file: string;
  readonly isTakenOver: boolean;
}

async function acquire(path: string, { signal, onWait, waitMs, staleMs = STALE_MS }: LockOptions): Promise<Acquired> {
  await makeFolder(dirname(path));
  const deadline = waitMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + waitMs;
  for (let isTold = false; ; ) {
    throwIfAborted(signal);
    const acquired = (await make(`${path}.lock`)) ?? (await takeOver(`${path}.lock`, staleMs));
    if (acquired) return acquired;
    if ((await holdersIn(`${path}.lock`)) === undefined) continue; // it was released meanwhile
    if (performance.now() >= deadline) throw new LockedError(`another process holds the lock ${path}.lock`);
    if (!isTold) onWait?.();
    isTold = true;
    await sleep(POLL_MS, undefined, signal ? { signal } : {}).catch(() => throwIfAborted(signal));
  }
}

/** Takes a lock that nobody holds: of all processes, one makes the folder. */
async function make(folder: string): Promise<Acquired | undefined> {
  const isNew = await mkdir(folder).then(
    () => true,
    (error: unknown) => unless(error, false, 'EEXIST'),
  );
  if (!isNew) return undefined;
  const file = join(folder, newHolder());
  const isMade = await writeFile(file, '', { flag: 'wx' }).then(
    () => true,
    (error: unknown) => unless(error, false, 'ENOENT'),
  );
  const holders = isMade ? await holdersIn(folder) : [];
  if (holders?.length === 1 && holders[0] === basename(file)) return { file, isTakenOver: false };
  await release(file).catch(() => {}); // this process was suspended here, and another took the folder or the file
  return undefined;
}

/** Takes the lock of a process that has ended or shows no sign of life. */
async function takeOver(folder: string, staleMs: number): Promise<Acquired | undefined> {
  const holders = await holdersIn(folder);
  if (holders === undefined || holders.length > 1) return undefined;
  const [holder] = holders;
  const held = holder === undefined ? folder : join(folder, holder);
  const lastSign = await stat(held).then(
    ({ mtimeMs }) => mtimeMs,
    () => Number.POSITIVE_INFINITY, // it is being released
  );
  const isStale = lastSign < Date.now() - staleMs;
  if (holder === undefined) {
    if (isStale) await rmdir(folder).catch(() => {}); // its maker was killed in between, or it is of an earlier labelwise
    return isStale ? make(folder) : undefined;
  }
  if (!isStale && !hasEnded(holder)) return undefined;
  const file = join(folder, newHolder());
  await touch(held).catch(() => {}); // so that nobody takes it over from this process in turn
  return rename(held, file).then(
    () => ({ file, isTakenOver: true }),
    (error: unknown) => unless(error, undefined, 'ENOENT'), // another process was first
  );
}

const holdersIn = (folder: string): Promise<string[] | undefined> =>
  readdir(folder).then(
    (names) => names.filter(isHolder),
    (error: unknown) => unless(error, undefined, 'ENOENT'),
  );

/** Removes the file first: it is this holder's alone, and the folder goes only if nobody else is in it. */
async function release(file: string): Promise<void> {
  await unlink(file);
  await rmdir(dirname(file));
}

const touch = (file: string): Promise<void> => utimes(file, new Date(), new Date());

const isMissing = (file: string): Promise<boolean> =>
  stat(file).then(
    () => false,
    (error: unknown) => unless(error, true, 'ENOENT', 'ENOTDIR'),
  );

/** `value` for one of these system errors; any other is thrown. */
function unless<T>(error: unknown, value: T, ...codes: string[]): T {
  if (hasSystemCode(error, ...codes)) return value;
  throw error;
}

const lockLost = (path: string, staleMs: number): LabelwiseError =>
  new LabelwiseError(
    'LOCK_LOST',
    `Another process took over the lock ${path}.lock. This one had been suspended, or could not reach the disk, for more than ${staleMs / 1000} seconds.`,
    { hint: 'Nothing was written after that. Run the same command again to resume.' },
  );
