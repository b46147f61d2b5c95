import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import ignore, { type Ignore } from 'ignore';
import { throwIfAborted } from '../errors.js';
import { toPathText } from '../files/byte-path.js';
import { readRegularText } from '../files/read-regular-file.js';
import { type FileFault, faultKind, toFault } from './file-fault.js';
import { NO_STAMP } from './file-stamp.js';
import type { FolderId, Volumes } from './volumes.js';
import { toWalkedFile, type WalkedFile } from './walked-file.js';

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
  /** The device that the folder around it is on. */
  readonly device?: bigint;
}

export interface WalkOptions {
  readonly signal?: AbortSignal | undefined;
  /** Takes note of the folder, and of each that is on another device than the one around it. */
  readonly volumes?: Volumes | undefined;
  /** Look at these files and folders alone, and the root. */
  readonly only?: ReadonlySet<string> | undefined;
}

/**
 * All images in a folder, whatever the bytes of their names. Hidden files and folders, and what .gitignore and .labelwiseignore name, are
 * left out. Links are followed, and each folder is walked once, under its own name where that lies in the folder too; so loops end.
 */
export async function* walkFolder(root: string, { signal, volumes, only }: WalkOptions = {}): AsyncGenerator<WalkedFile> {
  const walked = new Set<string>();
  const linked: Folder[] = [];
  let pending: Folder[] = [{ path: Buffer.from(root), rules: [] }];
  while (pending.length + linked.length > 0) {
    throwIfAborted(signal);
    const folder = (pending.pop() ?? linked.shift()) as Folder; // links come last: a folder is known by its own name
    const seen = await listFolder(folder, walked);
    if ('fault' in seen) {
      yield { path: toPathText(folder.path), bytesPath: folder.path, ...NO_STAMP, isFolder: true, fault: seen.fault };
      continue;
    }
    const { entries, rules, id } = seen;
    if (id.dev !== folder.device) volumes?.note(folder.path, id);
    const inside: Folder[] = [];
    for (const entry of entries) {
      const path = Buffer.concat([folder.path.at(-1) === SLASH[0] ? folder.path : Buffer.concat([folder.path, SLASH]), entry.name]);
      if (entry.name[0] === 0x2e || isIgnored(path, entry, rules) || only?.has(toPathText(path)) === false) continue;
      if (entry.isDirectory()) inside.push({ path, rules, device: id.dev });
      else if (entry.isSymbolicLink()) {
        if (await isFolderLink(path)) linked.push({ path, rules, device: id.dev });
        else if (hasImageName(entry)) yield await toWalkedFile(path);
      } else if (hasImageName(entry)) yield await toWalkedFile(path);
    }
    pending = [...pending, ...inside.reverse()];
  }
}

type Listed = { readonly entries: Dirent<Buffer>[]; readonly rules: readonly Rules[]; readonly id: FolderId };

async function listFolder({ path, rules }: Folder, walked: Set<string>): Promise<Listed | { readonly fault: FileFault }> {
  try {
    const id = await stat(path, { bigint: true });
    const name = `${id.dev}:${id.ino}`;
    if (walked.has(name)) return { entries: [], rules, id };
    walked.add(name);
    const entries = await readdir(path, { withFileTypes: true, encoding: 'buffer' });
    entries.sort((a, b) => Buffer.compare(a.name, b.name));
    return { entries, rules: [...rules, ...(await readRules(path, entries))], id };
  } catch (cause) {
    return { fault: toFault(`The folder ${toPathText(path)}`, cause) };
  }
}

async function readRules(folder: Buffer, entries: readonly Dirent<Buffer>[]): Promise<Rules[]> {
  const names = entries.map((entry) => entry.name.toString('latin1')).filter((name) => IGNORE_FILES.includes(name));
  const read = (name: string): Promise<string> => readRegularText(Buffer.concat([folder, Buffer.from(`/${name}`)])).catch(noRules);
  const texts = await Promise.all(names.map(read));
  return texts.length === 0 ? [] : [{ folder, patterns: ignore().add(texts.join('\n')) }];
}

/** Ignore files that may not be read name nothing; while a disk fails, nobody knows what they name, and the folder waits. */
function noRules(cause: unknown): string {
  if (faultKind(cause) === 'passing') throw cause;
  return '';
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

/** A link that cannot be followed just now may well lead to a folder: it is listed as one, and what lay in it is kept. */
const isFolderLink = (path: Buffer): Promise<boolean> =>
  stat(path).then(
    (stats) => stats.isDirectory(),
    (cause) => faultKind(cause) !== 'gone' && !IMAGE_NAME.test(path.toString('latin1')),
  );

const hasImageName = (entry: Dirent<Buffer>): boolean => IMAGE_NAME.test(entry.name.toString('latin1'));
