/** The images in descending order of one label's score, with the ends of runs of equal scores. */
export interface RankedImages {
  /** Positions of images, best first. [images] */
  readonly order: Int32Array;
  /** 1 if the next image in order has a different score. [images] */
  readonly isLastOfEqual: Uint8Array;
  /** Whether the image at a position shows the label. [images] */
  readonly isPositive: Uint8Array;
}

export function rankImages(scores: Float32Array, isPositive: Uint8Array): RankedImages {
  const order = Int32Array.from(scores.keys()).sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
  const isLastOfEqual = Uint8Array.from(order, (place, i) => (scores[place] !== scores[order[i + 1] ?? -1] ? 1 : 0));
  return { order, isLastOfEqual, isPositive };
}

/**
 * Average precision of one label: the mean over its images of the precision at their rank, equal scores taken together (as
 * in scikit-learn, without interpolation). NaN without positive images.
 *
 * @param weights how often each image counts; once by default [images]
 */
export function averagePrecision({ order, isLastOfEqual, isPositive }: RankedImages, weights?: Uint32Array): number {
  let [positives, all, before, sum] = [0, 0, 0, 0];
  for (let i = 0; i < order.length; i++) {
    const place = order[i] as number;
    const weight = weights === undefined ? 1 : (weights[place] as number);
    all += weight;
    if (isPositive[place] === 1) positives += weight;
    if (isLastOfEqual[i] === 0 || positives === before) continue;
    sum += (positives - before) * (positives / all);
    before = positives;
  }
  return sum / positives;
}

/** The mean of the labels that have positive images. */
export function meanAveragePrecision(labels: readonly RankedImages[], weights?: Uint32Array): number {
  let [sum, count] = [0, 0];
  for (const label of labels) {
    const precision = averagePrecision(label, weights);
    if (Number.isNaN(precision)) continue;
    sum += precision;
    count++;
  }
  return sum / count;
}
