import type { NoneCalibration } from './none-of-these.js';

/**
 * How similarities become the logits of a calibrated softmax: `scale * (labels / 100)^growth * exp(-doubt * lead) * bend(similarity)`, where the
 * lead is how far the best label is above the mean of all. With a straight line, no growth and no doubt it is temperature scaling (Guo et al.
 * 2017, arXiv:1706.04599). One calibration of a checkpoint serves other data and labels (arXiv:2303.12748).
 */
export interface SoftmaxCalibration {
  readonly scale: number;
  /** The similarity from which on differences count less than half; null for a straight line. */
  readonly knee: number | null;
  /** How the scale grows with the number of labels; 0 for not at all. */
  readonly growth: number;
  /** How much less the differences of an image count, the more its best label leads; 0 or undefined for not at all. */
  readonly doubt?: number | undefined;
}

/** Platt scaling of the cosine: `logitScale * similarity + logitBias`. */
export interface SigmoidCalibration {
  readonly logitScale: number;
  readonly logitBias: number;
}

/** What was fitted for a checkpoint with a template set. */
export interface Calibration {
  /** The texts of its templates. */
  readonly templates: readonly string[];
  /** Their weights; undefined where all count alike. */
  readonly weights?: readonly number[] | undefined;
  readonly softmax?: SoftmaxCalibration | undefined;
  readonly sigmoid?: SigmoidCalibration | undefined;
  readonly none?: NoneCalibration | undefined;
  /** For labels that are decided one by one. */
  readonly several?: NoneCalibration | undefined;
}

/** The prompts that a calibration was fitted with. */
export type CalibratedPrompts = Pick<Calibration, 'templates' | 'weights'>;

/** Whether two calibrations are of the same prompts: of the same templates in the same order, with the same weights. */
export const isOfSamePrompts = (a: CalibratedPrompts, b: CalibratedPrompts): boolean =>
  JSON.stringify([a.templates, a.weights ?? []]) === JSON.stringify([b.templates, b.weights ?? []]);

/** The calibration of these prompts, else the first: it transfers across prompts better than none. */
export const calibrationOf = (all: readonly Calibration[] | undefined, prompts: CalibratedPrompts): Calibration | undefined =>
  all?.find((one) => isOfSamePrompts(one, prompts)) ?? all?.[0];

/**
 * The scale for one image among its labels. A larger lead never gives a smaller logit: from the lead on where it would, the scale stays.
 *
 * @param similarities to all labels. [labels]
 */
export function scaleAmong({ scale, growth, doubt = 0 }: SoftmaxCalibration, similarities: ArrayLike<number>): number {
  const among = scale * (similarities.length / 100) ** growth;
  if (!(doubt > 0)) return among;
  let [best, sum] = [Number.NEGATIVE_INFINITY, 0];
  for (let label = 0; label < similarities.length; label++) {
    const similarity = similarities[label] as number;
    sum += similarity;
    if (similarity > best) best = similarity;
  }
  return among * Math.exp(-Math.min(doubt * (best - sum / similarities.length), 1));
}

/** A line up to 0 and a logarithm from there on, smooth and rising: the order of labels never changes. */
export const bend = (similarity: number, knee: number | null): number =>
  knee === null || similarity <= 0 ? similarity : knee * Math.log1p(similarity / knee);

/** The inverse of `bend`. */
export const unbend = (bent: number, knee: number | null): number => (knee === null || bent <= 0 ? bent : knee * Math.expm1(bent / knee));
