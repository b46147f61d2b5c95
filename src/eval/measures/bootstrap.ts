import { randomIntegers } from './random-integers.js';

/** A figure with its 95 % interval: the 2.5th to the 97.5th percentile of bootstrap resamples, corrected for bias. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  /** The same seed gives the same interval. */
  readonly seed: number;
  /** 1,000 by default. */
  readonly resamples?: number | undefined;
  /** Positions of the figures that resampling biases: shares, or differences of shares. */
  readonly biased?: readonly number[] | undefined;
}

/**
 * Intervals of several figures at once. Each resample draws as many images as there are, with replacement, and is
 * measured (Efron's percentile bootstrap).
 *
 * A resample repeats some images and misses others, so its bins are noisier, and nearly every resample has a higher calibration error than
 * the images themselves. The bootstrap's own estimate of that bias, the mean of the resamples
 * minus the figure (Efron and Tibshirani 1993, chapter 10), is subtracted from both ends. BCa does not help: it corrects ranks among the resamples,
 * and here the figure is below nearly all.
 *
 * @param measure figures of the images at these positions; of all images if there are none
 */
export function bootstrap(
  size: number,
  measure: (places?: Int32Array) => readonly number[],
  { seed, resamples = 1000, biased = [] }: BootstrapOptions,
): Estimate[] {
  const values = measure();
  const draw = randomIntegers(seed);
  const places = new Int32Array(size);
  const figures = values.map(() => new Float64Array(resamples));
  for (let resample = 0; resample < resamples; resample++) {
    for (let i = 0; i < size; i++) places[i] = draw(size);
    for (const [figure, value] of measure(places).entries()) (figures[figure] as Float64Array)[resample] = value;
  }
  return values.map((value, figure) => {
    const drawn = (figures[figure] as Float64Array).filter((number) => !Number.isNaN(number)).sort();
    const interval = { value, low: percentile(drawn, 0.025), high: percentile(drawn, 0.975) };
    return biased.includes(figure) ? withoutBias(interval, drawn) : interval;
  });
}

function withoutBias({ value, low, high }: Estimate, drawn: Float64Array): Estimate {
  const bias = drawn.reduce((sum, number) => sum + number, 0) / drawn.length - value;
  const least = Math.min(value, drawn[0] as number) < 0 ? -1 : 0; // a difference, or a share
  return { value, low: Math.max(least, Math.min(value, low - bias)), high: Math.min(1, Math.max(value, high - bias)) };
}

/** How often each image was drawn; once each without a draw. [images] */
export function countPlaces(places: Int32Array | undefined, weights: Uint32Array): void {
  weights.fill(places === undefined ? 1 : 0);
  for (const place of places ?? []) weights[place] = (weights[place] as number) + 1;
}

/** Average precision goes through every image of every label: for much data some hundred resamples have to do. */
export const affordable = (resamples: number, work: number): number => Math.min(resamples, Math.max(100, Math.floor(2e9 / work)));

/** Linear between neighbours, as numpy has it; NaN of nothing. */
export function percentile(sorted: Float64Array, share: number): number {
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  const [low, high] = [sorted[below] ?? Number.NaN, sorted[Math.ceil(place)] ?? Number.NaN];
  return low + (high - low) * (place - below);
}
