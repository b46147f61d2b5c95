import { meanAveragePrecision, type RankedImages } from './average-precision.js';
import { affordable, type BootstrapOptions, bootstrap, countPlaces, type Estimate } from './bootstrap.js';
import { mcnemarPValue } from './mcnemar.js';
import type { ScoreTable } from './score-table.js';

/** Two runs over the same images. An image counts as right if its first label is one of its own. */
export interface TableComparison {
  readonly bothRight: number;
  readonly onlyFirst: number;
  readonly onlySecond: number;
  readonly bothWrong: number;
  /** The figure that is compared: the main one for this kind of data. */
  readonly figure: 'top-1' | 'mean average precision';
  /** The second run's figure minus the first's, with the interval of a paired bootstrap. */
  readonly difference: Estimate;
  /** McNemar's exact test. */
  readonly pValue: number;
  /** Positions of the images that only one of the two has right. */
  readonly changed: readonly number[];
}

/** How a run ranks images that show several labels. */
export interface Rankings {
  /** Images in order of each label's score. [labels] */
  readonly ranked: readonly RankedImages[];
  /** The place in the ranking of the best of an image's labels, or -1 where it shows none. [images] */
  readonly ranks: Int32Array;
}

/** Compares two runs. Row i of both is the same image. */
export function compareTables(first: ScoreTable, second: ScoreTable, options: BootstrapOptions): TableComparison {
  const size = first.truths.length;
  const isRight = ({ predicted, truths }: ScoreTable, i: number): boolean => predicted[i] === truths[i];
  const gains = Int8Array.from(first.truths, (_, i) => Number(isRight(second, i)) - Number(isRight(first, i)));
  const [difference] = bootstrap(size, (places) => [meanGain(gains, places)], options);
  return { figure: 'top-1', difference: difference as Estimate, ...countAnswers(size, (i) => [isRight(first, i), isRight(second, i)]) };
}

/** The same for images that show several labels; one that shows none counts for the difference alone. */
export function compareRankings(first: Rankings, second: Rankings, { seed, resamples = 1000 }: BootstrapOptions): TableComparison {
  const size = first.ranks.length;
  const weights = new Uint32Array(size);
  const measure = (places?: Int32Array): [number] => {
    countPlaces(places, weights);
    return [meanAveragePrecision(second.ranked, weights) - meanAveragePrecision(first.ranked, weights)];
  };
  const [difference] = bootstrap(size, measure, { seed, resamples: affordable(resamples, 2 * size * first.ranked.length) });
  const answers = countAnswers(size, (i) => (first.ranks[i] === -1 ? undefined : [first.ranks[i] === 0, second.ranks[i] === 0]));
  return { figure: 'mean average precision', difference: difference as Estimate, ...answers };
}

/** @param answersOf whether each run has image i right; undefined where there is no right */
function countAnswers(size: number, answersOf: (i: number) => readonly [boolean, boolean] | undefined) {
  const changed: number[] = [];
  let [bothRight, onlyFirst, onlySecond, bothWrong] = [0, 0, 0, 0];
  for (let i = 0; i < size; i++) {
    const answers = answersOf(i);
    if (answers === undefined) continue;
    const [a, b] = answers;
    if (a !== b) changed.push(i);
    if (a && b) bothRight++;
    else if (a) onlyFirst++;
    else if (b) onlySecond++;
    else bothWrong++;
  }
  return { bothRight, onlyFirst, onlySecond, bothWrong, pValue: mcnemarPValue(onlyFirst, onlySecond), changed };
}

function meanGain(gains: Int8Array, places: Int32Array | undefined): number {
  let sum = 0;
  if (places === undefined) for (const gain of gains) sum += gain;
  else for (const place of places) sum += gains[place] as number;
  return sum / gains.length;
}
