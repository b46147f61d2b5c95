import type { Embedding } from '../core/embedding.js';
import type { EmbeddingCache, ImageOutcome, KeptEmbedding } from '../core/ports.js';
import type { LabelwiseError } from '../errors.js';
import type { BufferPool } from '../images/pool/buffer-pool.js';
import type { PreparePool } from '../images/pool/prepare-pool.js';
import type { PreparedImage, PreparedPixels } from '../images/preparation.js';
import { publishStage } from '../images/stage-channel.js';
import type { TensorMessage } from './engines/protocol.js';
import { toItemError } from './item-error.js';
import { toImageFeeds } from './onnx/feeds.js';
import { toEmbeddings } from './onnx/tensors.js';
import type { Tower } from './onnx/towers.js';

export interface BatchEncoding {
  readonly tower: () => Promise<Tower>;
  readonly pool: PreparePool;
  /** Batches of pixels, used again. */
  readonly buffers: BufferPool;
  readonly companion: () => Promise<() => Record<string, TensorMessage>>;
  readonly cache: EmbeddingCache | undefined;
}

/** An image on its way: its pixels, or the key of its embedding in the cache, or its error. */
export type Prepared = { readonly index: number } & (
  | { readonly image: PreparedImage; readonly key: string | undefined }
  | { readonly kept: string; readonly again: () => Promise<PreparedImage> }
  | { readonly error: LabelwiseError }
);

/** Embeds a batch; outcomes in its order. */
export async function encodeBatch(batch: readonly Prepared[], encoding: BatchEncoding): Promise<ImageOutcome[]> {
  const known = batch.flatMap((item) => ('kept' in item ? [item.kept] : []));
  const kept = known.length > 0 && encoding.cache ? await encoding.cache.load(known) : new Map<string, KeptEmbedding>();
  const fresh: Extract<Prepared, { image: unknown }>[] = [];
  const failed = new Map<number, LabelwiseError>();
  for (const item of batch) {
    if ('image' in item) fresh.push(item);
    if (!('kept' in item) || kept.has(item.kept)) continue;
    // another process has removed it meanwhile, or it is damaged
    await item.again().then(
      (image) => fresh.push({ index: item.index, image, key: item.kept }),
      (error: unknown) => failed.set(item.index, toItemError(error)),
    );
  }
  const made = await forward(fresh, encoding);
  if (encoding.cache) {
    const news = fresh.map((item): [string, KeptEmbedding] => [item.key as string, made.get(item.index) as KeptEmbedding]);
    if (news.length > 0) await encoding.cache.keep(new Map(news));
  }
  return batch.map((item) => {
    if ('error' in item) return { index: item.index, error: item.error };
    if (failed.has(item.index)) return { index: item.index, error: failed.get(item.index) as LabelwiseError };
    const found = made.get(item.index) ?? ('kept' in item ? kept.get(item.kept) : undefined);
    return { index: item.index, ...(found as Encoded) };
  });
}

type Encoded = KeptEmbedding & { readonly crops?: readonly Embedding[] };

/** Runs the encoder over prepared images; embeddings by the images' index. */
async function forward(
  items: readonly { readonly index: number; readonly image: PreparedImage }[],
  { tower: open, buffers, companion, pool }: BatchEncoding,
): Promise<Map<number, Encoded>> {
  const made = new Map<number, Encoded>();
  if (items.length === 0) return made;
  const tower = await open();
  const { signature } = tower;
  const beside = await companion();
  const embeddings = new Map<PreparedPixels, Embedding>();
  const all = items.flatMap(({ image }) => [image, ...(image.crops ?? [])]);
  for (const group of groupBySize(all, signature.fixedBatch)) {
    const { inputHeight, inputWidth } = group[0] as PreparedPixels;
    const size = 3 * inputHeight * inputWidth;
    const count = signature.fixedBatch ?? group.length;
    const pixels = new Float32Array(buffers.take(count * size * 4)); // [count, 3, inputHeight, inputWidth]
    for (const [i, image] of group.entries()) {
      pixels.set(image.pixels, i * size);
      pool.recycle(image);
    }
    const startMs = performance.now();
    const { outputs, spent } = await tower.run({ ...beside(), ...toImageFeeds(pixels, [count, 3, inputHeight, inputWidth], signature) });
    publishStage({ stage: 'encode', startMs, endMs: performance.now(), images: group.length });
    if (spent.pixel_values) buffers.give(spent.pixel_values);
    const found = toEmbeddings(outputs[signature.output] as TensorMessage, signature.output, group.length);
    for (const [i, image] of group.entries()) embeddings.set(image, found[i] as Embedding);
  }
  const embeddingOf = (image: PreparedPixels): Embedding => embeddings.get(image) as Embedding;
  for (const { index, image } of items) {
    const { width, height, crops } = image;
    made.set(index, { embedding: embeddingOf(image), width, height, ...(crops && { crops: crops.map(embeddingOf) }) });
  }
  return made;
}

/** Images of one input size, no more than the graph takes at once. */
function groupBySize(items: readonly PreparedPixels[], most = Number.POSITIVE_INFINITY): PreparedPixels[][] {
  const groups: PreparedPixels[][] = [];
  for (const item of items) {
    const { inputHeight, inputWidth } = item;
    const group = groups.find(
      ([first, ...rest]) => first?.inputHeight === inputHeight && first.inputWidth === inputWidth && rest.length + 1 < most,
    );
    if (group) group.push(item);
    else groups.push([item]);
  }
  return groups;
}
