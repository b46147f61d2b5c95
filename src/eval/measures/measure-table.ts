import { addToBins, createBins, expectedCalibrationError, type ReliabilityBin, toReliabilityBins } from './reliability.js';
import type { ScoreTable } from './score-table.js';

export interface MeasureOptions {
  /** The values of k for top-k accuracy. */
  readonly ks: readonly number[];
  /** The number of confidence bins; 15 by default, as is usual. */
  readonly bins?: number | undefined;
}

/** The headline figures of images that show one label each. */
export interface TableMeasures {
  /** The share of images whose label is among the first k, for each k. */
  readonly topK: readonly number[];
  /** The mean over labels of the share of their images that are right, so that each label counts equally (balanced accuracy). */
  readonly meanPerClassRecall: number;
  /** The mean of -ln of the true label's probability, in nats. */
  readonly negativeLogLikelihood: number;
  /** The mean distance of confidence and accuracy, weighted by images (Guo et al. 2017, arXiv:1706.04599). */
  readonly expectedCalibrationError: number;
  readonly reliability: readonly ReliabilityBin[];
}

/**
 * Takes all measures in one pass over the images at `places`. A position may occur several times, so bootstrap resamples are measured by
 * the same code as the images themselves. Labels without images do not count towards the mean per-class recall.
 */
export function measureTable(table: ScoreTable, options: MeasureOptions, places?: Int32Array): TableMeasures {
  const { truths, ranks, confidences, predicted, negativeLogLikelihoods, labelCount } = table;
  const size = places?.length ?? truths.length;
  const hits = new Float64Array(options.ks.length);
  const images = new Int32Array(labelCount);
  const right = new Int32Array(labelCount);
  const bins = createBins(options.bins ?? 15);
  let likelihoods = 0;
  for (let i = 0; i < size; i++) {
    const place = places === undefined ? i : (places[i] as number);
    const truth = truths[place] as number;
    const rank = ranks[place] as number;
    const isRight = predicted[place] === truth;
    for (let k = 0; k < hits.length; k++) if (rank < (options.ks[k] as number)) hits[k] = (hits[k] as number) + 1;
    images[truth] = (images[truth] as number) + 1;
    if (isRight) right[truth] = (right[truth] as number) + 1;
    addToBins(bins, confidences[place] as number, isRight);
    likelihoods += negativeLogLikelihoods[place] as number;
  }
  return {
    topK: Array.from(hits, (count) => count / size),
    meanPerClassRecall: meanRecall(right, images),
    negativeLogLikelihood: likelihoods / size,
    expectedCalibrationError: expectedCalibrationError(bins, size),
    reliability: places === undefined ? toReliabilityBins(bins) : [],
  };
}

function meanRecall(right: Int32Array, images: Int32Array): number {
  let [sum, classes] = [0, 0];
  for (let label = 0; label < images.length; label++) {
    if (images[label] === 0) continue;
    sum += (right[label] as number) / (images[label] as number);
    classes++;
  }
  return sum / classes;
}
