import type { NoneCalibration } from './none-of-these.js';

/**
 * How similarities become the logits of a calibrated softmax: `scale * (labels / 100)^growth * bend(similarity)`. With a straight line and no
 * growth it is temperature scaling (Guo et al. 2017, arXiv:1706.04599). One calibration of a checkpoint serves other data and labels
 * (arXiv:2303.12748).
 */
export interface SoftmaxCalibration {
  readonly scale: number;
  /** The similarity from which on differences count less than half; null for a straight line. */
  readonly knee: number | null;
  /** How the scale grows with the number of labels; 0 for not at all. */
  readonly growth: number;
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
  readonly softmax?: SoftmaxCalibration | undefined;
  readonly sigmoid?: SigmoidCalibration | undefined;
  readonly none?: NoneCalibration | undefined;
  /** For labels that are decided one by one. */
  readonly several?: NoneCalibration | undefined;
}

/** The calibration of these templates, else the first: it transfers across prompts better than none. */
export const calibrationOf = (all: readonly Calibration[] | undefined, templates: readonly string[]): Calibration | undefined =>
  all?.find((one) => JSON.stringify(one.templates) === JSON.stringify(templates)) ?? all?.[0];

/** The scale for a choice among so many labels. */
export const scaleAmong = ({ scale, growth }: SoftmaxCalibration, labels: number): number => scale * (labels / 100) ** growth;

/** A line up to 0 and a logarithm from there on, smooth and rising: the order of labels never changes. */
export const bend = (similarity: number, knee: number | null): number =>
  knee === null || similarity <= 0 ? similarity : knee * Math.log1p(similarity / knee);

/** The inverse of `bend`. */
export const unbend = (bent: number, knee: number | null): number => (knee === null || bent <= 0 ? bent : knee * Math.expm1(bent / knee));
