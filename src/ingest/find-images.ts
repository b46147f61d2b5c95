import { stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import ignore from 'ignore';
import { hasSystemCode, LabelwiseError, messageOf } from '../errors.js';
import { toPathText } from '../files/byte-path.js';
import { isForeignName } from '../files/image-names.js';
import { createLeftOutCount, type LeftOut } from '../files/left-out.js';
import { isPipe, readPipe, readStream } from '../files/read-pipe.js';
import { type StrangeKind, strangeKind } from '../files/strange-kind.js';
import { walkImages } from '../files/walk-tree.js';
import { type ImageLimits, isUrl, spellingHint, tooManyBytes } from '../images/read-image.js';

/**
 * An image to work on: how it is reported, and where its bytes are. An unreadable folder is an item with its error. A file found under a
 * name that is no UTF-8 goes by its file: URL.
 */
export interface FoundImage {
  readonly path: string;
  readonly source: string | Uint8Array;
  readonly error?: LabelwiseError;
}

/** Where to look for images, and what to leave out. */
export interface FindImagesOptions extends NameOptions {
  /** Names that are left out in folders, written as in .gitignore. */
  readonly exclude?: readonly string[] | undefined;
  /** What a folder or a pattern left out, when it has been read. */
  readonly onLeftOut?: ((list: readonly LeftOut[]) => void) | undefined;
}

interface NameOptions {
  /** The folder that relative paths start from. */
  readonly cwd: string;
  /** The stream that `-` stands for. */
  readonly stdin: Readable;
  readonly limits: ImageLimits;
  readonly signal?: AbortSignal | undefined;
}

/**
 * All images that the arguments name, in order: files, pipes, folders (walked, sorted), patterns, URLs, and `-` for stdin.
 * An argument that leads nowhere is an item with its error (`INPUT_NOT_FOUND` or `INPUT_UNREADABLE`), and the rest goes on.
 */
export async function* findImages(inputs: readonly string[], options: FindImagesOptions): AsyncGenerator<FoundImage> {
  for (const input of inputs) {
    try {
      yield* imagesOf(input, options);
    } catch (error) {
      if (!(error instanceof LabelwiseError) || error.code === 'ABORTED') throw error;
      yield { path: input, source: input, error };
    }
  }
}

async function* imagesOf(input: string, options: FindImagesOptions): AsyncGenerator<FoundImage> {
  const isElsewhere = input === '-' || isUrl(input);
  const kind = input === '' ? 'nothing' : isElsewhere ? 'a file' : await kindOf(resolve(options.cwd, input)); // "" is an unset variable, not the folder we are in
  if (kind === 'a folder') yield* inFolder(input, options);
  else if (kind === 'nothing') yield* matching(input, options);
  else yield { path: input, source: await namedImage(input, options) };
}

/** Where the bytes of an image are that is named by itself: a URL, a file, or here already, from stdin or another pipe. */
export async function namedImage(input: string, options: NameOptions): Promise<string | Uint8Array> {
  if (isUrl(input)) return input;
  if (input === '-') return readStream(options.stdin, toReading('stdin', options));
  const path = resolve(options.cwd, input);
  return (await isPipe(path)) ? readPipe(path, toReading(input, options)) : path;
}

const toReading = (name: string, { signal, limits }: NameOptions) => ({
  name,
  signal,
  maxBytes: limits.maxImageBytes,
  tooLarge: tooManyBytes(name, limits),
});

async function kindOf(path: string | Buffer): Promise<'a file' | StrangeKind | 'nothing'> {
  try {
    return strangeKind(await stat(path)) ?? 'a file';
  } catch (error) {
    if (hasSystemCode(error, 'EACCES', 'EPERM')) throw unreadable(`${path}`, error);
    return 'nothing';
  }
}

async function* inFolder(folder: string, { cwd, exclude, signal, onLeftOut }: FindImagesOptions): AsyncGenerator<FoundImage> {
  const root = resolve(cwd, folder);
  const leftOut = createLeftOutCount();
  let count = 0;
  const options = { exclude, compare: naturalOrder(), onLeftOut: leftOut.add, signal };
  for await (const { path, cause } of walkImages(root, options)) {
    count++;
    const found = toFound(path);
    const shown = found.path.startsWith('file:') ? found.path : join(folder, relative(root, found.path));
    yield cause === undefined ? { ...found, path: shown } : { ...found, path: shown, error: unreadable(found.path, cause) };
  }
  onLeftOut?.(leftOut.list());
  if (count === 0)
    throw new LabelwiseError('INPUT_NOT_FOUND', `There are no images in the folder ${folder}.`, {
      hint: 'Image files are recognised by their extension: .jpg, .png, .webp, .gif, .tiff, .avif or .heic.',
    });
}

function naturalOrder(): (a: Buffer, b: Buffer) => number {
  const { compare } = new Intl.Collator('en', { numeric: true }); // it takes some milliseconds: only folders need it
  return (a, b) => compare(a.toString(), b.toString());
}

function toFound(path: Buffer): FoundImage {
  const text = toPathText(path);
  return { path: text, source: text };
}

async function* matching(pattern: string, { cwd, exclude = [], onLeftOut }: FindImagesOptions): AsyncGenerator<FoundImage> {
  const { matchPattern } = await import('./match-pattern.js');
  const isExcluded = createExclusion(pattern, exclude);
  const leftOut = createLeftOutCount();
  let count = 0;
  for (const { path, bytes, cause } of await matchPattern(pattern, cwd)) {
    const found = toFound(bytes);
    if (isExcluded(path)) {
      leftOut.add({ path: found.path, reason: 'excluded' });
      continue;
    }
    if (cause === undefined && (await kindOf(bytes)) === 'a folder') continue;
    count++;
    const shown = { ...found, path: found.path.startsWith('file:') ? found.path : path };
    yield cause === undefined ? shown : { ...shown, error: unreadable(found.path, cause) };
  }
  onLeftOut?.(leftOut.list());
  if (count === 0) {
    throw new LabelwiseError('INPUT_NOT_FOUND', `There is no file, folder or match for ${pattern || 'an empty argument'}.`, {
      hint: spellingHint(pattern),
    });
  }
}

/** Which matches a walk of their folder would leave out; names that the pattern itself has are meant. */
function createExclusion(pattern: string, exclude: readonly string[]): (path: string) => boolean {
  const meant = new Set(pattern.split('/'));
  const patterns = ignore().add([...exclude]);
  return (path) => {
    const inside = path.replace(/^(?:\.*\/)+/, '');
    return path.split('/').some((name) => isForeignName(name) && !meant.has(name)) || patterns.ignores(inside);
  };
}

function unreadable(path: string, cause: unknown): LabelwiseError {
  return new LabelwiseError('INPUT_UNREADABLE', `${path} cannot be read: ${messageOf(cause)}.`, { hint: 'Check its permissions.', cause });
}
