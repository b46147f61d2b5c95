import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { hasSystemCode, LabelwiseError, messageOf } from '../errors.js';

/** All files below a folder as paths with slashes, links followed as files; what begins with a dot is left out. */
export async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    const hint = hasSystemCode(cause, 'EACCES', 'EPERM') ? 'Check its permissions.' : 'Check the spelling.';
    throw new LabelwiseError('INPUT_UNREADABLE', `${folder} cannot be read: ${messageOf(cause)}.`, { hint, cause });
  });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !/(?:^|\/)\./.test(path));
}
