import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { hasSystemCode, LabelwiseError, messageOf } from '../errors.js';
import { toPathText } from '../files/byte-path.js';
import { type StrangeKind, strangeKind } from '../files/strange-kind.js';
import { DEFAULT_IMAGE_LIMITS, type ImageLimits, isUrl, spellingHint, tooManyBytes } from '../images/read-image.js';
import type { CliIo } from './io.js';
import { isPipe, readPipe, readStream } from './read-pipe.js';

/**
 * An image to work on: how it is reported, and where its bytes are. An unreadable folder is an item with its error. A file found under a
 * name that is no UTF-8 goes by its file: URL.
 */
export interface FoundImage {
  readonly path: string;
  readonly source: string | Uint8Array;
  readonly error?: LabelwiseError;
}

const EXTENSIONS = /\.(?:jpe?g|jpe|jfif|png|webp|gif|tiff?|avif|heic|heif)$/i;

/**
 * All images that the arguments name, in order: files, pipes, folders (walked, sorted), patterns, URLs, and `-` for stdin.
 * An argument that leads nowhere is an item with its error (`INPUT_NOT_FOUND` or `INPUT_UNREADABLE`), and the rest goes on.
 */
export async function* findImages(inputs: readonly string[], io: CliIo, limits = DEFAULT_IMAGE_LIMITS): AsyncGenerator<FoundImage> {
  for (const input of inputs) {
    try {
      yield* imagesOf(input, io, limits);
    } catch (error) {
      if (!(error instanceof LabelwiseError) || error.code === 'ABORTED') throw error;
      yield { path: input, source: input, error };
    }
  }
}

async function* imagesOf(input: string, io: CliIo, limits: ImageLimits): AsyncGenerator<FoundImage> {
  const isElsewhere = input === '-' || isUrl(input);
  const kind = input === '' ? 'nothing' : isElsewhere ? 'a file' : await kindOf(resolve(io.cwd, input)); // "" is an unset variable, not the folder we are in
  if (kind === 'a folder') yield* inFolder(input, io);
  else if (kind === 'nothing') yield* matching(input, io);
  else yield { path: input, source: await namedImage(input, io, limits) };
}

/** Where the bytes of an image are that is named by itself: a URL, a file, or here already, from stdin or another pipe. */
export async function namedImage(input: string, io: CliIo, limits: ImageLimits): Promise<string | Uint8Array> {
  if (isUrl(input)) return input;
  if (input === '-') return readStream(io.stdin, toReading('stdin', io, limits));
  const path = resolve(io.cwd, input);
  return (await isPipe(path)) ? readPipe(path, toReading(input, io, limits)) : path;
}

const toReading = (name: string, { signal }: CliIo, limits: ImageLimits) => ({
  name,
  signal,
  maxBytes: limits.maxImageBytes,
  tooLarge: tooManyBytes(name, limits),
});

async function kindOf(path: string): Promise<'a file' | StrangeKind | 'nothing'> {
  try {
    return strangeKind(await stat(path)) ?? 'a file';
  } catch (error) {
    if (hasSystemCode(error, 'EACCES', 'EPERM')) throw unreadable(path, error);
    return 'nothing';
  }
}

async function* inFolder(folder: string, io: CliIo): AsyncGenerator<FoundImage> {
  const root = resolve(io.cwd, folder);
  let count = 0;
  for await (const image of walk(Buffer.from(root))) {
    count++;
    yield { ...image, path: image.path.startsWith('file:') ? image.path : join(folder, relative(root, image.path)) };
  }
  if (count === 0)
    throw new LabelwiseError('INPUT_NOT_FOUND', `There are no images in the folder ${folder}.`, {
      hint: 'Images are known by their names: .jpg, .png, .webp, .gif, .tiff, .avif, .heic.',
    });
}

const SLASH = Buffer.from('/');

async function* walk(folder: Buffer): AsyncGenerator<FoundImage> {
  const read = readdir(folder, { withFileTypes: true, encoding: 'buffer' });
  const entries = await read.catch((error: unknown) => unreadable(toPathText(folder), error));
  if (entries instanceof LabelwiseError) {
    yield { ...toFound(folder), error: entries };
    return;
  }
  for (const entry of entries.sort(inNaturalOrder)) {
    const path = Buffer.concat([folder, SLASH, entry.name]);
    if (entry.isDirectory()) yield* walk(path);
    else if (EXTENSIONS.test(entry.name.toString('latin1'))) yield toFound(path);
  }
}

const inNaturalOrder = (a: Dirent<Buffer>, b: Dirent<Buffer>): number =>
  a.name.toString().localeCompare(b.name.toString(), 'en', { numeric: true });

function toFound(path: Buffer): FoundImage {
  const text = toPathText(path);
  return { path: text, source: text };
}

/** `**` enters no links: they may lead round in circles. A pattern that names folders one by one does, as in a shell. */
async function* matching(pattern: string, io: CliIo): AsyncGenerator<FoundImage> {
  const { default: glob } = await import('fast-glob');
  const options = { cwd: io.cwd, caseSensitiveMatch: false, onlyFiles: false, followSymbolicLinks: !pattern.includes('**') };
  const found = pattern !== '' && glob.isDynamicPattern(pattern) ? await glob(pattern, options) : [];
  let count = 0;
  for (const path of found.sort()) {
    if ((await kindOf(resolve(io.cwd, path))) === 'a folder') continue;
    count++;
    yield { path, source: resolve(io.cwd, path) };
  }
  if (count === 0) {
    throw new LabelwiseError('INPUT_NOT_FOUND', `There is no file, folder or match for ${pattern || 'an empty argument'}.`, {
      hint: spellingHint(pattern),
    });
  }
}

function unreadable(path: string, cause: unknown): LabelwiseError {
  return new LabelwiseError('INPUT_UNREADABLE', `${path} cannot be read: ${messageOf(cause)}.`, { hint: 'Check its permissions.', cause });
}
