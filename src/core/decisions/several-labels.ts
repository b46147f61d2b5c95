import { largestOfViews } from '../crops.js';
import { type Embedding, norm } from '../embedding.js';
import { leastLogSumExp, logSumExp } from '../log-sum-exp.js';
import { type Matrix, toMatrix } from '../matrix-product.js';
import type { ScoredTag } from '../tag-scoring.js';
import type { ExampleDirections } from './example-evidence.js';
import { type NoneCalibration, noneProbability, PLAIN, setAgainst } from './none-of-these.js';

/** The log odds against background words where each of them is a label itself: labels then decide among each other. */
const NO_WORDS = 3;

/** How images get any number of labels, each decided by itself. */
export interface SeveralRule {
  readonly logitScale: number;
  /** How evidence becomes a probability. */
  readonly calibration?: NoneCalibration | undefined;
  readonly minProbability: number;
  readonly topK: number;
  /** What examples of some labels say beside the text. */
  readonly examples?: ExampleDirections | undefined;
}

/** Decides for each label whether an image shows it. */
export interface LabelTest {
  /** What an image is compared with: labels, background words, and what the words have in common. [columns, dimension] */
  readonly columns: Matrix;
  readonly labels: number;
  /** The evidence for each label, from an image's similarities with the columns. The array is used again. [labels] */
  evidenceOf(row: Float32Array): Float64Array;
  /**
   * The labels of an image, best first.
   *
   * @param similarities [columns], or with crops [views, columns]
   * @param cuts a smallest probability of its own for each label, instead of `minProbability`. [labels]
   */
  decide(similarities: Float32Array, cuts?: ArrayLike<number>): ScoredTag[];
  /** The probability of each label. [labels] */
  probabilitiesOf(similarities: Float32Array): Float64Array;
}

/**
 * A cut for each label from its own background: the label has to outweigh everyday words, as in "none of these", and it counts less where other
 * labels of the set fit better. An image that shows none of the labels gets none, and one that shows several gets several.
 *
 * Of an image with crops, each view gives its odds, and their mean decides: a label is likely if it fills one view, or if several agree. What
 * a view shows by chance counts the less the more views there are, so the same cut serves with crops and without.
 */
export function createLabelTest(labels: readonly Embedding[], background: readonly Embedding[], rule: SeveralRule): LabelTest {
  const { logitScale, calibration = PLAIN, minProbability, topK, examples } = rule;
  const { mean, words } = setAgainst(labels, background);
  const meanAt = labels.length + words.length;
  const columns = toMatrix([...labels, ...words, mean, ...(examples?.directions ?? [])]);
  const lengths = Float64Array.from(labels, (label) => norm(label.map((value, i) => value - (mean[i] as number))));
  const logits = new Float64Array(labels.length);
  const evidence = new Float64Array(labels.length);
  const added = new Float64Array(labels.length);
  const odds = new Float64Array(labels.length); // all used again for each image
  const { slope, intercept } = calibration;
  const floor =
    minProbability > 0 && minProbability < 1
      ? (Math.log(minProbability / (1 - minProbability)) - intercept) / slope - 1e-6
      : Number.NEGATIVE_INFINITY;
  const wordLogits = new Float32Array(words.length);
  const weights = lengths.map((length) => logitScale / length);
  const ofExamples = (row: Float32Array, place: number): number =>
    logitScale * ((row[meanAt + 1 + place] as number) + (examples?.offsets[place] as number));
  const evidenceOf = (row: Float32Array): Float64Array => {
    const common = row[meanAt] as number;
    for (let word = 0; word < words.length; word++) wordLogits[word] = logitScale * (row[labels.length + word] as number);
    const others = logSumExp(wordLogits);
    for (let label = 0; label < labels.length; label++) logits[label] = logitScale * (row[label] as number);
    const among = logSumExp(logits);
    for (let label = 0; label < labels.length; label++) {
      const centred = (logitScale * ((row[label] as number) - common)) / (lengths[label] as number);
      evidence[label] = (words.length === 0 ? NO_WORDS : centred - others) + (logits[label] as number) - among;
    }
    for (const [place, label] of examples?.labels.entries() ?? []) evidence[label] = (evidence[label] as number) + ofExamples(row, place);
    return evidence;
  };
  /** The evidence of an image with crops is the mean of its views' odds. */
  const evidenceOfViews = (similarities: Float32Array): Float64Array => {
    const views = similarities.length / columns.rows;
    if (views === 1) return evidenceOf(similarities);
    odds.fill(0);
    for (let view = 0; view < views; view++) {
      const found = evidenceOf(similarities.subarray(view * columns.rows, (view + 1) * columns.rows));
      for (let label = 0; label < labels.length; label++)
        odds[label] = (odds[label] as number) + Math.exp(slope * (found[label] as number));
    }
    return odds.map((sum) => Math.log(sum / views) / slope);
  };
  /** Whether a label may reach the floor, by bounds that are quickly computed: most images need no more. */
  const mayHaveLabels = (row: Float32Array): boolean => {
    const common = row[meanAt] as number;
    const others = words.length === 0 ? -NO_WORDS : leastLogSumExp(row.subarray(labels.length, meanAt), logitScale);
    const least = leastLogSumExp(row.subarray(0, labels.length), logitScale) + others + floor;
    const border = least - 1e-4 * (1 + Math.abs(least)); // what float32 rounds off is far less
    added.fill(0);
    for (const [place, label] of examples?.labels.entries() ?? []) added[label] = ofExamples(row, place);
    for (let label = 0; label < labels.length; label++) {
      const similarity = row[label] as number;
      const centred = words.length === 0 ? 0 : (weights[label] as number) * (similarity - common);
      if (!(centred + logitScale * similarity + (added[label] as number) < border)) return true; // also where it is no number
    }
    return false;
  };
  const mayHaveInViews = (similarities: Float32Array): boolean => {
    for (let from = 0; from < similarities.length; from += columns.rows)
      if (mayHaveLabels(similarities.subarray(from, from + columns.rows))) return true;
    return false;
  };
  return {
    columns,
    labels: labels.length,
    evidenceOf,
    probabilitiesOf: (similarities) => evidenceOfViews(similarities).map((found) => 1 - noneProbability(found, calibration)),
    decide(similarities, cuts) {
      if (!cuts && !mayHaveInViews(similarities)) return [];
      const found = evidenceOfViews(similarities);
      const largest = largestOfViews(similarities, columns.rows);
      const tags: ScoredTag[] = [];
      for (let label = 0; label < labels.length; label++) {
        if (!cuts && !((found[label] as number) >= floor)) continue;
        const probability = 1 - noneProbability(found[label] as number, calibration);
        const needed = cuts ? (cuts[label] as number) : minProbability;
        if (probability >= needed) tags.push({ label, probability, similarity: largest[label] as number });
      }
      return tags.sort((a, b) => b.probability - a.probability || a.label - b.label).slice(0, topK);
    },
  };
}
