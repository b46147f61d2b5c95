import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { ImageSource } from '../../core/ports.js';
import { hasSystemCode, LabelwiseError, messageOf, throwIfAborted } from '../../errors.js';

/** What an image may cost before it is refused. */
export interface ImageLimits {
  readonly maxImageMegapixels: number;
  readonly maxImageBytes: number;
  /** SVG can hold scripts and references and has no pixels of its own: off unless asked for. */
  readonly allowSvg: boolean;
}

export const DEFAULT_IMAGE_LIMITS: ImageLimits = { maxImageMegapixels: 150, maxImageBytes: 256 * 2 ** 20, allowSvg: false };

/** The encoded bytes of an image, wherever it is: a path, a file:, http(s): or data: URL, bytes or a Blob. */
export async function readImageBytes(source: ImageSource, limits: ImageLimits, signal?: AbortSignal): Promise<Uint8Array> {
  throwIfAborted(signal);
  if (source instanceof Uint8Array) return checkSize(source, 'these bytes', limits);
  if (source instanceof ArrayBuffer) return checkSize(new Uint8Array(source), 'these bytes', limits);
  if (source instanceof Blob) {
    refuseIfLarger(source.size, 'this blob', limits);
    return checkSize(new Uint8Array(await source.arrayBuffer()), 'this blob', limits);
  }
  if (typeof source === 'string' && !/^(?:https?|data|file):/i.test(source)) return readFileBytes(source, limits);
  const place = toPlace(source);
  return typeof place === 'string' ? readFileBytes(place, limits) : fetchBytes(place, limits, signal);
}

/** The path of a file: URL, or the URL to fetch. */
function toPlace(source: string | URL): string | URL {
  try {
    const url = new URL(source);
    return url.protocol === 'file:' ? fileURLToPath(url) : url;
  } catch (cause) {
    throw new LabelwiseError('INPUT_NOT_FOUND', `${source} is not an address that can be read: ${messageOf(cause)}.`, {
      hint: 'Check its spelling.',
      cause,
    });
  }
}

async function readFileBytes(path: string, limits: ImageLimits): Promise<Uint8Array> {
  try {
    const file = await open(path);
    try {
      const stats = await file.stat();
      if (stats.isDirectory()) throw new LabelwiseError('INPUT_NOT_FOUND', `Expected an image file, got the folder ${path}.`);
      refuseIfLarger(stats.size, path, limits);
      return checkSize(await file.readFile(), path, limits);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw toReadError(error, path);
  }
}

function toReadError(error: unknown, path: string): unknown {
  if (error instanceof LabelwiseError) return error;
  if (hasSystemCode(error, 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG')) {
    return new LabelwiseError('INPUT_NOT_FOUND', `There is no file ${path}.`, {
      hint: 'Check the spelling and the folder you are in.',
      cause: error,
    });
  }
  return new LabelwiseError('INPUT_UNREADABLE', `${path} cannot be read: ${messageOf(error)}.`, {
    hint: 'Check its permissions.',
    cause: error,
  });
}

async function fetchBytes(url: URL, limits: ImageLimits, signal?: AbortSignal): Promise<Uint8Array> {
  const name = url.protocol === 'data:' ? 'the data: URL' : url.href;
  const timeout = AbortSignal.timeout(60_000);
  const response = await fetch(url, { signal: signal ? AbortSignal.any([signal, timeout]) : timeout }).catch((error: unknown) => {
    throwIfAborted(signal);
    throw new LabelwiseError('INPUT_UNREADABLE', `${name} cannot be fetched: ${messageOf(error)}.`, { cause: error });
  });
  if (!response.ok || response.body === null) {
    throw new LabelwiseError('INPUT_NOT_FOUND', `${name} answered ${response.status} ${response.statusText}.`);
  }
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body) {
    size += part.length;
    refuseIfLarger(size, name, limits);
    parts.push(part);
  }
  return checkSize(Buffer.concat(parts), name, limits);
}

function refuseIfLarger(size: number, name: string, limits: ImageLimits): void {
  if (size <= limits.maxImageBytes) return;
  const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
  throw new LabelwiseError(
    'IMAGE_TOO_LARGE',
    `Expected at most ${mebibytes(limits.maxImageBytes)} MiB, got ${mebibytes(size)} MiB in ${name}.`,
    {
      hint: 'Raise the limit with --max-image-bytes (maxImageBytes) if you trust the file.',
    },
  );
}

function checkSize(bytes: Uint8Array, name: string, limits: ImageLimits): Uint8Array {
  refuseIfLarger(bytes.length, name, limits);
  if (bytes.length > 0) return bytes;
  throw new LabelwiseError('IMAGE_DAMAGED', `Expected an image, got 0 bytes in ${name}.`, {
    hint: 'The file is empty: copy it again from where it came.',
  });
}
