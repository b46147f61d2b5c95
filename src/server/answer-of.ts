import type { Embedding } from '../core/embedding.js';
import type { SeveralOptions } from '../tasks/classify-several.js';
import type { BoundRequest } from './bound-labels.js';

/** What the labels of a request say of one image. */
export function answerOf(bound: BoundRequest, embedding: Embedding, { topK, minProbability }: SeveralOptions) {
  if (!('several' in bound)) return bound.zeroShot.answer(embedding, topK);
  return bound.several(embedding, { topK, minProbability });
}
