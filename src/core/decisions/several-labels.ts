import { largestOfViews } from '../crops.js';
import { type Embedding, norm } from '../embedding.js';
import { logSumExp } from '../log-sum-exp.js';
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

/** Bounds of what an image's similarities say, which cost less than the evidence itself. */
export interface RowBounds {
  /** The largest of `(weight + logitScale) * similarity - weight * (similarity with the words' mean)` over the labels. */
  readonly most: number;
  /** At most the logarithm of the sum of exp(logit), of the labels and of the words. */
  readonly among: number;
  readonly others: number;
}

/** Decides for each label whether an image shows it. */
export interface LabelTest {
  /** What an image is compared with: labels, background words, and what the words have in common. [columns, dimension] */
  readonly columns: Matrix;
  readonly labels: number;
  /** What `RowBounds` are computed from. Columns of labels come first, then those of words, then the words' mean. weights: [labels] */
  readonly screen: { readonly labels: number; readonly words: number; readonly weights: Float64Array; readonly logitScale: number };
  /** Whether a label may reach the minimum, by the bounds of a row of similarities that begins at `from`. Most images need no more. */
  mayHave(bounds: RowBounds, similarities: Float32Array, from: number): boolean;
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
  const odds = new Float64Array(labels.length); // all used again for each image
  const { slope, intercept } = calibration;
  const floor =
    minProbability > 0 && minProbability < 1
      ? (Math.log(minProbability / (1 - minProbability)) - intercept) / slope - 1e-6
      : Number.NEGATIVE_INFINITY;
  const wordLogits = new Float32Array(words.length);
  const weights = lengths.map((length) => (words.length === 0 ? 0 : logitScale / length));
  const heaviest = weights.reduce((a, b) => Math.max(a, b), logitScale);
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
  const mayHave = ({ most, among, others }: RowBounds, similarities: Float32Array, from: number): boolean => {
    const border = among + (words.length === 0 ? -NO_WORDS : others) + floor;
    const least = border - 1e-3 * (1 + Math.abs(border)) - 1e-6 * heaviest; // what float32 rounds off is less
    if (!(most < least)) return true;
    if (!examples) return false;
    const row = similarities.subarray(from, from + columns.rows);
    const common = words.length === 0 ? 0 : (row[meanAt] as number);
    for (const [place, label] of examples.labels.entries()) {
      const weight = weights[label] as number;
      if (!((weight + logitScale) * (row[label] as number) - weight * common + ofExamples(row, place) < least)) return true;
    }
    return false;
  };
  return {
    columns,
    labels: labels.length,
    screen: { labels: labels.length, words: words.length, weights, logitScale },
    mayHave,
    evidenceOf,
    probabilitiesOf: (similarities) => evidenceOfViews(similarities).map((found) => 1 - noneProbability(found, calibration)),
    decide(similarities, cuts) {
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
