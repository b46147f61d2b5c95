import { open, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bytesIn, isBlob, isImageSource } from '../core/image-source.js';
import type { ImageSource } from '../core/ports.js';
import { hasSystemCode, isError, LabelwiseError, messageOf, throwIfAborted } from '../errors.js';
import { toPathBytes } from '../files/byte-path.js';
import { type CollectOptions, collectBytes, readPieces } from '../files/collect-bytes.js';
import { formatExcess } from '../files/format-bytes.js';
import { strangeKind } from '../files/strange-kind.js';

/** The limits beyond which an image is refused. */
export interface ImageLimits {
  readonly maxImageMegapixels: number;
  readonly maxImageBytes: number;
  /** SVG can contain scripts and references and has no pixels of its own, so it is off by default. */
  readonly allowSvg: boolean;
}

export const DEFAULT_IMAGE_LIMITS: ImageLimits = { maxImageMegapixels: 150, maxImageBytes: 256 * 2 ** 20, allowSvg: false };

/** These limits, with the default for each that is undefined. */
export function toImageLimits(given: { readonly [K in keyof ImageLimits]?: ImageLimits[K] | undefined } = {}): ImageLimits {
  const { maxImageMegapixels, maxImageBytes, allowSvg } = DEFAULT_IMAGE_LIMITS;
  const { maxImageMegapixels: pixels = maxImageMegapixels, maxImageBytes: bytes = maxImageBytes, allowSvg: svg = allowSvg } = given;
  return { maxImageMegapixels: pixels, maxImageBytes: bytes, allowSvg: svg };
}

/**
 * The encoded bytes of an image: a path, a file:, http(s): or data: URL, bytes or a Blob. No more than the limit is ever
 * read. A path must lead to a file, because a pipe may block its reader forever.
 *
 * @throws LabelwiseError `INPUT_NOT_FOUND`, `INPUT_UNREADABLE`, `IMAGE_TOO_LARGE`, `IMAGE_DAMAGED` for 0 bytes, or `INVALID_ARGUMENT` if the source is not an image
 */
export async function readImageBytes(source: ImageSource, limits: ImageLimits, signal?: AbortSignal): Promise<Uint8Array> {
  throwIfAborted(signal);
  if (!isImageSource(source)) {
    throw new LabelwiseError('INVALID_ARGUMENT', `Expected an image as a path, a URL, bytes or a Blob, got ${kindOf(source)}.`);
  }
  const held = bytesIn(source);
  if (held) return checkSize(held, 'these bytes', limits);
  if (isBlob(source)) {
    if (source.size > limits.maxImageBytes) throw tooManyBytes('this blob', limits)(source.size);
    return checkSize(new Uint8Array(await source.arrayBuffer()), 'this blob', limits);
  }
  const address = source as string | URL;
  const place = toPlace(address);
  const name = nameOf(address);
  const reading: Reading = { name, signal, maxBytes: limits.maxImageBytes, tooLarge: tooManyBytes(name, limits) };
  return checkSize(await (isPath(place) ? readFileBytes(place, reading) : fetchBytes(place, reading)), name, limits);
}

const kindOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value);

interface Reading extends CollectOptions {
  /** What messages call the image. */
  readonly name: string;
}

/** An image's path or address as messages name it. */
const nameOf = (source: string | URL): string => (/^data:/i.test(`${source}`) ? 'the data: URL' : `${source}`);

const isPath = (place: string | Buffer | URL): place is string | Buffer => typeof place === 'string' || ArrayBuffer.isView(place);

/** Whether an image is named by an address, and not by a path. */
export const isUrl = (source: string): boolean => /^(?:https?|data|file):/i.test(source);

/** A path, of bytes where a file: URL has what is no UTF-8; or the URL to fetch. */
function toPlace(source: string | URL): string | Buffer | URL {
  if (typeof source === 'string' && !isUrl(source)) return source;
  try {
    const url = new URL(source);
    return url.protocol === 'file:' ? toPath(url) : url;
  } catch (cause) {
    throw new LabelwiseError('INPUT_NOT_FOUND', `${nameOf(source)} is not an address that can be read: ${messageOf(cause)}.`, {
      hint: 'Check its spelling.',
      cause,
    });
  }
}

