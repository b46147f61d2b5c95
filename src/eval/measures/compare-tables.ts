import { type BootstrapOptions, bootstrap, type Estimate } from './bootstrap.js';
import { mcnemarPValue } from './mcnemar.js';
import type { ScoreTable } from './score-table.js';

/** Two runs over the same images. */
export interface TableComparison {
  readonly bothRight: number;
  readonly onlyFirst: number;
  readonly onlySecond: number;
  readonly bothWrong: number;
  /** Top-1 of the second less that of the first; the interval by a paired bootstrap: both are drawn together. */
  readonly difference: Estimate;
  /** McNemar's exact test. */
  readonly pValue: number;
  /** Places of the images that one of the two alone has right. */
  readonly changed: readonly number[];
}

/** Lays two runs side by side; row i of both is the same image. */
export function compareTables(first: ScoreTable, second: ScoreTable, options: BootstrapOptions): TableComparison {
  const size = first.truths.length;
  const gains = new Int8Array(size); // 1: the second alone is right, -1: the first alone
  const changed: number[] = [];
  let [bothRight, onlyFirst, onlySecond] = [0, 0, 0];
  for (let i = 0; i < size; i++) {
    const [a, b] = [first.predicted[i] === first.truths[i], second.predicted[i] === second.truths[i]];
    if (a && b) bothRight++;
    if (a === b) continue;
    if (a) onlyFirst++;
    else onlySecond++;
    gains[i] = a ? -1 : 1;
    changed.push(i);
  }
  const [difference] = bootstrap(size, (places) => [meanGain(gains, places)], options);
  return {
    bothRight,
    onlyFirst,
    onlySecond,
    bothWrong: size - bothRight - onlyFirst - onlySecond,
    difference: difference as Estimate,
    pValue: mcnemarPValue(onlyFirst, onlySecond),
    changed,
  };
}

function meanGain(gains: Int8Array, places: Int32Array | undefined): number {
  let sum = 0;
  if (places === undefined) for (const gain of gains) sum += gain;
  else for (const place of places) sum += gains[place] as number;
  return sum / gains.length;
}
