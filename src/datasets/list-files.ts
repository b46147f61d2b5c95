import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { hasSystemCode, LabelwiseError, messageOf } from '../errors.js';
import { strangeKind } from '../files/strange-kind.js';
import { listNames } from './dataset-errors.js';

/**
 * All files below a folder as paths with slashes, links followed as files; what begins with a dot is left out, and with a warning pipes,
 * sockets and devices.
 */
export async function listFiles(folder: string, onWarning?: (message: string) => void): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    const hint = hasSystemCode(cause, 'EACCES', 'EPERM') ? 'Check its permissions.' : 'Check the spelling.';
    throw new LabelwiseError('INPUT_UNREADABLE', `${folder} cannot be read: ${messageOf(cause)}.`, { hint, cause });
  });
  const strange: string[] = [];
  const paths: string[] = [];
  for (const entry of entries) {
    const path = relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/');
    if (entry.isDirectory() || /(?:^|\/)\./.test(path)) continue;
    const isStrange = !entry.isFile() && (await isPipeOrDevice(join(folder, path)));
    (isStrange ? strange : paths).push(path);
  }
  if (strange.length > 0) onWarning?.(`what is a pipe, a socket or a device in ${folder} is left out: ${listNames(strange)}.`);
  return paths;
}

/** A link is what it leads to; one that leads nowhere is told when its file is read. */
async function isPipeOrDevice(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  const kind = stats && strangeKind(stats);
  return kind !== undefined && kind !== 'a folder';
}
