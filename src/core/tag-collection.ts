import type { Collection } from './collection.js';
import type { TagColumns } from './image-tags.js';
import { type Matrix, type MatrixProduct, sliceRows } from './matrix-product.js';
import type { ClassEmbeddings } from './ports.js';
import type { ScoredTag } from './tag-scoring.js';

/** What an image is compared with, and the tags that follow from its similarities. */
export interface Tagger {
  readonly columns: Matrix;
  decide(similarities: Float32Array): ScoredTag[];
}

/** Images that are multiplied at once: its memory is used again. */
const PART = 1024;

/**
 * The tags of a whole collection, from its stored embeddings: no image is read. An image with several names is tagged once.
 * Only the tags and one block are in memory.
 */
export async function tagCollection(
  collection: Collection,
  { labelSet }: ClassEmbeddings,
  options: { tagger: Tagger; multiply: MatrixProduct; signal?: AbortSignal | undefined; onProgress?: (done: number) => void },
): Promise<{ tags: TagColumns; images: number }> {
  const { columns, decide } = options.tagger;
  const tags: TagColumns = { contentHashes: [], labels: [], probabilities: [], similarities: [] };
  const seen = new Set<string>();
  let done = 0;
  let similarities: Float32Array | undefined; // [images, columns]
  for await (const { contentHashes, embeddings } of collection.embeddings({ signal: options.signal })) {
    for (let from = 0; from < contentHashes.length; from += PART) {
      const found = await options.multiply(sliceRows(embeddings, from, from + PART), columns, similarities);
      similarities = found;
      for (const [i, contentHash] of contentHashes.slice(from, from + PART).entries()) {
        if (seen.has(contentHash)) continue;
        seen.add(contentHash);
        for (const { label, probability, similarity } of decide(found.subarray(i * columns.rows, (i + 1) * columns.rows))) {
          tags.contentHashes.push(contentHash);
          tags.labels.push((labelSet.labels[label] as { name: string }).name);
          tags.probabilities.push(probability);
          tags.similarities.push(similarity);
        }
      }
    }
    done += contentHashes.length;
    options.onProgress?.(done);
  }
  return { tags, images: seen.size };
}
