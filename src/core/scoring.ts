import { LabelwiseError } from '../errors.js';
import { bend, type Calibration, calibrationOf, scaleAmong, unbend } from './decisions/calibration.js';
import { logSumExp } from './log-sum-exp.js';

/** How logits become probabilities: `softmax` when one label is right, `sigmoid` when several may be. */
export type Scoring = 'softmax' | 'sigmoid';

/** What turns a cosine into a logit: `logitScale * similarity + logitBias`. */
export interface LogitTransform {
  /** The multiplier of the cosine (about 100 for CLIP), never its logarithm. */
  readonly logitScale: number;
  /** What is added to the scaled cosine: 0 for CLIP, -12.9 for SigLIP B/16; NaN for a sigmoid model whose files do not state it. */
  readonly logitBias: number;
}

/** The one rule of labelwise: similarity -> logit -> probability. Classification, tags and evaluation all score by it. */
export interface ScoringRule extends LogitTransform {
  readonly scoring: Scoring;
  /** What makes its probabilities come true as often as they say; without one they follow from the logits alone. */
  readonly calibration?: Calibration | undefined;
}

/** Logits of one image against all labels, as float32, like the models' own. [labels] */
export function toLogits(similarities: Float32Array, rule: LogitTransform): Float32Array {
  return similarities.map((similarity) => toLogit(similarity, rule));
}

export const toLogit = (similarity: number, { logitScale, logitBias }: LogitTransform): number => logitScale * similarity + logitBias;

/** The similarity that has a logit: the inverse of `toLogit`. */
export const toSimilarity = (logit: number, { logitScale, logitBias }: LogitTransform): number => (logit - logitBias) / logitScale;

/** How labels are asked for, and whether examples moved them. */
interface AskedLabels {
  readonly templates: readonly string[];
  readonly templateWeights?: readonly number[] | undefined;
  readonly offsets?: Float32Array | undefined;
}

/** The rule of an encoder for labels in some templates. Labels that were taught carry weights of their own, which stand for a calibration. */
export function ruleOf(
  info: ScoringRule & { readonly calibrations?: readonly Calibration[] | undefined },
  scoring: Scoring,
  { templates, templateWeights: weights, offsets }: AskedLabels,
): ScoringRule {
  const { logitScale, logitBias, calibrations } = info;
  return {
    scoring,
    logitScale,
    logitBias,
    calibration: offsets ? undefined : (info.calibration ?? calibrationOf(calibrations, { templates, weights })),
  };
}

/** From similarities to the logits that probabilities are taken of, and back: the raw ones, or calibrated ones. */
export interface ProbabilityScale {
  toLogit(similarity: number): number;
  toSimilarity(logit: number): number;
}

/**
 * The scale of a rule for one image.
 *
 * @param similarities to all labels. [labels]
 */
export function probabilityScale(rule: ScoringRule, similarities: ArrayLike<number>): ProbabilityScale {
  const { scoring, calibration: { softmax, sigmoid } = {} } = rule;
  if (scoring === 'sigmoid' && sigmoid)
    return { toLogit: (similarity) => toLogit(similarity, sigmoid), toSimilarity: (logit) => toSimilarity(logit, sigmoid) };
  if (scoring === 'sigmoid' || !softmax)
    return { toLogit: (similarity) => toLogit(similarity, rule), toSimilarity: (logit) => toSimilarity(logit, rule) };
  const scale = scaleAmong(softmax, similarities);
  return {
    toLogit: (similarity) => scale * bend(similarity, softmax.knee),
    toSimilarity: (logit) => unbend(logit / scale, softmax.knee),
  };
}

/** Probabilities of one image's logits, in float64. They are stable for logits of any size. */
export interface LabelScores {
  /** ln of the probability of the label at this place. */
  logProbabilityOf(label: number): number;
  /** The smallest logit whose probability reaches `probability`, 0 < probability < 1. */
  logitAt(probability: number): number;
}

/** Reads the logits of one image against all labels under a scoring. [labels] */
export function scoreLogits(logits: Float32Array | Float64Array, scoring: Scoring): LabelScores {
  const logitOf = (label: number): number => logits[label] as number;
  if (scoring === 'sigmoid')
    return { logProbabilityOf: (label) => logSigmoid(logitOf(label)), logitAt: (probability) => Math.log(probability / (1 - probability)) };
  const total = logSumExp(logits);
  return { logProbabilityOf: (label) => logitOf(label) - total, logitAt: (probability) => Math.log(probability) + total };
}

/** Whether logits can become probabilities: a sigmoid needs the bias, stated or fitted, and in a softmax it cancels out. */
export const hasProbabilities = ({ scoring, logitBias, calibration }: ScoringRule): boolean =>
  scoring === 'softmax' || calibration?.sigmoid !== undefined || !Number.isNaN(logitBias);

/** @throws LabelwiseError `CHECKPOINT_INCOMPLETE` where there are no probabilities to work with */
export function requireProbabilities(rule: ScoringRule, name: string): void {
  if (hasProbabilities(rule)) return;
  throw new LabelwiseError('CHECKPOINT_INCOMPLETE', `${name} states no logit scale and bias, so it gives no probabilities.`, {
    hint: 'Give both with `logitScale` and `logitBias`: the model card or its config may name them.',
  });
}

/** Probabilities of the logits under a scoring. With softmax, they sum to 1; with sigmoid, each is independent. [labels] */
export function toProbabilities(logits: Float32Array, scoring: Scoring): Float32Array {
  const { logProbabilityOf } = scoreLogits(logits, scoring);
  return logits.map((_, label) => Math.exp(logProbabilityOf(label)));
}

/** ln(1 / (1 + exp(-x))), stable for any x. */
function logSigmoid(logit: number): number {
  return Math.min(0, logit) - Math.log1p(Math.exp(-Math.abs(logit)));
}
