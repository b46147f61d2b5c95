/**
 * What is kept of each image that shows one label: enough for every measure, and small: 100,000 images take a few megabytes.
 * All arrays are [images]; labels are positions in the label set.
 */
export interface ScoreTable {
  /** The number of candidate labels. */
  readonly labelCount: number;
  readonly truths: Int32Array;
  readonly predicted: Int32Array;
  /** The rank of the true label, 0 for first; equal scores in label order. */
  readonly ranks: Int32Array;
  /** The probability of the predicted label. */
  readonly confidences: Float64Array;
  /** -ln of the true label's probability. */
  readonly negativeLogLikelihoods: Float64Array;
}

/** One image as a row of the table. */
export interface ScoredImage {
  readonly truth: number;
  readonly predicted: number;
  readonly rank: number;
  readonly confidence: number;
  readonly negativeLogLikelihood: number;
}

/** Rows as columns. */
export function toScoreTable(images: readonly ScoredImage[], labelCount: number): ScoreTable {
  return {
    labelCount,
    truths: Int32Array.from(images, ({ truth }) => truth),
    predicted: Int32Array.from(images, ({ predicted }) => predicted),
    ranks: Int32Array.from(images, ({ rank }) => rank),
    confidences: Float64Array.from(images, ({ confidence }) => confidence),
    negativeLogLikelihoods: Float64Array.from(images, (image) => image.negativeLogLikelihood),
  };
}
