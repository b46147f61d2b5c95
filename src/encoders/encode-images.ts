import type { Embedding } from '../core/embedding.js';
import type { EmbeddingCache, EncodeOptions, ImageOutcome, ImageSource, KeptEmbedding } from '../core/ports.js';
import { LabelwiseError, throwIfAborted } from '../errors.js';
import { mapAhead } from '../files/map-ahead.js';
import type { BufferPool } from '../images/pool/buffer-pool.js';
import type { PreparePool } from '../images/pool/prepare-pool.js';
import type { PreparedImage } from '../images/prepare-image.js';
import { toImageFeeds } from './onnx/feeds.js';
import type { TensorMessage } from './onnx/protocol.js';
import { toEmbeddings } from './onnx/tensors.js';
import type { Tower } from './onnx/towers.js';

export interface ImageBatching {
  /** Images in one forward pass. */
  readonly batchSize: number;
  /** How many images are read and decoded at once: what bounds memory. */
  readonly decodeAtOnce: number;
  readonly read: (image: ImageSource, signal: AbortSignal | undefined) => Promise<Uint8Array>;
  readonly pool: PreparePool;
  /** Batches of pixels, used again. */
  readonly buffers: BufferPool;
  readonly companion: () => Promise<() => Record<string, TensorMessage>>;
  readonly cache: EmbeddingCache | undefined;
  /** What an image's embedding is kept under. */
  readonly keyOf: (bytes: Uint8Array) => string;
}

type Prepared = { readonly index: number } & (
  | { readonly image: PreparedImage; readonly key: string | undefined }
  | { readonly kept: string; readonly again: () => Promise<PreparedImage> }
  | { readonly error: unknown }
);

/** Forward passes that are asked for before the first has answered: the encoder never waits for the next batch. */
const BATCHES_AHEAD = 2;

/**
 * Embeds images batch by batch, in order: while the encoder works, the next ones are read, decoded and resized on threads, no further
 * ahead than two batches. An image whose embedding is in the cache goes past decoding and encoder.
 */
export async function* encodeImages(
  tower: () => Promise<Tower>,
  images: Iterable<ImageSource> | AsyncIterable<ImageSource>,
  batching: ImageBatching,
  options: EncodeOptions,
): AsyncGenerator<ImageOutcome> {
  const { signal } = options;
  const prepare = async (image: ImageSource, index: number): Promise<Prepared> => {
    try {
      return { index, ...(await prepareOne(image, batching, signal)) };
    } catch (error) {
      throwIfAborted(signal);
      if (error instanceof LabelwiseError && error.code === 'INSTALLATION_DAMAGED') throw error; // no image is at fault
      return { index, error };
    }
  };
  const prepared = mapAhead(images, prepare, { ahead: batching.batchSize * 2, atOnce: batching.decodeAtOnce });
  const encode = async (batch: readonly Prepared[]): Promise<ImageOutcome[]> => {
    throwIfAborted(signal);
    return encodeBatch(tower, batch, batching);
  };
  let done = 0;
  for await (const outcomes of mapAhead(inBatches(prepared, batching.batchSize), encode, { ahead: BATCHES_AHEAD, atOnce: BATCHES_AHEAD })) {
    throwIfAborted(signal);
    for (const outcome of outcomes) {
      options.onProgress?.(++done, undefined);
      yield outcome;
    }
  }
}

async function prepareOne(source: ImageSource, batching: ImageBatching, signal: AbortSignal | undefined) {
  const { read, pool, cache, keyOf } = batching;
  const bytes = await read(source, signal);
  const isOurs = !(source instanceof Uint8Array || source instanceof ArrayBuffer);
  if (!cache) return { image: await pool.prepare(bytes, isOurs), key: undefined };
  const key = keyOf(bytes);
  if (!cache.has(key)) return { image: await pool.prepare(bytes, isOurs), key };
  return { kept: key, again: async () => pool.prepare(await read(source, signal), isOurs) };
}

