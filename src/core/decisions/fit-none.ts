import type { Embedding } from '../embedding.js';
import { dotProduct } from '../embedding.js';
import { logSumExp } from '../log-sum-exp.js';
import { probabilityScale, type ScoringRule } from '../scoring.js';
import { SIZES } from './fit-calibration.js';
import { minimize } from './minimize.js';
import { evidenceOf, type NoneCalibration, noneProbability, setAgainst } from './none-of-these.js';

/** Images of one data set that show one label each. */
export interface LabelledImages {
  readonly embeddings: readonly Embedding[];
  /** Of the labels. */
  readonly vectors: readonly Embedding[];
  /** The label of each image. [images] */
  readonly truths: readonly number[];
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
  const [slope, intercept] = minimize(
    ([a = 0, b = 0]) =>
      trials.reduce((sum, { evidence, isNone, weight }) => {
        const none = noneProbability(evidence, { slope: a, intercept: b });
        return sum - weight * Math.log(Math.max(1e-12, isNone ? none : 1 - none));
      }, 0),
    [0.5, 1],
  ) as [number, number];
  return { slope, intercept };
}

function hideLabels(
  { embeddings, vectors, truths }: LabelledImages,
  words: readonly Embedding[],
  { size, rule }: { size: number; rule: ScoringRule },
): Trial[] {
  const step = Math.floor(vectors.length / size);
  const isKept = (label: number): boolean => label % step === 0 && label < step * size;
  const kept = vectors.filter((_, label) => isKept(label));
  const opponents = setAgainst(kept, words);
  const { toLogit } = probabilityScale(rule, kept.length);
  const images = [...truths.keys()];
  const parts = [true, false].map((known) => spread(images.filter((image) => isKept(truths[image] as number) === known)));
  return parts.flatMap((some, part) =>
    some.map((image): Trial => {
      const embedding = embeddings[image] as Embedding;
      const logits = Float64Array.from(kept, (vector) => toLogit(dotProduct(embedding, vector)));
      const best = logits.reduce((a, b) => Math.max(a, b)) - logSumExp(logits);
      const evidence = evidenceOf(embedding, opponents, { logitScale: rule.logitScale, best });
      return { evidence, isNone: part === 1, weight: 1 / some.length };
    }),
  );
}

/** As many of them as a trial has, from all over the list. */
function spread(images: readonly number[]): number[] {
  const step = Math.max(1, images.length / MOST);
  return Array.from({ length: Math.min(MOST, images.length) }, (_, i) => images[Math.floor(i * step)] as number);
}
