import { show } from '../core/assert-option.js';
import type { ImageSource } from '../core/ports.js';
import { LabelwiseError } from '../errors.js';

/** The most that is shown of a data: URL. */
const SHOWN_OF_DATA = 40;

/** An image in a few words, for results and messages: its path or address, or the size of its bytes. */
export function describeSource(source: ImageSource): string {
  if (source instanceof Blob) return `a blob of ${source.size} bytes`;
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) return `${source.byteLength} bytes`;
  const text = String(source);
  return /^data:/i.test(text) && text.length > 2 * SHOWN_OF_DATA ? `${text.slice(0, SHOWN_OF_DATA)}... (${text.length} characters)` : text;
}

/**
 * What is wrong with an image source, if anything. `bytesOnly` also refuses paths and URLs: whoever takes images from strangers must not open
 * what they name.
 */
export function refuseImageSource(source: unknown, bytesOnly = false): LabelwiseError | undefined {
  const isBytes = source instanceof Uint8Array || source instanceof ArrayBuffer || source instanceof Blob;
  if (isBytes || (!bytesOnly && ((typeof source === 'string' && source !== '') || source instanceof URL))) return undefined;
  const expected = bytesOnly ? 'bytes or a Blob (`bytesOnly` is set)' : 'a path, a URL, bytes or a Blob';
  return new LabelwiseError('INVALID_ARGUMENT', `Expected an image as ${expected}, got ${show(source)}.`);
}
