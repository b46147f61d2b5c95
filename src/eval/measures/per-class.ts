import type { Estimate } from './bootstrap.js';
import type { ScoreTable } from './score-table.js';

/** How one label fares. */
export interface ClassMeasures {
  /** The label's position in the label set. */
  readonly label: number;
  /** How many images show it, and how many of them are right. */
  readonly images: number;
  readonly right: number;
  /** How often it was the answer. */
  readonly predicted: number;
  /** The share of its images that are right, with Wilson's interval; null without images. */
  readonly recall: Estimate | null;
  /** The share of its answers that are right; null when it was never answered. */
  readonly precision: number | null;
  readonly f1: number | null;
}

/** A row for each label, in label order. */
export function measureClasses({ truths, predicted, labelCount }: ScoreTable): ClassMeasures[] {
  const [images, right, answers] = [new Int32Array(labelCount), new Int32Array(labelCount), new Int32Array(labelCount)];
  const count = (counts: Int32Array, label: number): void => {
    counts[label] = (counts[label] as number) + 1;
  };
  for (let i = 0; i < truths.length; i++) {
    count(images, truths[i] as number);
    count(answers, predicted[i] as number);
    if (truths[i] === predicted[i]) count(right, truths[i] as number);
  }
  return Array.from({ length: labelCount }, (_, label) =>
    toClass(label, { images: images[label] as number, right: right[label] as number, predicted: answers[label] as number }),
  );
}

function toClass(label: number, counts: { images: number; right: number; predicted: number }): ClassMeasures {
  const { images, right, predicted } = counts;
  return {
    label,
    ...counts,
    recall: images === 0 ? null : { value: right / images, ...wilsonInterval(right, images) },
    precision: predicted === 0 ? null : right / predicted,
    f1: images === 0 ? null : (2 * right) / (images + predicted),
  };
}

/**
 * Wilson's 95 % interval of a share. A label often has few images, and for a single image a bootstrap would claim certainty.
 */
export function wilsonInterval(right: number, images: number): { low: number; high: number } {
  const z = 1.959963984540054; // the normal distribution's 97.5th percentile
  const share = right / images;
  const scale = 1 + z ** 2 / images;
  const centre = (share + z ** 2 / (2 * images)) / scale;
  const reach = (z / scale) * Math.sqrt((share * (1 - share)) / images + z ** 2 / (4 * images ** 2));
  return { low: right === 0 ? 0 : centre - reach, high: right === images ? 1 : centre + reach };
}
