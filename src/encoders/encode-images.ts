import { normalize } from '../core/embedding.js';
import type { EncodeOptions, ImageOutcome, ImageSource } from '../core/ports.js';
import { throwIfAborted } from '../errors.js';
import { mapAhead } from './map-ahead.js';
import { toImageFeeds } from './onnx/feeds.js';
import type { TensorMessage } from './onnx/protocol.js';
import { toRows } from './onnx/tensors.js';
import type { Tower } from './onnx/towers.js';

/** An image as the encoder takes it, with the size that it had. */
export interface PreparedImage {
  readonly pixels: Float32Array; // [3, inputHeight, inputWidth]
  readonly inputHeight: number;
  readonly inputWidth: number;
  readonly width: number;
  readonly height: number;
}

export interface ImageBatching {
  readonly batchSize: number;
  /** How many images are decoded at once: what bounds memory. */
  readonly decodeAtOnce: number;
  readonly companion: () => Record<string, TensorMessage>;
  readonly prepare: (image: ImageSource, signal: AbortSignal | undefined) => Promise<PreparedImage>;
}

type Prepared = { readonly index: number } & ({ readonly image: PreparedImage } | { readonly error: unknown });

/** Embeds images batch by batch; the next ones are decoded while the encoder works. Outcomes come in order. */
export async function* encodeImages(
  tower: () => Promise<Tower>,
  images: Iterable<ImageSource> | AsyncIterable<ImageSource>,
  batching: ImageBatching,
  options: EncodeOptions,
): AsyncGenerator<ImageOutcome> {
  const prepare = async (image: ImageSource, index: number): Promise<Prepared> => {
    try {
      return { index, image: await batching.prepare(image, options.signal) };
    } catch (error) {
      throwIfAborted(options.signal);
      return { index, error };
    }
  };
  const prepared = mapAhead(images, prepare, { ahead: batching.batchSize * 2, atOnce: batching.decodeAtOnce });
  let done = 0;
  for await (const batch of inBatches(prepared, (await tower()).signature.fixedBatch ?? batching.batchSize)) {
    throwIfAborted(options.signal);
    for (const outcome of await encodeBatch(await tower(), batch, batching)) {
      options.onProgress?.(++done, undefined);
      yield outcome;
    }
  }
}

async function encodeBatch(tower: Tower, batch: readonly Prepared[], batching: ImageBatching): Promise<ImageOutcome[]> {
  const images = batch.flatMap((item) => ('image' in item ? [item.image] : []));
  const rows: Float32Array[] = [];
  for (const group of groupBySize(images)) {
    const { inputHeight, inputWidth } = group[0] as PreparedImage;
    const size = 3 * inputHeight * inputWidth;
    const count = tower.signature.fixedBatch ?? group.length;
    const pixels = new Float32Array(count * size);
    for (const [i, image] of group.entries()) pixels.set(image.pixels, i * size);
    const feeds = toImageFeeds(pixels, [count, 3, inputHeight, inputWidth], tower.signature);
    const outputs = await tower.run({ ...batching.companion(), ...feeds });
    rows.push(...toRows(outputs[tower.signature.output] as TensorMessage, tower.signature.output).slice(0, group.length));
  }
  let next = 0;
  return batch.map((item) =>
    'error' in item
      ? { index: item.index, error: item.error }
      : { index: item.index, embedding: normalize(rows[next++] as Float32Array), width: item.image.width, height: item.image.height },
  );
}

/** Runs of neighbours of one input size: with a fixed crop, all of them. */
function groupBySize(images: readonly PreparedImage[]): PreparedImage[][] {
  const groups: PreparedImage[][] = [];
  for (const image of images) {
    const group = groups.at(-1);
    const like = group?.[0];
    if (group && like?.inputHeight === image.inputHeight && like.inputWidth === image.inputWidth) group.push(image);
    else groups.push([image]);
  }
  return groups;
}

async function* inBatches<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    if (batch.push(item) < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
