import type { Collection } from '../core/collection.js';
import type { Embedding } from '../core/embedding.js';
import { measureSpreads } from '../core/measure-spreads.js';
import { cutRelevant, type RelevanceCut } from '../core/relevance.js';
import type { Encoder } from '../encoders/load-encoder.js';
import { loadLabelSet } from '../home/data-files.js';
import { chooseTemplates, embedLabels } from '../tasks/embed-labels.js';
import type { Run } from './context.js';

/** Everyday words: what they reach in a collection is what a query has to reach. Their embeddings are kept in the cache. */
const BACKGROUND_LABELS = 'cifar100';

/** Where the results of a query end, by how it stands out from the collection: one pass through the stored embeddings. */
export async function findRelevanceCut(
  run: Run,
  { collection, encoder, query }: { collection: Collection; encoder: Encoder; query: Embedding },
): Promise<RelevanceCut> {
  const { openMatrixProduct } = await import('../encoders/onnx/open-matrix-product.js');
  const { classEmbeddings } = await embedLabels(encoder, await loadLabelSet(BACKGROUND_LABELS), {
    templates: await chooseTemplates({}),
    cache: run.workspace.cache,
    signal: run.io.signal,
  });
  const product = await openMatrixProduct({ threads: run.config.threads });
  try {
    const [own, ...background] = await measureSpreads(collection, [query, ...classEmbeddings.vectors], {
      multiply: product.multiply,
      signal: run.io.signal,
    });
    return cutRelevant(own as NonNullable<typeof own>, background);
  } finally {
    await product.close();
  }
}
