import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import ignore from 'ignore';
import { hasSystemCode, LabelwiseError, messageOf, throwIfAborted } from '../errors.js';
import { toPathText } from '../files/byte-path.js';
import { isForeignName } from '../files/image-names.js';
import { strangeKind } from '../files/strange-kind.js';
import { listNames } from './dataset-errors.js';
import type { OpenDatasetOptions } from './open-options.js';
import { withoutReport } from './report-files.js';

/** A file of a data set's folder. */
export interface ListedFile {
  /** Its path below the folder, with slashes. A name that is not UTF-8 has its bytes as %XX. */
  readonly path: string;
  /** What opens it: its absolute path, or a `file:` URL where that is not UTF-8. */
  readonly place: string;
}

interface Folder {
  readonly path: Buffer;
  /** Device and inode of the folder and of those around it: a link to one of them would lead round in circles. */
  readonly trail: readonly string[];
}

const SLASH = Buffer.from('/');

/**
 * All files below a folder, those right in it first, in byte order. Links are followed, to folders too. Names that
 * begin with a dot, reports of evaluations, foreign names and those of `exclude` are left out; so are pipes, sockets and devices. Ignore
 * files do not count, because data sets take what other programs take; nor does the walk of other commands serve, which takes a linked
 * folder once where `datasets` takes it under each of its names.
 */
export async function listFiles(folder: string, { onWarning, exclude = [], signal }: OpenDatasetOptions = {}): Promise<ListedFile[]> {
  const rules = ignore().add([...exclude]);
  const excluded: string[] = [];
  const root = Buffer.from(folder);
  const files: ListedFile[] = [];
  const strange: string[] = [];
  const visit = async ({ path, trail }: Folder): Promise<void> => {
    const folders: Folder[] = [];
    throwIfAborted(signal);
    for (const entry of await readFolder(path)) {
      const child = Buffer.concat([path, SLASH, entry.name]);
      const below = child.subarray(root.length + 1);
      const name = toRelativeText(below);
      if (isForeignName(entry.name.toString('latin1')) || rules.ignores(entry.isDirectory() ? `${name}/` : name)) {
        excluded.push(name);
        continue;
      }
      const stats = entry.isFile() ? undefined : await stat(child).catch(() => undefined);
      if (stats?.isDirectory()) {
        const id = `${stats.dev}:${stats.ino}`;
        if (!trail.includes(id)) folders.push({ path: child, trail: [...trail, id] });
      } else if (stats !== undefined && strangeKind(stats) !== undefined) strange.push(name);
      else files.push({ path: name, place: toPlace(folder, child, below) });
    }
    for (const child of folders) await visit(child);
  };
  const { dev, ino } = await stat(root).catch((cause: unknown) => Promise.reject(unreadable(folder, cause)));
  await visit({ path: root, trail: [`${dev}:${ino}`] });
  if (excluded.length > 0) onWarning?.(`what is excluded by its name in ${folder} is left out: ${listNames(excluded)}.`);
  if (strange.length > 0) onWarning?.(`pipes, sockets and devices in ${folder} are left out: ${listNames(strange)}.`);
  return files;
}

async function readFolder(path: Buffer): Promise<Dirent<Buffer>[]> {
  const entries = await readdir(path, { withFileTypes: true, encoding: 'buffer' }).catch((cause: unknown) => {
    throw unreadable(toPathText(path), cause);
  });
  const kept = new Set(withoutReport(entries.map(({ name }) => name.toString('latin1'))));
  return entries.filter(({ name }) => name[0] !== 0x2e && kept.has(name.toString('latin1'))).sort((a, b) => Buffer.compare(a.name, b.name));
}

/** `toPathText` marks what is not UTF-8 as a URL; a name in a path needs no mark. */
const toRelativeText = (path: Buffer): string =>
  path
    .toString('latin1')
    .split('/')
    .map((name) => toPathText(Buffer.from(name, 'latin1')).replace(/^file:\/\//, ''))
    .join('/');

function toPlace(folder: string, path: Buffer, below: Buffer): string {
  const text = toPathText(path);
  return text.startsWith('file://') ? text : join(folder, below.toString('utf8'));
}

function unreadable(path: string, cause: unknown): LabelwiseError {
  const hint = hasSystemCode(cause, 'EACCES', 'EPERM') ? 'Check its permissions.' : 'Check the spelling.';
  return new LabelwiseError('INPUT_UNREADABLE', `${path} cannot be read: ${messageOf(cause)}.`, { hint, cause });
}
