import { setMaxListeners } from 'node:events';
import { bytesIn } from '../core/image-source.js';
import type { EncodeOptions, ImageOutcome, ImageSource } from '../core/ports.js';
import { throwIfAborted } from '../errors.js';
import { mapAhead } from '../files/map-ahead.js';
import { CallShare } from './call-share.js';
import { type BatchEncoding, encodeBatch, type Prepared } from './encode-batch.js';
import { toItemError } from './item-error.js';

export interface ImageBatching extends BatchEncoding {
  /** Images in one forward pass. */
  readonly batchSize: number;
  /** How many images of the process are read and decoded at once. */
  readonly prepareAtOnce: number;
  readonly read: (image: ImageSource, signal: AbortSignal) => Promise<Uint8Array>;
  readonly withCrops?: boolean | undefined;
  readonly startsHere?: boolean | undefined;
  /** What an image's embedding is kept under. */
  readonly keyOf: (bytes: Uint8Array) => string;
}

/** Forward passes that are asked for before the first has answered: the encoder never waits for the next batch. */
const BATCHES_AHEAD = 2;

/**
 * Embeds images batch by batch, in order. While the encoder works, the next images are read, decoded and resized on threads, up to two
 * batches ahead and within the process's bounds. An image whose embedding is in the cache skips decoder and encoder. When nothing more
 * is ready and the encoder is idle, an incomplete batch goes through.
 */
export async function* encodeImages(
  images: Iterable<ImageSource> | AsyncIterable<ImageSource>,
  batching: ImageBatching,
  options: EncodeOptions,
): AsyncGenerator<ImageOutcome> {
  const { batchSize } = batching;
  const stop = new AbortController(); // also ends the reading when the consumer leaves
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  setMaxListeners(0, signal); // each image that waits its turn listens
  const share = new CallShare(batchSize, Array.isArray(images) ? images.length : Number.POSITIVE_INFINITY, signal);

  async function prepare(image: ImageSource, index: number): Promise<Prepared> {
    let prepared: Prepared;
    try {
      prepared = { index, ...(await share.work(() => prepareOne(image, batching, { share, signal }))) };
    } catch (error) {
      throwIfAborted(signal);
      prepared = { index, error: toItemError(error) };
    }
    if (!('image' in prepared)) share.giveBack(1);
    return prepared;
  }

  async function encode(batch: readonly Prepared[]): Promise<ImageOutcome[]> {
    throwIfAborted(signal);
    return share.work(() => encodeBatch(batch, batching)).finally(() => share.giveBack(countPixels(batch)));
  }

  try {
    const prepared = mapAhead(images, prepare, { ahead: batchSize * 2, admit: () => share.admit(), signal });
    const lull = options.shouldFillBatches ? undefined : () => share.lull();
    const encoded = mapAhead(inBatches(prepared, batchSize, lull), encode, { ahead: BATCHES_AHEAD, signal });
    let done = 0;
    for await (const outcomes of encoded) {
      for (const outcome of outcomes) {
        throwIfAborted(signal);
        options.onProgress?.(++done, undefined);
        yield outcome;
      }
    }
  } finally {
    stop.abort();
    share.close();
  }
}

interface Call {
  readonly share: CallShare;
  readonly signal: AbortSignal;
}

async function prepareOne(source: ImageSource, batching: ImageBatching, { share, signal }: Call) {
  const { read, pool, cache, keyOf, tower, withCrops, startsHere } = batching;
  const fetched = isRemote(source) ? await read(source, signal) : undefined; // a slow server holds up no other image
  const isOurs = bytesIn(source) === undefined;
  const work = async () => {
    const bytes = fetched ?? (await read(source, signal));
    const key = cache && keyOf(bytes);
    if (key === undefined || !cache?.has(key)) {
      tower().catch(() => {}); // it opens while the first image is decoded; a failure shows when it is used
      return { image: await pool.prepare(bytes, { isOurs, withCrops, mayBeHere: startsHere }), key };
    }
    return { kept: key, again: async () => pool.prepare(await read(source, signal), { isOurs }) };
  };
  return share.prepare(work, batching.prepareAtOnce);
}

const isRemote = (source: ImageSource): boolean =>
  /^https?:/i.test(typeof source === 'string' ? source : ((source as Partial<URL> | null)?.href ?? ''));

const countPixels = (batch: readonly Prepared[]): number => batch.filter((item) => 'image' in item).length;

/**
 * Batches with `size` images to encode; what needs no encoding rides along, up to eight times as many. A batch is handed over incomplete
 * when a lull comes before its next image, and when the images end, with or without an error.
 */
async function* inBatches(items: AsyncGenerator<Prepared>, size: number, lull?: () => Promise<void>): AsyncGenerator<Prepared[]> {
  let batch: Prepared[] = [];
  let toEncode = 0;
  let failure: { readonly error: unknown } | undefined;
  const next = () =>
    items.next().catch((error: unknown) => {
      failure = { error };
      return { done: true } as const;
    });
  let coming = next();
  for (;;) {
    const item = lull && batch.length > 0 ? await Promise.race([coming, lull()]) : await coming;
    if (item && !item.done) {
      batch.push(item.value);
      coming = next();
      if ('image' in item.value) toEncode++;
      if (toEncode < size && batch.length < 8 * size) continue;
    }
    if (batch.length > 0) yield batch;
    batch = [];
    toEncode = 0;
    if (item?.done) break;
  }
  if (failure) throw failure.error;
}
