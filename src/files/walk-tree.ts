import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import ignore, { type Ignore } from 'ignore';
import { throwIfAborted } from '../errors.js';
import { toPathText } from './byte-path.js';
import { faultKind } from './file-fault.js';
import { isForeignIn, isForeignName, kindOfName, type NameKind } from './image-names.js';
import type { LeftOutFile, LeftOutReason } from './left-out.js';
import { readRegularText } from './read-regular-file.js';

const IGNORE_FILES = ['.gitignore', '.labelwiseignore'];
const SLASH = Buffer.from('/');

/** Patterns that count for what lies in a folder, and the ignore files that they come from. */
interface Rules {
  readonly folder: Buffer;
  readonly patterns: Ignore;
  readonly files: readonly string[];
}

interface Item {
  readonly path: Buffer;
  readonly isFolder: boolean;
  readonly isRegular: boolean;
  readonly rules: readonly Rules[];
  /** The device that the folder around it is on. */
  readonly device?: bigint;
}

/** What tells a folder from another that takes its place. */
export interface FolderId {
  readonly dev: bigint;
  readonly ino: bigint;
}

export interface WalkTreeOptions {
  readonly signal?: AbortSignal | undefined;
  /** More names to leave out, written as in .gitignore. */
  readonly exclude?: readonly string[] | undefined;
  /** Read .gitignore and .labelwiseignore: true by default. */
  readonly hasIgnoreFiles?: boolean | undefined;
  /** The order of names within a folder: by their bytes by default. */
  readonly compare?: ((a: Buffer, b: Buffer) => number) | undefined;
  /** Look at these files and folders alone, and the root. */
  readonly only?: ReadonlySet<string> | undefined;
  /** Called with the root, and with each folder on another device than the one around it. */
  readonly onVolume?: ((path: Buffer, id: FolderId) => void) | undefined;
}

export type TreeEntry =
  /** `isRegular`: it is a file itself, not a link, a pipe or a device. */
  | { readonly is: NameKind; readonly path: Buffer; readonly isRegular: boolean }
  | { readonly is: 'left out'; readonly path: Buffer; readonly reason: LeftOutReason; readonly by?: string | undefined }
  /** A folder that cannot be read. */
  | { readonly is: 'closed'; readonly path: Buffer; readonly cause: unknown };

/**
 * All files in a folder, whatever the bytes of their names. Hidden and foreign names, those of `exclude`, and what ignore files name are left
 * out. Links are followed, and each folder is walked once, under its own name where that lies in the folder too; so loops end.
 */
export async function* walkTree(root: string, options: WalkTreeOptions = {}): AsyncGenerator<TreeEntry> {
  const { signal, exclude = [], only, onVolume } = options;
  const start = Buffer.from(root);
  const excluded: Rules = { folder: start, patterns: ignore().add([...exclude]), files: [] };
  const walked = new Set<string>();
  const linked: Item[] = [];
  const pending: Item[] = [{ path: start, isFolder: true, isRegular: false, rules: [] }];
  while (pending.length + linked.length > 0) {
    throwIfAborted(signal);
    const item = (pending.pop() ?? linked.shift()) as Item; // links come last: a folder is known by its own name
    if (!item.isFolder) {
      yield { is: kindOfName(item.path.toString('latin1')), path: item.path, isRegular: item.isRegular };
      continue;
    }
    const seen = await listFolder(item, walked, options);
    if ('cause' in seen) {
      yield { is: 'closed', path: item.path, cause: seen.cause };
      continue;
    }
    const { entries, rules, id } = seen;
    if (id.dev !== item.device) onVolume?.(item.path, id);
    const inside: Item[] = [];
    for (const entry of entries) {
      const path = Buffer.concat(item.path.at(-1) === SLASH[0] ? [item.path, entry.name] : [item.path, SLASH, entry.name]);
      if (only?.has(toPathText(path)) === false) continue;
      const left = whyLeftOut(path, entry, { rules, excluded });
      if (left !== undefined) {
        if (left !== 'hidden' || isHiddenImage(entry))
          yield { is: 'left out', path, ...(typeof left === 'string' ? { reason: left } : left) };
        continue;
      }
      const isLink = entry.isSymbolicLink() && (await isFolderLink(path));
      (isLink ? linked : inside).push({ path, isFolder: isLink || entry.isDirectory(), isRegular: entry.isFile(), rules, device: id.dev });
    }
    for (const next of inside.reverse()) pending.push(next);
  }
}

