import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasSystemCode, LabelwiseError, messageOf } from '../errors.js';
import { toPathText } from '../files/byte-path.js';
import { strangeKind } from '../files/strange-kind.js';
import { walkTree } from '../files/walk-tree.js';
import { listNames } from './dataset-errors.js';
import type { OpenDatasetOptions } from './open-options.js';

/**
 * All files in a folder as paths with slashes. The walk is that of every command, links and names that are left out included; ignore files
 * do not count, as data sets take what other programs take. Pipes, sockets and devices are left out with a warning.
 */
export async function listFiles(folder: string, { onWarning, exclude, signal }: OpenDatasetOptions = {}): Promise<string[]> {
  const strange: string[] = [];
  const excluded: string[] = [];
  const paths: string[] = [];
  for await (const entry of walkTree(folder, { exclude, signal, hasIgnoreFiles: false })) {
    const path = entry.path.subarray(Buffer.byteLength(folder)).toString('utf8').replace(/^\/+/, '');
    if (entry.is === 'closed') throw unreadable(toPathText(entry.path), entry.cause);
    if (entry.is !== 'left out') (!entry.isRegular && (await isPipeOrDevice(join(folder, path))) ? strange : paths).push(path);
    else if (entry.reason === 'excluded') excluded.push(path);
  }
  strange.sort((a, b) => a.split('/').length - b.split('/').length); // README and manifest before the pictures
  if (strange.length > 0) onWarning?.(`what is a pipe, a socket or a device in ${folder} is left out: ${listNames(strange)}.`);
  if (excluded.length > 0) onWarning?.(`what is excluded by its name in ${folder} is left out: ${listNames(excluded)}.`);
  return paths;
}

function unreadable(path: string, cause: unknown): LabelwiseError {
  const hint = hasSystemCode(cause, 'EACCES', 'EPERM') ? 'Check its permissions.' : 'Check the spelling.';
  return new LabelwiseError('INPUT_UNREADABLE', `${path} cannot be read: ${messageOf(cause)}.`, { hint, cause });
}

/** A link is what it leads to; one that leads nowhere is told when its file is read. */
async function isPipeOrDevice(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  const kind = stats && strangeKind(stats);
  return kind !== undefined && kind !== 'a folder';
}
