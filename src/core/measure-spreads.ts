import type { Collection } from './collection.js';
import { eachOfBlock, largestOfViews } from './crops.js';
import type { Embedding } from './embedding.js';
import { type MatrixProduct, toMatrix } from './matrix-product.js';
import { gatherSpreads, type Spread } from './relevance.js';

/** How the similarities of each query are spread over a whole collection, crops included, in one pass through its embeddings. */
export async function measureSpreads(
  collection: Collection,
  queries: readonly Embedding[],
  { multiply, signal }: { multiply: MatrixProduct; signal?: AbortSignal | undefined },
): Promise<Spread[]> {
  const gatherer = gatherSpreads(queries.length);
  const columns = toMatrix(queries);
  for await (const block of collection.embeddings({ signal, withCrops: true }))
    await eachOfBlock(block, { columns, multiply }, (_, similarities) => gatherer.add(largestOfViews(similarities, columns.rows)));
  return gatherer.finish();
}
