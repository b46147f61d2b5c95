import { stat } from 'node:fs/promises';
import { fingerprint } from '../core/fingerprint.js';
import { throwIfAborted } from '../errors.js';
import { toPathBytes } from '../files/byte-path.js';

const AT_ONCE = 64;

/**
 * Size and time of change of each file, as one mark: it tells one state of a folder from another without reading it all.
 * A file that is not there, or none (undefined), counts as that.
 */
export async function describeFiles(
  paths: readonly (string | undefined)[],
  signal: AbortSignal | undefined,
): Promise<{ mark: string; bytes: number }> {
  let bytes = 0;
  const marks: string[] = [];
  for (let i = 0; i < paths.length; i += AT_ONCE) {
    throwIfAborted(signal);
    const group = paths.slice(i, i + AT_ONCE);
    for (const stats of await Promise.all(
      group.map((path) => (path === undefined ? undefined : stat(toPathBytes(path)).catch(() => undefined))),
    )) {
      bytes += stats?.size ?? 0;
      marks.push(`${stats?.size}:${stats?.mtimeMs}`);
    }
  }
  return { mark: fingerprint(marks), bytes };
}
