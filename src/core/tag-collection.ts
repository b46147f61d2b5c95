import type { Collection } from './collection.js';
import type { TagColumns } from './image-tags.js';
import { type MatrixProduct, toMatrix } from './matrix-product.js';
import type { ClassEmbeddings } from './ports.js';
import { addOffsets } from './similarities.js';
import { scoreTags, type TagRule } from './tag-scoring.js';

/**
 * The tags of a whole collection from its stored embeddings: no image is read. An image that lies under several names is tagged once.
 * Only the tags are held, and one block.
 */
export async function tagCollection(
  collection: Collection,
  { labelSet, vectors, offsets }: ClassEmbeddings,
  options: { rule: TagRule; multiply: MatrixProduct; signal?: AbortSignal | undefined; onProgress?: (done: number) => void },
): Promise<{ tags: TagColumns; images: number }> {
  const labels = toMatrix(vectors);
  const tags: TagColumns = { contentHashes: [], labels: [], probabilities: [], similarities: [] };
  const seen = new Set<string>();
  let done = 0;
  for await (const { images, embeddings } of collection.blocks({ signal: options.signal })) {
    const similarities = addOffsets(await options.multiply(embeddings, labels), offsets); // [images, labels]
    for (const [i, scored] of scoreTags(similarities, labels.rows, options.rule).entries()) {
      const { contentHash } = images[i] as { contentHash: string };
      if (seen.has(contentHash)) continue;
      seen.add(contentHash);
      for (const { label, probability, similarity } of scored) {
        tags.contentHashes.push(contentHash);
        tags.labels.push((labelSet.labels[label] as { name: string }).name);
        tags.probabilities.push(probability);
        tags.similarities.push(similarity);
      }
    }
    done += images.length;
    options.onProgress?.(done);
  }
  return { tags, images: seen.size };
}
