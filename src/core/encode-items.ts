import type { EncodeOptions, ImageEncoder, ImageOutcome, ImageSource } from './ports.js';

/**
 * Encodes items that each hold an image, and gives every item back with its outcome, in order. An item without an image keeps its place, so
 * that batches form as if it had one; its outcome is an error.
 */
export async function* encodeItems<T>(
  encoder: ImageEncoder,
  items: Iterable<T> | AsyncIterable<T>,
  imageOf: (item: T) => ImageSource | undefined,
  options: EncodeOptions = {},
): AsyncGenerator<{ readonly item: T; readonly outcome: ImageOutcome }> {
  const waiting: T[] = [];
  async function* images(): AsyncGenerator<ImageSource> {
    for await (const item of items) {
      waiting.push(item);
      yield imageOf(item) ?? new Uint8Array(0);
    }
  }
  for await (const outcome of encoder.encodeImages(images(), options)) yield { item: waiting.shift() as T, outcome };
}
