import type { ImageSource } from './ports.js';

// No instanceof here: a test runner's context (Jest, a vm) has classes of its own.

/** The bytes of a source that holds them in memory. */
export function bytesIn(source: ImageSource): Uint8Array | undefined {
  if (ArrayBuffer.isView(source)) return source;
  return Object.prototype.toString.call(source) === '[object ArrayBuffer]' ? new Uint8Array(source as ArrayBuffer) : undefined;
}

/** Whether a source is a Blob or a File. */
export const isBlob = (source: ImageSource): source is Blob => isObject(source) && 'arrayBuffer' in source;

/** Whether something is an image source at all: callers without types pass anything. */
export const isImageSource = (source: unknown): source is ImageSource =>
  typeof source === 'string' ||
  (isObject(source) && ('href' in source || 'arrayBuffer' in source || bytesIn(source as ImageSource) !== undefined));

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
