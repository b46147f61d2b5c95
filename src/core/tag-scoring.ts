import { type ProbabilityScale, probabilityScale, type ScoringRule, scoreLogits } from './scoring.js';

/** A label that fits an image, by its position in the label set. */
export interface ScoredTag {
  readonly label: number;
  readonly probability: number;
  readonly similarity: number;
}

export interface TagRule extends ScoringRule {
  /** The smallest probability of a tag. */
  readonly minProbability: number;
  /** The largest number of tags per image. */
  readonly topK: number;
}

/**
 * The tags of each image from its similarities to all labels: what `classify` gives, kept where the probability reaches the minimum, best
 * first, ties in label order. 50,000 images x 1,000 labels take one exponential a pair and no memory but the tags.
 *
 * @param similarities [images, labels]
 */
export function scoreTags(similarities: Float32Array, labels: number, rule: TagRule): ScoredTag[][] {
  const images = labels === 0 ? 0 : similarities.length / labels;
  const decide = tagDecision(labels, rule);
  return Array.from({ length: images }, (_, image) => decide(similarities.subarray(image * labels, (image + 1) * labels)));
}

/** The same for one image after the other: gives the function that tags an image by its similarities to all labels. [labels] */
export function tagDecision(labels: number, rule: TagRule): (similarities: Float32Array) => ScoredTag[] {
  const logits = new Float64Array(labels); // used again for each image
  return (similarities) => {
    const scale = probabilityScale(rule, similarities);
    for (let label = 0; label < labels; label++) logits[label] = scale.toLogit(similarities[label] as number);
    return tagsOf(similarities, { logits, scale }, rule);
  };
}

function tagsOf(
  similarities: Float32Array,
  { logits, scale }: { logits: Float64Array; scale: ProbabilityScale },
  rule: TagRule,
): ScoredTag[] {
  const { minProbability } = rule;
  const { logProbabilityOf, logitAt } = scoreLogits(logits, rule.scoring);
  // Most labels cost one comparison. The margin is for rounding: the probability itself decides.
  const floor = minProbability > 0 && minProbability < 1 ? scale.toSimilarity(logitAt(minProbability)) - 1e-6 : Number.NEGATIVE_INFINITY;
  const tags: ScoredTag[] = [];
  for (let label = 0; label < similarities.length; label++) {
    const similarity = similarities[label] as number;
    if (!(similarity >= floor)) continue;
    const probability = Math.exp(logProbabilityOf(label));
    if (probability >= minProbability) tags.push({ label, probability, similarity });
  }
  return tags.sort((a, b) => b.similarity - a.similarity || a.label - b.label).slice(0, rule.topK);
}
