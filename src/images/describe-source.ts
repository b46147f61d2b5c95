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

/** @throws LabelwiseError `INVALID_ARGUMENT` for what is neither a path, a URL, bytes nor a Blob */
export function assertImageSource(source: unknown): asserts source is ImageSource {
  const isBytes = source instanceof Uint8Array || source instanceof ArrayBuffer || source instanceof Blob;
  if ((typeof source === 'string' && source !== '') || source instanceof URL || isBytes) return;
  throw new LabelwiseError('INVALID_ARGUMENT', `Expected an image as a path, a URL, bytes or a Blob, got ${show(source)}.`);
}
