import type { Embedding } from '../../core/embedding.js';
import { measureSpreads } from '../../core/measure-spreads.js';
import { cutRelevant, type RelevanceCut } from '../../core/relevance.js';
import type { Encoder } from '../../encoders/load-encoder.js';
import { loadLabelSet } from '../../home/data-files.js';
import { chooseTemplates, embedLabels } from '../embed-labels.js';
import { openCollection } from '../open-index.js';
import type { TaskOptions, Workspace } from '../workspace.js';

/** Everyday words: what they reach in a collection is what a query has to reach. Their embeddings are kept in the cache. */
const BACKGROUND_LABELS = 'cifar100';

/** Where the results of a query end, by how it stands out from the collection: one pass through the stored embeddings. */
export async function findRelevanceCut(
  workspace: Workspace,
  { encoder, query }: { encoder: Encoder; query: Embedding },
  options: TaskOptions,
): Promise<RelevanceCut> {
  const { signal } = options;
  const { classEmbeddings } = await embedLabels(encoder, await loadLabelSet(BACKGROUND_LABELS), {
    templates: await chooseTemplates({}),
    cache: workspace.cache,
    signal,
  });
  const { multiply } = await workspace.product();
  const collection = await openCollection(workspace, options);
  try {
    const [own, ...background] = await measureSpreads(collection, [query, ...classEmbeddings.vectors], { multiply, signal });
    return cutRelevant(own as NonNullable<typeof own>, background);
  } finally {
    collection.close();
  }
}
