import { dotProduct, type Embedding } from '../../core/embedding.js';
import { probabilityScale, type ScoringRule, scoreLogits } from '../../core/scoring.js';
import { topK } from '../../core/top-k.js';

/** One label of a ranking. */
export interface RankedLabel {
  /** Its place in the label set. */
  readonly label: number;
  readonly probability: number;
  readonly similarity: number;
}

/** The result of scoring one image against all labels. */
export interface ImageScore {
  /** The best labels, best first, equal ones in label order. */
  readonly top: readonly RankedLabel[];
  /** The rank of the true label, 0 for first; with several true labels, the best rank; null for an image without labels. */
  readonly rank: number | null;
  /** -ln of the true label's probability; null unless exactly one label is right. */
  readonly negativeLogLikelihood: number | null;
  /** Similarities to all labels, if several may be right: average precision needs them. [labels] */
  readonly similarities?: Float32Array;
}

/** The scoring rule, and how many labels to keep for each image. */
export interface ImageRule extends ScoringRule {
  readonly topK: number;
}

/** Scores an embedding against class embeddings [labels][dimension]. */
export function scoreEmbedding(image: Embedding, vectors: readonly Embedding[], truths: readonly number[], rule: ImageRule): ImageScore {
  return scoreSimilarities(
    Float32Array.from(vectors, (vector) => dotProduct(image, vector)),
    truths,
    rule,
  );
}

/** The same from similarities [labels], in float64. */
export function scoreSimilarities(similarities: Float32Array, truths: readonly number[], rule: ImageRule): ImageScore {
  const isSoftmax = rule.scoring === 'softmax';
  const logits = Float64Array.from(similarities, probabilityScale(rule, similarities).toLogit);
  const { logProbabilityOf } = scoreLogits(logits, rule.scoring);
  const ranks = truths.map((truth) => rankOf(similarities, truth));
  return {
    top: topK(similarities, rule.topK).map((label) => ({
      label,
      probability: Math.exp(logProbabilityOf(label)),
      similarity: similarities[label] as number,
    })),
    rank: ranks.length === 0 ? null : Math.min(...ranks),
    negativeLogLikelihood: isSoftmax && truths.length === 1 ? -logProbabilityOf(truths[0] as number) : null,
    ...(isSoftmax ? {} : { similarities }),
  };
}

/** How many labels stand before this one: those that score more, and of equal ones those before it. */
function rankOf(similarities: Float32Array, truth: number): number {
  const own = similarities[truth] as number;
  let before = 0;
  for (let label = 0; label < similarities.length; label++) {
    const other = similarities[label] as number;
    if (other > own || (other === own && label < truth)) before++;
  }
  return before;
}