function toPath(url: URL): string | Buffer {
  try {
    return fileURLToPath(url);
  } catch (error) {
    if (isError(error) && error.name === 'URIError') return toPathBytes(url.href);
    throw error;
  }
}

async function readFileBytes(path: string | Buffer, reading: Reading): Promise<Uint8Array> {
  const { name, maxBytes, tooLarge } = reading;
  try {
    const stats = await stat(path);
    const kind = strangeKind(stats);
    if (kind === 'a folder') throw new LabelwiseError('INPUT_NOT_FOUND', `Expected an image file, got the folder ${name}.`);
    if (kind !== undefined) throw notAFile(name, kind);
    if (stats.size > maxBytes) throw tooLarge(stats.size);
    const file = await open(path);
    try {
      return await collectBytes(readPieces(file, stats.size), reading);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw toReadError(error, name);
  }
}

/** The error for a pipe, a socket or a device in the place of an image. */
export const notAFile = (name: string, kind: string): LabelwiseError =>
  new LabelwiseError('INPUT_UNREADABLE', `Expected an image file, got ${kind}: ${name}.`, {
    hint: 'Only a pipe that is itself named on the command line is read, and stdin, as "-".',
  });

function toReadError(error: unknown, name: string): unknown {
  if (error instanceof LabelwiseError) return error;
  if (hasSystemCode(error, 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG'))
    return new LabelwiseError('INPUT_NOT_FOUND', `There is no file ${name}.`, { hint: spellingHint(name), cause: error });
  return new LabelwiseError('INPUT_UNREADABLE', `${name} cannot be read: ${messageOf(error)}.`, {
    hint: 'Check its permissions.',
    cause: error,
  });
}

/** What to do where nothing has this name. Bytes that are no UTF-8 reach a program as U+FFFD, and are lost. */
export const spellingHint = (name: string): string =>
  name.includes('\uFFFD')
    ? 'Its name seems to be no UTF-8, which an argument cannot hold: name its folder, or write it as a file:///... URL with %XX.'
    : 'Check the spelling and the folder you are in.';

async function fetchBytes(url: URL, reading: Reading): Promise<Uint8Array> {
  const { name, signal } = reading;
  const timeout = AbortSignal.timeout(60_000);
  try {
    const response = await fetch(url, { signal: signal ? AbortSignal.any([signal, timeout]) : timeout });
    if (response.ok && response.body !== null) {
      refuseDeclaredSize(response, reading);
      return await collectBytes(response.body, reading);
    }
    throw new LabelwiseError('INPUT_NOT_FOUND', `${name} answered ${response.status} ${response.statusText}.`);
  } catch (cause) {
    throwIfAborted(signal);
    if (cause instanceof LabelwiseError) throw cause;
    throw new LabelwiseError('INPUT_UNREADABLE', `${name} cannot be fetched: ${messageOf(cause)}.`, { cause });
  }
}

/** Refuses an answer by its header, so that nobody waits for bytes that are too many. Of compressed answers the header says too little. */
function refuseDeclaredSize({ headers, body }: Response, { maxBytes, tooLarge }: Reading): void {
  const size = Number(headers.get('content-length') ?? 0);
  if (!(size > maxBytes) || headers.has('content-encoding')) return;
  body?.cancel().catch(() => {});
  throw tooLarge(size);
}

/** The error for an image of more bytes than are allowed; `size` where it is known. */
export function tooManyBytes(name: string, { maxImageBytes }: Pick<ImageLimits, 'maxImageBytes'>): (size?: number) => LabelwiseError {
  return (size) => {
    const { limit, bytes } = formatExcess(maxImageBytes, size);
    return new LabelwiseError('IMAGE_TOO_LARGE', `Expected at most ${limit}, got ${bytes} in ${name}.`, {
      hint: 'Raise the limit with `maxImageBytes` if you trust the file.',
    });
  };
}

function checkSize(bytes: Uint8Array, name: string, limits: ImageLimits): Uint8Array {
  if (bytes.length > limits.maxImageBytes) throw tooManyBytes(name, limits)(bytes.length);
  if (bytes.length > 0) return bytes;
  throw new LabelwiseError('IMAGE_DAMAGED', `Expected an image, got 0 bytes in ${name}.`, {
    hint: 'The file is empty: copy it again from where it came.',
  });
}
