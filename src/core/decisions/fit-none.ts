import type { Embedding } from '../embedding.js';
import { multiply, toMatrix } from '../matrix-product.js';
import type { ScoringRule } from '../scoring.js';
import { SIZES } from './fit-calibration.js';
import { minimize } from './minimize.js';
import { evidenceOf, evidenceScale, type NoneCalibration, noneProbability, setAgainst } from './none-of-these.js';
import { createLabelTest } from './several-labels.js';

/** Images of one data set that show one label each. */
export interface LabelledImages {
  readonly embeddings: readonly Embedding[];
  /** Of the labels. */
  readonly vectors: readonly Embedding[];
  /** The label of each image. [images] */
  readonly truths: readonly number[];
  /** The places of the words that can speak against some of the labels; by default all of them. */
  readonly against?: ((labels: readonly number[]) => readonly number[]) | undefined;
}

interface Trial {
  readonly evidence: number;
  readonly isNone: boolean;
  readonly weight: number;
}

/** Images of each kind in one trial. */
const MOST = 100;

/**
 * Fits the probability of "none of these" by hiding labels: of every nth label, the images that show one of them are known, as many others show
 * none. Each choice of labels counts alike, known and unknown images alike.
 */
export function fitNone(sets: readonly LabelledImages[], words: readonly Embedding[], rule: ScoringRule): NoneCalibration {
  const trials = sets.flatMap((set) =>
    SIZES.filter((size) => size <= 0.75 * set.vectors.length).flatMap((size) => hideLabels(set, words, { size, rule })),
  );
  return fitOdds(trials);
}

/**
 * Fits the probability that an image shows a label, decided by itself, with the same hidden labels: each pair of an image and a known label
 * counts.
 */
export function fitSeveral(sets: readonly LabelledImages[], words: readonly Embedding[], rule: ScoringRule): NoneCalibration {
  const trials = sets.flatMap((set) =>
    SIZES.filter((size) => size <= 0.75 * set.vectors.length).flatMap((size) => {
      const { kept, images } = choose(set, size);
      const vectors = kept.map((label) => set.vectors[label] as Embedding);
      const against = set.against?.(kept).map((place) => words[place] as Embedding) ?? words;
      const { columns, evidenceOf: evidences } = createLabelTest(vectors, against, {
        logitScale: evidenceScale(rule),
        minProbability: 0,
        topK: 1,
      });
      return images.flat().flatMap((image): Trial[] => {
        const row = multiply(toMatrix([set.embeddings[image] as Embedding]), columns);
        const weight = 1 / (images.flat().length * size);
        return Array.from(evidences(row), (evidence, i) => ({ evidence, isNone: kept[i] !== set.truths[image], weight }));
      });
    }),
  );
  return fitOdds(trials);
}

/** Logistic regression on one number. */
function fitOdds(trials: readonly Trial[]): NoneCalibration {
  const loss = ([slope = 0, intercept = 0]: readonly number[]): number =>
    trials.reduce((sum, { evidence, isNone, weight }) => {
      const none = noneProbability(evidence, { slope, intercept });
      return sum - weight * Math.log(Math.max(1e-12, isNone ? none : 1 - none));
    }, 0);
  const [slope, intercept] = minimize(loss, [0.5, 1]) as [number, number];
  return { slope, intercept };
}

/** Every nth label, and as many images as a trial has that show one of them, and that show none. */
function choose({ vectors, truths }: LabelledImages, size: number): { kept: number[]; images: [number[], number[]] } {
  const step = Math.floor(vectors.length / size);
  const kept = Array.from({ length: size }, (_, i) => i * step);
  const isKept = new Set(kept);
  const [known, unknown]: [number[], number[]] = [[], []];
  for (const [image, truth] of truths.entries()) (isKept.has(truth) ? known : unknown).push(image);
  return { kept, images: [spread(known), spread(unknown)] };
}

function hideLabels(set: LabelledImages, words: readonly Embedding[], { size, rule }: { size: number; rule: ScoringRule }): Trial[] {
  const { kept, images } = choose(set, size);
  const vectors = kept.map((label) => set.vectors[label] as Embedding);
  const opponents = setAgainst(vectors, words, set.against?.(kept));
  return images.flatMap((some, part) =>
    some.map((image): Trial => {
      const evidence = evidenceOf(set.embeddings[image] as Embedding, opponents, evidenceScale(rule));
      return { evidence, isNone: part === 1, weight: 1 / some.length };
    }),
  );
}

/** As many of them as a trial has, from all over the list. */
function spread(images: readonly number[]): number[] {
  const step = Math.max(1, images.length / MOST);
  return Array.from({ length: Math.min(MOST, images.length) }, (_, i) => images[Math.floor(i * step)] as number);
}
