import { readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { LabelwiseError } from '../../errors.js';

/** The cores that this process may use, by its affinity and the quota of its control group. */
export function availableThreads(read: (path: string) => string | undefined = readIfThere): number {
  const quota = cgroupQuota(read);
  return Math.max(1, Math.min(availableParallelism(), quota === undefined ? Number.POSITIVE_INFINITY : Math.ceil(quota)));
}

/** A whole number from 1 up, or an error that names the option. */
export function assertCount(name: string, value: number | undefined): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) return;
  throw new LabelwiseError('INVALID_ARGUMENT', `Expected ${name} to be a whole number of at least 1, got ${value}.`);
}

/** The threads that were asked for, but no more than the machine has cores: thousands stop it for minutes. Else all that may be used. */
export function chooseThreads(asked: number | undefined): number {
  assertCount('threads', asked);
  return asked === undefined ? availableThreads() : Math.min(asked, Math.max(1, cpus().length));
}

function cgroupQuota(read: (path: string) => string | undefined): number | undefined {
  const [limit, period] = (read('/sys/fs/cgroup/cpu.max') ?? '').trim().split(' ').map(Number);
  if (limit && period) return limit / period; // version 2; "max" is NaN
  const quota = Number(read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us'));
  const length = Number(read('/sys/fs/cgroup/cpu/cpu.cfs_period_us'));
  return quota > 0 && length > 0 ? quota / length : undefined;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // not Linux, or no such group
  }
}