async function encodeBatch(open: () => Promise<Tower>, batch: readonly Prepared[], batching: ImageBatching): Promise<ImageOutcome[]> {
  const known = batch.flatMap((item) => ('kept' in item ? [item.kept] : []));
  const kept = known.length > 0 && batching.cache ? await batching.cache.load(known) : new Map<string, KeptEmbedding>();
  const fresh: Extract<Prepared, { image: unknown }>[] = [];
  const failed = new Map<number, unknown>();
  for (const item of batch) {
    if ('image' in item) fresh.push(item);
    if (!('kept' in item) || kept.has(item.kept)) continue;
    // another process has removed it meanwhile, or it is damaged
    await item.again().then(
      (image) => fresh.push({ index: item.index, image, key: item.kept }),
      (error: unknown) => failed.set(item.index, error),
    );
  }
  const made = await forward(open, fresh, batching);
  if (batching.cache) {
    const news = fresh.map((item): [string, KeptEmbedding] => [item.key as string, made.get(item.index) as KeptEmbedding]);
    if (news.length > 0) await batching.cache.keep(new Map(news));
  }
  return batch.map((item) => {
    if ('error' in item) return { index: item.index, error: item.error };
    if (failed.has(item.index)) return { index: item.index, error: failed.get(item.index) };
    const found = made.get(item.index) ?? ('kept' in item ? kept.get(item.kept) : undefined);
    return { index: item.index, ...(found as KeptEmbedding) };
  });
}

/** Runs the encoder over prepared images; embeddings by the images' index. */
async function forward(
  open: () => Promise<Tower>,
  items: readonly { readonly index: number; readonly image: PreparedImage }[],
  { buffers, companion, pool }: ImageBatching,
): Promise<Map<number, KeptEmbedding>> {
  const made = new Map<number, KeptEmbedding>();
  if (items.length === 0) return made;
  const tower = await open();
  const { signature } = tower;
  const beside = await companion();
  for (const group of groupBySize(items, signature.fixedBatch)) {
    const { inputHeight, inputWidth } = (group[0] as (typeof items)[number]).image;
    const size = 3 * inputHeight * inputWidth;
    const count = signature.fixedBatch ?? group.length;
    const pixels = new Float32Array(buffers.take(count * size * 4)); // [count, 3, inputHeight, inputWidth]
    for (const [i, { image }] of group.entries()) {
      pixels.set(image.pixels, i * size);
      pool.recycle(image);
    }
    const { outputs, spent } = await tower.run({ ...beside(), ...toImageFeeds(pixels, [count, 3, inputHeight, inputWidth], signature) });
    if (spent.pixel_values) buffers.give(spent.pixel_values);
    const embeddings = toEmbeddings(outputs[signature.output] as TensorMessage, signature.output, group.length);
    for (const [i, { index, image }] of group.entries()) {
      made.set(index, { embedding: embeddings[i] as Embedding, width: image.width, height: image.height });
    }
  }
  return made;
}

/** Runs of neighbours of one input size, no longer than the graph takes: with a fixed crop and a free batch, all of them. */
function groupBySize<T extends { readonly image: PreparedImage }>(items: readonly T[], most = Number.POSITIVE_INFINITY): T[][] {
  const groups: T[][] = [];
  for (const item of items) {
    const group = groups.at(-1);
    const like = group?.[0]?.image;
    const fits = like?.inputHeight === item.image.inputHeight && like.inputWidth === item.image.inputWidth;
    if (group && fits && group.length < most) group.push(item);
    else groups.push([item]);
  }
  return groups;
}

/** Batches with `size` images to encode; what needs no encoding rides along, up to eight times as many. */
async function* inBatches(items: AsyncIterable<Prepared>, size: number): AsyncGenerator<Prepared[]> {
  let batch: Prepared[] = [];
  let toEncode = 0;
  for await (const item of items) {
    batch.push(item);
    if ('image' in item) toEncode++;
    if (toEncode < size && batch.length < 8 * size) continue;
    yield batch;
    batch = [];
    toEncode = 0;
  }
  if (batch.length > 0) yield batch;
}
