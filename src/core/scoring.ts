import { LabelwiseError } from '../errors.js';

/** How logits become probabilities: `softmax` when one label is right, `sigmoid` when several may be. */
export type Scoring = 'softmax' | 'sigmoid';

/** What turns a cosine into a logit: `logitScale * similarity + logitBias`. */
export interface LogitTransform {
  /** The multiplier of the cosine (about 100 for CLIP), never its logarithm. */
  readonly logitScale: number;
  /** What is added to it: 0 for CLIP, -12.9 for SigLIP B/16; NaN for a sigmoid model whose files do not state it. */
  readonly logitBias: number;
}

/** Logits of one image against all labels. [labels] */
export function toLogits(similarities: Float32Array, { logitScale, logitBias }: LogitTransform): Float32Array {
  return similarities.map((similarity) => logitScale * similarity + logitBias);
}

/** Probabilities that sum to 1; stable for logits of any size. [labels] */
export function softmax(logits: Float32Array): Float32Array {
  let largest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) largest = Math.max(largest, logit);
  const exponentials = Float64Array.from(logits, (logit) => Math.exp(logit - largest));
  let sum = 0;
  for (const exponential of exponentials) sum += exponential;
  return Float32Array.from(exponentials, (exponential) => exponential / sum);
}

/** Each label's own probability, independent of the others; stable for logits of any size. [labels] */
export function sigmoid(logits: Float32Array): Float32Array {
  return logits.map((logit) => {
    const exponential = Math.exp(-Math.abs(logit));
    return logit >= 0 ? 1 / (1 + exponential) : exponential / (1 + exponential);
  });
}

/** Whether logits can become probabilities: a sigmoid needs the bias, and in a softmax it cancels out. */
export const hasProbabilities = (scoring: Scoring, { logitBias }: LogitTransform): boolean =>
  scoring === 'softmax' || !Number.isNaN(logitBias);

/** @throws LabelwiseError `CHECKPOINT_INCOMPLETE` where there are no probabilities to work with */
export function requireProbabilities(scoring: Scoring, rule: LogitTransform & { readonly name: string }): void {
  if (hasProbabilities(scoring, rule)) return;
  throw new LabelwiseError('CHECKPOINT_INCOMPLETE', `${rule.name} states no logit scale and bias, so it gives no probabilities.`, {
    hint: 'Give both with --logit-scale and --logit-bias: the model card or its config may name them.',
  });
}

/** Probabilities of the logits under a scoring. [labels] */
export function toProbabilities(logits: Float32Array, scoring: Scoring): Float32Array {
  return scoring === 'softmax' ? softmax(logits) : sigmoid(logits);
}
