import type { Collection } from './collection.js';
import type { Embedding } from './embedding.js';
import { type MatrixProduct, toMatrix } from './matrix-product.js';
import { gatherSpreads, type Spread } from './relevance.js';

/** How the similarities of each query are spread over a whole collection, in one pass through its embeddings. */
export async function measureSpreads(
  collection: Collection,
  queries: readonly Embedding[],
  options: { multiply: MatrixProduct; signal?: AbortSignal | undefined },
): Promise<Spread[]> {
  const gatherer = gatherSpreads(queries.length);
  const matrix = toMatrix(queries);
  for await (const { embeddings } of collection.embeddings({ signal: options.signal }))
    gatherer.add(await options.multiply(embeddings, matrix));
  return gatherer.finish();
}