export interface WalkImagesOptions extends WalkTreeOptions {
  readonly onLeftOut?: ((file: LeftOutFile) => void) | undefined;
}

/** The images in a folder, and the folders that cannot be read; what else there is goes to `onLeftOut`. */
export async function* walkImages(
  root: string,
  { onLeftOut, ...options }: WalkImagesOptions = {},
): AsyncGenerator<{
  readonly path: Buffer;
  readonly cause?: unknown;
}> {
  for await (const entry of walkTree(root, options)) {
    if (entry.is === 'image' || entry.is === 'closed') yield entry;
    else if (entry.is === 'left out') onLeftOut?.({ path: toPathText(entry.path), reason: entry.reason, by: entry.by });
    else onLeftOut?.({ path: toPathText(entry.path), reason: entry.is });
  }
}

type Listed = { readonly entries: Dirent<Buffer>[]; readonly rules: readonly Rules[]; readonly id: FolderId };

async function listFolder(
  { path, rules }: Item,
  walked: Set<string>,
  { hasIgnoreFiles = true, compare = Buffer.compare }: WalkTreeOptions,
): Promise<Listed | { readonly cause: unknown }> {
  try {
    const id = await stat(path, { bigint: true });
    const name = `${id.dev}:${id.ino}`;
    if (walked.has(name)) return { entries: [], rules, id };
    walked.add(name);
    const entries = await readdir(path, { withFileTypes: true, encoding: 'buffer' });
    entries.sort((a, b) => compare(a.name, b.name));
    return { entries, rules: [...rules, ...(hasIgnoreFiles ? await readRules(path, entries) : [])], id };
  } catch (cause) {
    return { cause };
  }
}

async function readRules(folder: Buffer, entries: readonly Dirent<Buffer>[]): Promise<Rules[]> {
  const names = entries.map((entry) => entry.name.toString('latin1')).filter((name) => IGNORE_FILES.includes(name));
  const read = (name: string): Promise<string> => readRegularText(Buffer.concat([folder, Buffer.from(`/${name}`)])).catch(noRules);
  const texts = await Promise.all(names.map(read));
  const files = names.map((name) => `${toPathText(folder)}/${name}`);
  return texts.length === 0 ? [] : [{ folder, patterns: ignore().add(texts.join('\n')), files }];
}

/** Ignore files that may not be read name nothing; while a disk fails, nobody knows what they name, and the folder waits. */
function noRules(cause: unknown): string {
  if (faultKind(cause) === 'passing') throw cause;
  return '';
}

type WhyLeftOut = 'excluded' | 'hidden' | { readonly reason: 'ignored'; readonly by: string } | undefined;

function whyLeftOut(path: Buffer, entry: Dirent<Buffer>, { rules, excluded }: { rules: readonly Rules[]; excluded: Rules }): WhyLeftOut {
  const name = entry.name.toString('latin1');
  if (isForeignName(name) || isForeignIn(parentNameOf(path), name) || testRules(excluded, path, entry).ignored) return 'excluded';
  if (entry.name[0] === 0x2e) return 'hidden';
  for (const one of rules.toReversed()) {
    const { ignored, unignored } = testRules(one, path, entry); // the nearest ignore file that says anything of a path decides, as in git
    if (ignored) return { reason: 'ignored', by: one.files.join(' and ') };
    if (unignored) return undefined;
  }
  return undefined;
}

/** The name of the folder that a path is in. */
function parentNameOf(path: Buffer): string {
  const end = path.lastIndexOf(SLASH);
  return path.subarray(path.lastIndexOf(SLASH, end - 1) + 1, Math.max(0, end)).toString('latin1');
}

function testRules({ folder, patterns }: Rules, path: Buffer, entry: Dirent<Buffer>) {
  const relative = path.subarray(folder.length).toString('utf8').replace(/^\/+/, '');
  return patterns.test(entry.isDirectory() ? `${relative}/` : relative);
}

const isHiddenImage = (entry: Dirent<Buffer>): boolean =>
  !entry.isDirectory() && ['image', 'unreadable'].includes(kindOfName(entry.name.toString('latin1')));

/** A link that cannot be followed just now may well lead to a folder: it is listed as one, and what lay in it is kept. */
const isFolderLink = (path: Buffer): Promise<boolean> =>
  stat(path).then(
    (stats) => stats.isDirectory(),
    (cause) => faultKind(cause) !== 'gone' && kindOfName(path.toString('latin1')) !== 'image',
  );
