import type { LogitTransform, Scoring } from './scoring.js';

/** A label that fits an image, by its place in the label set. */
export interface ScoredTag {
  readonly label: number;
  readonly probability: number;
  readonly similarity: number;
}

export interface TagRule extends LogitTransform {
  readonly scoring: Scoring;
  /** Labels below it are no tags. */
  readonly minProbability: number;
  /** How many tags an image gets at most. */
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
  return Array.from({ length: images }, (_, image) => tagsOf(similarities.subarray(image * labels, (image + 1) * labels), rule));
}

function tagsOf(similarities: Float32Array, rule: TagRule): ScoredTag[] {
  const { probabilityOf, similarityOf } = rule.scoring === 'softmax' ? softmaxOver(similarities, rule) : sigmoidBy(rule);
  // Most labels cost one comparison. The margin is for rounding: the probability itself decides.
  const floor = rule.minProbability > 0 && rule.minProbability < 1 ? similarityOf(rule.minProbability) - 1e-6 : Number.NEGATIVE_INFINITY;
  const tags: ScoredTag[] = [];
  for (let label = 0; label < similarities.length; label++) {
    const similarity = similarities[label] as number;
    if (!(similarity >= floor)) continue;
    const probability = probabilityOf(similarity);
    if (probability >= rule.minProbability) tags.push({ label, probability, similarity });
  }
  return tags.sort((a, b) => b.similarity - a.similarity || a.label - b.label).slice(0, rule.topK);
}

/** A similarity's probability under a scoring, and the similarity that has a probability. */
interface Scorer {
  probabilityOf(similarity: number): number;
  similarityOf(probability: number): number;
}

function softmaxOver(similarities: Float32Array, { logitScale }: TagRule): Scorer {
  let largest = Number.NEGATIVE_INFINITY;
  for (const similarity of similarities) if (similarity > largest) largest = similarity;
  let sum = 0;
  for (let i = 0; i < similarities.length; i++) sum += Math.exp(logitScale * ((similarities[i] as number) - largest));
  return {
    probabilityOf: (similarity) => Math.exp(logitScale * (similarity - largest)) / sum, // the bias falls out
    similarityOf: (probability) => largest + Math.log(probability * sum) / logitScale,
  };
}

function sigmoidBy({ logitScale, logitBias }: TagRule): Scorer {
  return {
    probabilityOf: (similarity) => 1 / (1 + Math.exp(-(logitScale * similarity + logitBias))),
    similarityOf: (probability) => (Math.log(probability / (1 - probability)) - logitBias) / logitScale,
  };
}
