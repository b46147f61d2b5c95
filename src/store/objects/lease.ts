import { setTimeout as sleep } from 'node:timers/promises';
import type { Table } from '@lancedb/lancedb';
import { LabelwiseError, throwIfAborted } from '../../errors.js';
import { hasEnded, newHolder } from '../../files/lock-holder.js';
import { type HeldLock, LockedError, type LockOptions } from '../../files/with-lock.js';
import { LEASES } from '../table-names.js';
import { toSqlText } from '../to-sql-text.js';
import { type Connect, insertOnce, openOrNothing, openRowTable, swapRow } from './row-table.js';

/** A lock of an object store, where there are no lock files: the row of a table. `holder` is empty while nobody holds it. */
interface Lease {
  readonly holder: string;
  /** Counts the signs of life. */
  readonly beat: number;
  /** Milliseconds since 1970, by the holder's clock. */
  readonly at: number;
}

/** A sign of life is a commit, so they come less often than in a folder: every quarter of this. */
const STALE_MS = 60_000;
const POLL_MS = 500;
/** Signs of life after which their old versions are freed. */
const BEATS_KEPT = 50;
const KEEP_VERSIONS_MS = 600_000;

/**
 * Runs `work` while this process alone holds the lock of that name. Every step is one conditional commit. The lock of a process that has
 * ended on this machine is free at once, any other after `staleMs` without a sign of life: clocks of machines differ, so whoever takes a
 * lock over has seen no sign of life meanwhile by its own clock. A holder that lost its lock can still be at a commit; `fenceTables` makes it fail.
 *
 * @throws LockedError after `waitMs`; LabelwiseError `LOCK_LOST`, `ABORTED`
 */
export async function withLease<T>(
  { connect, name, store }: { readonly connect: Connect; readonly name: string; readonly store: string },
  work: (lock: HeldLock) => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  const { signal, staleMs = STALE_MS } = options;
  const table = await openRowTable(connect, { table: LEASES, texts: ['holder'], numbers: ['beat', 'at'] });
  const lost = new AbortController();
  const acquired = await acquire(table, { ...options, name, store, staleMs });
  const { holder, isTakenOver } = acquired;
  let { beat } = acquired;
  const isMine = `name = ${toSqlText(name)} AND holder = ${toSqlText(holder)}`;
  const lose = (): void => lost.abort(leaseLost(name, store, staleMs));
  const assertHeld = async (): Promise<void> => {
    if (!lost.signal.aborted && (await readLease(table, name))?.holder !== holder) lose();
    lost.signal.throwIfAborted();
  };
  let beating: Promise<void> = Promise.resolve();
  const showLife = async (): Promise<void> => {
    if (!(await swapRow(table, isMine, { beat: beat + 1, at: Date.now() }))) return lose();
    beat++;
    if (beat % BEATS_KEPT === 0) await freeVersions(table);
  };
  const timer = setInterval(() => {
    beating = beating.then(showLife).catch(() => {}); // a store that fails is met by the work itself
  }, staleMs / 4).unref();
  try {
    const result = await work({ signal: signal ? AbortSignal.any([signal, lost.signal]) : lost.signal, isTakenOver, holder, assertHeld });
    await assertHeld();
    return result;
  } catch (error) {
    await assertHeld().catch((fault: unknown) => {
      if (lost.signal.aborted) throw fault; // what failed because the lock was lost has that for its reason
    });
    throw error;
  } finally {
    clearInterval(timer);
    await beating;
    await swapRow(table, isMine, { holder: '' }).catch(() => {}); // it was lost, or its store is gone
    table.close();
  }
}

/** Who holds a lock now. */
export async function leaseHolder(connect: Connect, name: string): Promise<string | undefined> {
  const table = await openOrNothing(connect, LEASES);
  return (table && (await readLease(table, name).finally(() => table.close())))?.holder;
}

interface Acquired {
  readonly holder: string;
  readonly beat: number;
  readonly isTakenOver: boolean;
}

type AcquireOptions = LockOptions & { readonly name: string; readonly store: string; readonly staleMs: number };

async function acquire(table: Table, options: AcquireOptions): Promise<Acquired> {
  const { name, store, signal, onWait, waitMs, staleMs } = options;
  const deadline = waitMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + waitMs;
  const holder = newHolder();
  let wasHeld = false;
  for (let isTold = false; ; ) {
    throwIfAborted(signal);
    const lease = await readLease(table, name);
    if (lease === undefined) {
      await insertOnce(table, { name, holder: '', beat: 0, at: 0 });
      continue;
    }
    if (lease.holder === holder) return { holder, beat: lease.beat, isTakenOver: wasHeld }; // the answer to its commit was lost
    const isFree = lease.holder === '' || hasEnded(lease.holder);
    if (isFree || (seemsStale(lease, staleMs) && (await isSilent(table, { name, lease, staleMs, signal })))) {
      const beat = lease.beat + 1;
      const where = `name = ${toSqlText(name)} AND holder = ${toSqlText(lease.holder)} AND beat = ${lease.beat} AND at = ${lease.at}`;
      wasHeld = lease.holder !== '';
      if (await swapRow(table, where, { holder, beat, at: Date.now() })) {
        if (beat % BEATS_KEPT === 0) await freeVersions(table);
        return { holder, beat, isTakenOver: wasHeld };
      }
      continue; // another process was first
    }
    if (performance.now() >= deadline) throw new LockedError(`another process holds the lock "${name}" of ${store}`);
    if (!isTold) onWait?.();
    isTold = true;
    await sleep(POLL_MS, undefined, signal ? { signal } : {}).catch(() => throwIfAborted(signal));
  }
}

/** By this machine's clock, which may be wrong: a reason to look closer. */
const seemsStale = ({ at }: Lease, staleMs: number): boolean => Math.abs(Date.now() - at) > staleMs;

/** Whether a holder gives no sign of life for the time in which it would give two. */
async function isSilent(
  table: Table,
  { name, lease, staleMs, signal }: { name: string; lease: Lease; staleMs: number; signal: AbortSignal | undefined },
): Promise<boolean> {
  await sleep(staleMs / 2, undefined, signal ? { signal } : {}).catch(() => throwIfAborted(signal));
  const now = await readLease(table, name);
  return now !== undefined && now.beat === lease.beat && now.at === lease.at && now.holder === lease.holder; // `beat` alone repeats where the answer to one was lost
}

async function readLease(table: Table, name: string): Promise<Lease | undefined> {
  await table.checkoutLatest();
  const [row] = await table
    .query()
    .where(`name = ${toSqlText(name)}`)
    .toArray();
  return row && { holder: String(row.holder), beat: Number(row.beat), at: Number(row.at) };
}

/** Every sign of life leaves a version. */
async function freeVersions(table: Table): Promise<void> {
  await table.optimize({ cleanupOlderThan: new Date(Date.now() - KEEP_VERSIONS_MS) }).catch(() => {}); // the next time will do
}

const leaseLost = (name: string, store: string, staleMs: number): LabelwiseError =>
  new LabelwiseError(
    'LOCK_LOST',
    `Another process took over the lock "${name}" of ${store}. This one had been suspended, or could not reach the store, for more than ${staleMs / 1000} seconds.`,
    { hint: 'Nothing was written after that. Run the same command again to resume.' },
  );
