import { createHash, randomBytes } from 'node:crypto';
import { lstat, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { hasSystemCode } from '../errors.js';

const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
const NAME = /^\.labelwise-([0-9a-f]{8})-(\d+)-[0-9a-f]{12}\.tmp$/;
const DAY_MS = 24 * 3600 * 1000;

/** The name of a file that is renamed when it is whole. It says whose it is, so that what a killed process leaves can be told from work in progress. */
export const temporaryName = (): string => `.labelwise-${HOST}-${process.pid}-${randomBytes(6).toString('hex')}.tmp`;

/**
 * Deletes what killed processes of labelwise left in a folder: temporary files, and folders of processes of this machine that have ended.
 * What cannot be deleted stays; it harms nobody.
 *
 * @param folder bytes where its name is not UTF-8
 * @param names what is in the folder, when the caller has read it already
 */
export async function removeLeftovers(folder: string | Buffer, names?: readonly string[]): Promise<void> {
  for (const name of names ?? (await readdir(folder).catch(() => []))) {
    const [, host, pid] = NAME.exec(name) ?? [];
    if (pid === undefined) continue;
    const path = Buffer.concat([Buffer.from(folder), Buffer.from(`/${name}`)]);
    const stats = await lstat(path).catch(() => undefined);
    const isOurHost = host === HOST;
    if (stats?.isFile() && isLeft(stats.mtimeMs, { pid: Number(pid), isOurHost })) await rm(path).catch(() => {});
    const isLeftFolder = stats?.isDirectory() && isOurHost && !isRunning(Number(pid)); // its age says nothing: a large copy takes long
    if (isLeftFolder) await rm(path, { recursive: true }).catch(() => {});
  }
}

/** Nothing is under way for a day. On this machine the process is asked for; in a container a new one often has the number of the old. */
function isLeft(modifiedMs: number, { pid, isOurHost }: { pid: number; isOurHost: boolean }): boolean {
  if (Date.now() - modifiedMs > DAY_MS) return true;
  if (!isOurHost) return false;
  return pid === process.pid ? modifiedMs < performance.timeOrigin : !isRunning(pid);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !hasSystemCode(error, 'ESRCH'); // another user's process cannot be asked, but it runs
  }
}
