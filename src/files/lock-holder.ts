import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { hasSystemCode } from '../errors.js';

/** `PID-START-MACHINE-RANDOM`: who holds a lock, in a file name that no other holder has. */
const NAME = /^(\d+)-(\w+)-([0-9a-f]{16})-[0-9a-f]{8}$/;
const UNKNOWN = 'unknown';

/** A new name for a lock that this process holds. */
export const newHolder = (): string =>
  [process.pid, startOf(process.pid) ?? UNKNOWN, thisMachine(), randomBytes(4).toString('hex')].join('-');

export const isHolder = (name: string): boolean => NAME.test(name);

/**
 * Whether the process that holds a lock has certainly ended. False for processes of other machines and containers, and where a process
 * lives whose start time is unknown: it may be another one under the same number.
 */
export function hasEnded(holder: string): boolean {
  const [, pid, start, machine] = NAME.exec(holder) ?? [];
  if (pid === undefined || machine !== thisMachine()) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    return hasSystemCode(error, 'ESRCH');
  }
  const now = startOf(Number(pid));
  return start !== UNKNOWN && now !== undefined && now !== start;
}

/** Process numbers mean something only within one run of a system, and on Linux within one PID namespace. */
function thisMachine(): string {
  const parts = [hostname()];
  if (process.platform === 'linux') {
    try {
      if (readlinkSync('/proc/self') !== `${process.pid}`) throw new Error('/proc shows another namespace');
      parts.push(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'), readlinkSync('/proc/self/ns/pid'));
    } catch {
      parts.push(randomBytes(16).toString('hex')); // equals no other: nothing can be said of its processes
    }
  }
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);
}

/** When a process started, in clock ticks since the system did; undefined where only Linux would tell. A zombie counts as ended. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name before may hold anything
    return fields[0] === 'Z' || fields[0] === 'X' ? 'ended' : fields[19];
  } catch {
    return undefined;
  }
}
