import { dotProduct, type Embedding, normalize } from '../embedding.js';
import { logSumExp } from '../log-sum-exp.js';

/** What the answer that no label fits is called. */
export const NONE = 'none of these';

/** How evidence for the labels becomes a probability: `1 / (1 + exp(-(slope * evidence + intercept)))`. */
export interface NoneCalibration {
  readonly slope: number;
  readonly intercept: number;
}

/** Whether an image shows none of the labels. */
export interface NoneAnswer {
  /** That it shows none of them; with the probabilities of the labels it sums to 1. */
  readonly probability: number;
  /** Whether that is the answer: the probability is above the rate of false alarms that the caller accepts. */
  readonly isNone: boolean;
}

/** Words whose centred cosine is at least that mean the same: one in the background would speak against the label. */
export const SAME = 0.9;

/** Label names and background words as directions that `evidenceOf` compares. */
export interface Opponents {
  readonly labels: readonly Embedding[];
  readonly words: readonly Embedding[];
  /** What was taken off both. [dimension] */
  readonly mean: Float32Array;
  /** The same labels and words as they are. */
  readonly plain: { readonly labels: readonly Embedding[]; readonly words: readonly Embedding[] };
}

/**
 * Labels against words for everything else (NegLabel, arXiv:2403.20078). What all words have in common says nothing, so their mean is taken
 * off both sides; words that mean a label are left out.
 *
 * @param against the places of the words that can speak against the labels
 */
export function setAgainst(labels: readonly Embedding[], words: readonly Embedding[], against: Iterable<number> = words.keys()): Opponents {
  const mean = Float32Array.from(words[0] ?? [], (_, i) => words.reduce((sum, word) => sum + (word[i] as number), 0) / words.length);
  const centre = (vector: Embedding): Embedding => {
    const centred = new Float32Array(vector.length);
    for (let i = 0; i < vector.length; i++) centred[i] = (vector[i] as number) - (mean[i] as number);
    return normalize(centred);
  };
  const centred = labels.map(centre);
  const pairs = Array.from(against, (place) => words[place] as Embedding).map((word) => ({ word, centred: centre(word) }));
  const others = pairs.filter((pair) => centred.every((label) => dotProduct(pair.centred, label) < SAME));
  const plain = { labels, words: others.map(({ word }) => word) };
  return { labels: centred, words: others.map((pair) => pair.centred), mean, plain };
}

/** How much speaks for the labels: the log odds of any of them against the background words. */
export function evidenceOf(image: Embedding, { plain: { labels, words } }: Opponents, scale: number): number {
  const mass = (vectors: readonly Embedding[]): number =>
    logSumExp(Float64Array.from(vectors, (vector) => scale * dotProduct(image, vector)));
  return mass(labels) - mass(words);
}

/** What multiplies the similarities there: the calibrated scale, which is that of small similarities, else the model's own. */
export const evidenceScale = (rule: {
  readonly logitScale: number;
  readonly calibration?: { readonly softmax?: { readonly scale: number } | undefined } | undefined;
}): number => rule.calibration?.softmax?.scale ?? rule.logitScale;

/** The probability that none of the labels fits. */
export const noneProbability = (evidence: number, { slope, intercept }: NoneCalibration): number =>
  1 / (1 + Math.exp(slope * evidence + intercept));

/** Where nothing was fitted, the odds count as they are. */
export const PLAIN: NoneCalibration = { slope: 1, intercept: 0 };
