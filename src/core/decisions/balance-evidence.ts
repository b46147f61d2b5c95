import type { ScoringRule } from '../scoring.js';

/** How much the text and how much the examples count: `logit = scale * (text * similarity + examples * evidence) + bias`. */
export interface EvidenceWeights {
  /** 0 to 1. */
  readonly text: number;
  /** From 0 on. */
  readonly examples: number;
}

/** The photos that the weights are chosen by. */
export interface EvidenceRow {
  /** Cosines with the class embeddings. [labels] */
  readonly similarities: Float32Array;
  /** What other photos say; 0 for labels without examples. [labels] */
  readonly evidence: Float32Array;
  /** The labels that it shows, by their place. */
  readonly truths: readonly number[];
  /** How much it counts. */
  readonly weight: number;
}

/**
 * The weights of highest likelihood for photos that were left out, beginning at 1 and 1, where text and examples count alike: one
 * photo's worth of prior holds each there. `textPrior` holds the text's further: of labels that no photo shows, only the text knows.
 * The objective is convex in both; Newton's steps within the bounds, halved while they do not help.
 */
export function balanceEvidence(rows: readonly EvidenceRow[], rule: ScoringRule, textPrior: number): EvidenceWeights {
  let at: Point = [1, 1];
  let here = objective(at, rows, { rule, textPrior });
  for (let step = 0; step < 50; step++) {
    const target = minimiseInBounds(at, here);
    let share = 1;
    let next = here;
    let point = at;
    do {
      point = [at[0] + share * (target[0] - at[0]), at[1] + share * (target[1] - at[1])];
      next = objective(point, rows, { rule, textPrior });
      share /= 2;
    } while (next.value > here.value && share > 1e-4);
    if (!(next.value < here.value - 1e-9 * Math.abs(here.value))) break;
    [at, here] = [point, next];
  }
  return { text: at[0], examples: at[1] };
}

type Point = readonly [text: number, examples: number];

interface Objective {
  readonly value: number;
  readonly slope: Point;
  /** The second derivatives: text, both, examples. */
  readonly curvature: readonly [number, number, number];
}

function objective([a, b]: Point, rows: readonly EvidenceRow[], { rule, textPrior }: { rule: ScoringRule; textPrior: number }): Objective {
  const { logitScale: scale } = rule;
  const bias = rule.scoring === 'sigmoid' ? rule.logitBias : 0; // cancels out in a softmax
  let value = (textPrior * (a - 1) ** 2 + (b - 1) ** 2) / 2;
  let [slopeA, slopeB, aa, ab, bb] = [textPrior * (a - 1), b - 1, textPrior, 0, 1];
  for (const { similarities, evidence, truths, weight } of rows) {
    if (weight === 0) continue;
    const logitOf = (label: number): number => scale * (a * (similarities[label] as number) + b * (evidence[label] as number)) + bias;
    const { loss, probabilities } =
      rule.scoring === 'softmax' ? softmax(logitOf, similarities.length, truths) : sigmoid(logitOf, similarities.length, truths);
    let [meanT, meanE] = [0, 0];
    if (rule.scoring === 'softmax')
      for (let label = 0; label < similarities.length; label++) {
        meanT += (probabilities[label] as number) * (similarities[label] as number);
        meanE += (probabilities[label] as number) * (evidence[label] as number);
      }
    value += weight * loss;
    for (let label = 0; label < similarities.length; label++) {
      const p = probabilities[label] as number;
      const [t, e] = [(similarities[label] as number) - meanT, (evidence[label] as number) - meanE];
      const curve = weight * scale * scale * (rule.scoring === 'softmax' ? p : p * (1 - p));
      aa += curve * t * t;
      ab += curve * t * e;
      bb += curve * e * e;
      slopeA += weight * scale * p * (similarities[label] as number);
      slopeB += weight * scale * p * (evidence[label] as number);
    }
    const share = rule.scoring === 'softmax' ? 1 / truths.length : 1;
    for (const truth of truths) {
      slopeA -= weight * scale * share * (similarities[truth] as number);
      slopeB -= weight * scale * share * (evidence[truth] as number);
    }
  }
  return { value, slope: [slopeA, slopeB], curvature: [aa, ab, bb] };
}

interface Likelihood {
  readonly loss: number;
  readonly probabilities: Float64Array; // [labels]
}

function softmax(logitOf: (label: number) => number, labels: number, truths: readonly number[]): Likelihood {
  const probabilities = Float64Array.from({ length: labels }, (_, label) => logitOf(label));
  const largest = probabilities.reduce((most, z) => Math.max(most, z), Number.NEGATIVE_INFINITY);
  let sum = 0;
  for (let label = 0; label < labels; label++) sum += Math.exp((probabilities[label] as number) - largest);
  const total = largest + Math.log(sum);
  const loss = truths.reduce((all, truth) => all + total - (probabilities[truth] as number), 0) / truths.length;
  for (let label = 0; label < labels; label++) probabilities[label] = Math.exp((probabilities[label] as number) - total);
  return { loss, probabilities };
}

function sigmoid(logitOf: (label: number) => number, labels: number, truths: readonly number[]): Likelihood {
  const probabilities = new Float64Array(labels);
  const isTrue = new Set(truths);
  let loss = 0;
  for (let label = 0; label < labels; label++) {
    const z = logitOf(label);
    const signed = isTrue.has(label) ? -z : z;
    loss += Math.max(0, signed) + Math.log1p(Math.exp(-Math.abs(z)));
    probabilities[label] = 1 / (1 + Math.exp(-z));
  }
  return { loss, probabilities };
}

/** The least of the quadratic model around a point with 0 <= text <= 1 and 0 <= examples, by coordinates: it is convex. */
function minimiseInBounds(at: Point, { slope, curvature: [aa, ab, bb] }: Objective): Point {
  let [a, b] = at;
  for (let round = 0; round < 200; round++) {
    const [nextA, before] = [Math.min(1, Math.max(0, at[0] - (slope[0] + ab * (b - at[1])) / aa)), a];
    a = nextA;
    const nextB = Math.max(0, at[1] - (slope[1] + ab * (a - at[0])) / bb);
    if (Math.abs(nextB - b) + Math.abs(a - before) < 1e-12) break;
    b = nextB;
  }
  return [a, b];
}
