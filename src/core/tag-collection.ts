import type { Collection } from './collection.js';
import { eachOfBlock, type Screen, type SpareProduct } from './crops.js';
import type { TagColumns } from './image-tags.js';
import type { Matrix, MatrixProduct } from './matrix-product.js';
import type { ClassEmbeddings } from './ports.js';
import type { ScoredTag } from './tag-scoring.js';

/** What an image is compared with, and the tags that follow from its similarities. */
export interface Tagger {
  readonly columns: Matrix;
  /** Whether `decide` takes the crops of an image too. */
  readonly takesCrops?: boolean | undefined;
  /** Leaves out images that have no tags before they are decided. */
  readonly screen?: Screen | undefined;
  /** @param similarities [columns], or with crops [views, columns] */
  decide(similarities: Float32Array): ScoredTag[];
}

export interface TagPassOptions {
  readonly multiply: MatrixProduct;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number) => void) | undefined;
}

/**
 * The tags of a whole collection, from its stored embeddings: no image is read. An image with several names is tagged once.
 * Only the tags and one block are in memory.
 */
export async function tagCollection(
  collection: Collection,
  { labelSet }: ClassEmbeddings,
  { tagger, ...options }: TagPassOptions & { readonly tagger: Tagger },
): Promise<{ tags: TagColumns; images: number }> {
  const tags: TagColumns = { contentHashes: [], labels: [], probabilities: [], similarities: [] };
  const images = await eachContent(collection, { ...options, ...tagger }, (contentHash, similarities) => {
    for (const { label, probability, similarity } of tagger.decide(similarities)) {
      tags.contentHashes.push(contentHash);
      tags.labels.push((labelSet.labels[label] as { name: string }).name);
      tags.probabilities.push(probability);
      tags.similarities.push(similarity);
    }
  });
  return { tags, images };
}

/** Visits each content of a collection once, with its similarities, but for those that the screen leaves out. Returns how many there are. */
export async function eachContent(
  collection: Collection,
  { columns, takesCrops, screen, multiply, signal, onProgress }: TagPassOptions & Omit<Tagger, 'decide'>,
  visit: (contentHash: string, similarities: Float32Array) => void,
): Promise<number> {
  const seen = new Set<string>();
  const spare: SpareProduct = {};
  let done = 0;
  for await (const block of collection.embeddings({ signal, withCrops: takesCrops })) {
    const isFirst = block.contentHashes.map((hash) => !seen.has(hash) && Boolean(seen.add(hash)));
    await eachOfBlock(block, { columns, multiply, spare, screen }, (image, similarities) => {
      if (isFirst[image]) visit(block.contentHashes[image] as string, similarities);
    });
    done += block.contentHashes.length;
    onProgress?.(done);
  }
  return seen.size;
}
