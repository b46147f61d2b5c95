import { readdir, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { hasSystemCode, LabelwiseError, messageOf } from '../errors.js';
import type { CliIo } from './io.js';

/** An image to work on: how it is reported, and where its bytes are. An unreadable folder is an item with its error. */
export interface FoundImage {
  readonly path: string;
  readonly source: string | Uint8Array;
  readonly error?: LabelwiseError;
}

const EXTENSIONS = /\.(?:jpe?g|jpe|jfif|png|webp|gif|tiff?|avif|heic|heif)$/i;

/**
 * All images that the arguments name, in order: files, folders (walked, sorted), patterns, URLs, and `-` for stdin.
 * An argument that leads nowhere is an item with its error (`INPUT_NOT_FOUND` or `INPUT_UNREADABLE`), and the rest goes on.
 */
export async function* findImages(inputs: readonly string[], io: CliIo): AsyncGenerator<FoundImage> {
  for (const input of inputs) {
    try {
      yield* imagesOf(input, io);
    } catch (error) {
      if (!(error instanceof LabelwiseError)) throw error;
      yield { path: input, source: input, error };
    }
  }
}

async function* imagesOf(input: string, io: CliIo): AsyncGenerator<FoundImage> {
  if (input === '-') {
    yield { path: '-', source: await readAll(io) };
    return;
  }
  if (/^(?:https?|data|file):/i.test(input)) {
    yield { path: input, source: input };
    return;
  }
  const kind = input === '' ? 'nothing' : await kindOf(resolve(io.cwd, input)); // "" is an unset variable, not the folder we are in
  if (kind === 'file') yield { path: input, source: resolve(io.cwd, input) };
  else if (kind === 'folder') yield* inFolder(input, io);
  else yield* matching(input, io);
}

async function readAll(io: CliIo): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of io.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}

async function kindOf(path: string): Promise<'file' | 'folder' | 'nothing'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    if (hasSystemCode(error, 'EACCES', 'EPERM')) throw unreadable(path, error);
    return 'nothing';
  }
}

async function* inFolder(folder: string, io: CliIo): AsyncGenerator<FoundImage> {
  let count = 0;
  for await (const image of walk(resolve(io.cwd, folder))) {
    count++;
    yield { ...image, path: join(folder, relative(resolve(io.cwd, folder), image.path)) };
  }
  if (count === 0)
    throw new LabelwiseError('INPUT_NOT_FOUND', `There are no images in the folder ${folder}.`, {
      hint: 'Images are known by their names: .jpg, .png, .webp, .gif, .tiff, .avif, .heic.',
    });
}

async function* walk(folder: string): AsyncGenerator<FoundImage> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => unreadable(folder, error));
  if (entries instanceof LabelwiseError) {
    yield { path: folder, source: folder, error: entries };
    return;
  }
  for (const entry of entries.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if (EXTENSIONS.test(entry.name)) yield { path, source: path };
  }
}

async function* matching(pattern: string, io: CliIo): AsyncGenerator<FoundImage> {
  const { default: glob } = await import('fast-glob');
  const found = pattern !== '' && glob.isDynamicPattern(pattern) ? await glob(pattern, { cwd: io.cwd, caseSensitiveMatch: false }) : [];
  if (found.length === 0) {
    throw new LabelwiseError('INPUT_NOT_FOUND', `There is no file, folder or match for ${pattern || 'an empty argument'}.`, {
      hint: 'Check the spelling and the folder you are in.',
    });
  }
  for (const path of found.sort()) yield { path, source: resolve(io.cwd, path) };
}

function unreadable(path: string, cause: unknown): LabelwiseError {
  return new LabelwiseError('INPUT_UNREADABLE', `${path} cannot be read: ${messageOf(cause)}.`, { hint: 'Check its permissions.', cause });
}
