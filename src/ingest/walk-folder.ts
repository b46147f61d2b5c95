import type { Dirent } from 'node:fs';
import { lstat, readdir, readFile, stat } from 'node:fs/promises';
import ignore, { type Ignore } from 'ignore';
import { hasSystemCode, LabelwiseError, messageOf, throwIfAborted } from '../errors.js';
import { toPathText } from './byte-path.js';
import { type FileStamp, NO_STAMP, toStamp } from './file-stamp.js';

/** A file that by its name is an image, or a folder that cannot be read (`isFolder`). */
export interface WalkedFile extends FileStamp {
  /** As it is stored: absolute. */
  readonly path: string;
  readonly bytesPath: Buffer;
  readonly isFolder?: true;
  /** Why it cannot be an image: a link that leads nowhere, a pipe, a folder that may not be read. */
  readonly error?: LabelwiseError;
}

const IMAGE_NAME = /\.(?:jpe?g|jpe|jfif|png|webp|gif|tiff?|avif|heic|heif)$/i;
const IGNORE_FILES = ['.gitignore', '.labelwiseignore'];
const SLASH = Buffer.from('/');

/** Patterns of a folder's ignore files, which count for what lies in it. */
interface Rules {
  readonly folder: Buffer;
  readonly patterns: Ignore;
}

interface Folder {
  readonly path: Buffer;
  readonly rules: readonly Rules[];
}

/**
 * All images in a folder, whatever the bytes of their names. Hidden files and folders, and what .gitignore and .labelwiseignore name, are
 * left out. Links are followed, and each folder is walked once, under its own name where that lies in the folder too; so loops end.
 */
export async function* walkFolder(root: string, signal?: AbortSignal): AsyncGenerator<WalkedFile> {
  const walked = new Set<string>();
  const linked: Folder[] = [];
  let pending: Folder[] = [{ path: Buffer.from(root), rules: [] }];
  while (pending.length + linked.length > 0) {
    throwIfAborted(signal);
    const folder = (pending.pop() ?? linked.shift()) as Folder; // links come last: a folder is known by its own name
    const seen = await listFolder(folder, walked);
    if (seen instanceof LabelwiseError) {
      yield { path: toPathText(folder.path), bytesPath: folder.path, ...NO_STAMP, isFolder: true, error: seen };
      continue;
    }
    const inside: Folder[] = [];
    for (const entry of seen.entries) {
      const path = Buffer.concat([folder.path.at(-1) === SLASH[0] ? folder.path : Buffer.concat([folder.path, SLASH]), entry.name]);
      if (entry.name[0] === 0x2e || isIgnored(path, entry, seen.rules)) continue;
      if (entry.isDirectory()) inside.push({ path, rules: seen.rules });
      else if (entry.isSymbolicLink()) {
        const file = await followLink(path);
        if (file === 'folder') linked.push({ path, rules: seen.rules });
        else if (file) yield file;
      } else if (IMAGE_NAME.test(entry.name.toString('latin1'))) yield await stampOf(path);
    }
    pending = [...pending, ...inside.reverse()];
  }
}

type Listed = { readonly entries: Dirent<Buffer>[]; readonly rules: readonly Rules[] };

async function listFolder({ path, rules }: Folder, walked: Set<string>): Promise<Listed | LabelwiseError> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    if (walked.has(`${dev}:${ino}`)) return { entries: [], rules };
    walked.add(`${dev}:${ino}`);
    const entries = await readdir(path, { withFileTypes: true, encoding: 'buffer' });
    entries.sort((a, b) => Buffer.compare(a.name, b.name));
    return { entries, rules: [...rules, ...(await readRules(path, entries))] };
  } catch (cause) {
    if (hasSystemCode(cause, 'ENOENT') && rules.length > 0) return { entries: [], rules }; // it went while we walked
    return new LabelwiseError('INPUT_UNREADABLE', `The folder ${toPathText(path)} cannot be read: ${messageOf(cause)}.`, {
      hint: 'Check its permissions.',
      cause,
    });
  }
}

async function readRules(folder: Buffer, entries: readonly Dirent<Buffer>[]): Promise<Rules[]> {
  const names = entries.map((entry) => entry.name.toString('latin1')).filter((name) => IGNORE_FILES.includes(name));
  const texts = await Promise.all(names.map((name) => readFile(Buffer.concat([folder, Buffer.from(`/${name}`)]), 'utf8').catch(() => '')));
  return texts.length === 0 ? [] : [{ folder, patterns: ignore().add(texts.join('\n')) }];
}

/** The nearest ignore file that says anything of a path decides, as in git. */
function isIgnored(path: Buffer, entry: Dirent<Buffer>, rules: readonly Rules[]): boolean {
  for (const { folder, patterns } of rules.toReversed()) {
    const relative = path.subarray(folder.length).toString('utf8').replace(/^\/+/, '');
    const { ignored, unignored } = patterns.test(entry.isDirectory() ? `${relative}/` : relative);
    if (ignored || unignored) return ignored;
  }
  return false;
}

/** What a link leads to: a folder, an image, or nothing that is of interest. */
async function followLink(path: Buffer): Promise<'folder' | WalkedFile | undefined> {
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isDirectory()) return 'folder';
  return IMAGE_NAME.test(path.toString('latin1')) ? stampOf(path) : undefined;
}

async function stampOf(bytesPath: Buffer): Promise<WalkedFile> {
  const path = toPathText(bytesPath);
  try {
    const stats = await stat(bytesPath, { bigint: true });
    const file = { path, bytesPath, ...toStamp(stats) };
    if (stats.isFile()) return file;
    return { ...file, error: new LabelwiseError('INPUT_UNREADABLE', `Expected a file, got a pipe, a socket or a device: ${path}.`) };
  } catch (cause) {
    const link = await lstat(bytesPath, { bigint: true }).catch(() => undefined);
    const error = link
      ? new LabelwiseError('INPUT_NOT_FOUND', `The link ${path} leads nowhere: ${messageOf(cause)}.`, { cause })
      : new LabelwiseError('INPUT_NOT_FOUND', `There is no file ${path} any more.`, { cause });
    return { path, bytesPath, ...(link ? toStamp(link) : NO_STAMP), error };
  }
}
