import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LabelwiseError } from '../errors.js';
import { formatBytes } from '../files/format-bytes.js';

/** What a download may need beside the files themselves. */
const SPARE_BYTES = 16 * 2 ** 20;

/** How much of a blob has still to come; what an earlier run left is taken up. */
export async function missingBytes(blob: string, size: number): Promise<number> {
  const sizes = await Promise.all([blob, `${blob}.incomplete`].map(async (path) => (await stat(path).catch(() => undefined))?.size ?? 0));
  return Math.max(0, size - Math.max(...sizes));
}

/** Says before a download, and not after hours of it, that the disk has no room for it. @throws LabelwiseError `DISK_FULL` */
export async function assertRoom(folder: string, bytes: number, what: string): Promise<void> {
  if (bytes === 0) return;
  const free = await freeBytes(folder);
  if (free === undefined || bytes + SPARE_BYTES <= free) return;
  throw new LabelwiseError('DISK_FULL', `${what} needs ${formatBytes(bytes)}, and the disk of ${folder} has ${formatBytes(free)} free.`, {
    hint: 'Make room, or set HF_HOME to a larger disk. Nothing was downloaded.',
  });
}

/** Undefined where the system does not say. */
async function freeBytes(folder: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return dirname(folder) === folder ? undefined : freeBytes(dirname(folder)); // it is made when the first file comes
  }
}
