/** Images of one range of confidence: a model is calibrated where accuracy equals confidence. */
export interface ReliabilityBin {
  /** The range: above `low`, up to and including `high`. */
  readonly low: number;
  readonly high: number;
  readonly images: number;
  /** Mean confidence and share of right answers; null for a bin without images. */
  readonly confidence: number | null;
  readonly accuracy: number | null;
}

/** Running sums of the bins. All [bins] */
export interface BinSums {
  readonly images: Float64Array;
  readonly confidence: Float64Array;
  readonly right: Float64Array;
}

export const createBins = (count: number): BinSums => ({
  images: new Float64Array(count),
  confidence: new Float64Array(count),
  right: new Float64Array(count),
});

export function addToBins(bins: BinSums, confidence: number, isRight: boolean): void {
  const count = bins.images.length;
  const bin = Math.min(count - 1, Math.max(0, Math.ceil(confidence * count) - 1));
  bins.images[bin] = (bins.images[bin] as number) + 1;
  bins.confidence[bin] = (bins.confidence[bin] as number) + confidence;
  if (isRight) bins.right[bin] = (bins.right[bin] as number) + 1;
}

/** The sum over bins of |accuracy - confidence|, each weighted by its share of the images. */
export function expectedCalibrationError(bins: BinSums, images: number): number {
  let error = 0;
  for (let bin = 0; bin < bins.images.length; bin++) error += Math.abs((bins.right[bin] as number) - (bins.confidence[bin] as number));
  return error / images;
}

export function toReliabilityBins(bins: BinSums): ReliabilityBin[] {
  return Array.from(bins.images, (images, bin) => ({
    low: bin / bins.images.length,
    high: (bin + 1) / bins.images.length,
    images,
    confidence: images === 0 ? null : (bins.confidence[bin] as number) / images,
    accuracy: images === 0 ? null : (bins.right[bin] as number) / images,
  }));
}
