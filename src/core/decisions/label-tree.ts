import type { Label } from '../label-set.js';

/** Labels below each other: animal > dog > beagle. */
export interface LabelTree {
  /** The place of each label's parent; -1 for one without. [labels] */
  readonly parents: Int32Array;
  /** Places of labels, every child before its parent. [labels] */
  readonly order: Int32Array;
}

/** The tree of a label set; undefined where no label has a parent. Parents are labels of the set, without circles: `createLabelSet` sees to it. */
export function treeOf(labels: readonly Label[]): LabelTree | undefined {
  if (labels.every(({ parent }) => parent === undefined)) return undefined;
  const places = new Map(labels.map(({ name }, place) => [name, place]));
  const parents = Int32Array.from(labels, ({ parent }) => (parent === undefined ? -1 : (places.get(parent) as number)));
  const depths = parents.map((_, label) => ancestorsOf(parents, label).length);
  return { parents, order: depths.map((_, label) => label).sort((a, b) => (depths[b] as number) - (depths[a] as number) || a - b) };
}

/**
 * The probability that an image shows a label or anything below it: its own share, plus those of its children. What is summed up among labels
 * that exclude each other agrees on every level, and no child exceeds its parent.
 */
export function sumUp({ parents, order }: LabelTree, shares: Float32Array | Float64Array): Float64Array {
  const sums = Float64Array.from(shares);
  for (const label of order) {
    const parent = parents[label] as number;
    if (parent >= 0) sums[parent] = (sums[parent] as number) + (sums[label] as number);
  }
  return sums;
}

/**
 * The answer at the level that the evidence carries: from the likeliest root down to the likeliest child, as long as it keeps the certainty that
 * is asked for. The root itself is the answer where even it does not have it.
 *
 * @param sums of `sumUp`
 */
export function descend({ parents }: LabelTree, sums: Float64Array, minProbability = 0.5): number {
  const bestBelow = (parent: number): number =>
    parents.reduce(
      (best, one, label) => (one === parent && (best < 0 || (sums[label] as number) > (sums[best] as number)) ? label : best),
      -1,
    );
  let answer = bestBelow(-1);
  for (let next = bestBelow(answer); next >= 0 && (sums[next] as number) >= minProbability; next = bestBelow(next)) answer = next;
  return answer;
}

/** The labels above one, the nearest first. */
export function ancestorsOf(parents: Int32Array, label: number): number[] {
  const found: number[] = [];
  for (let parent = parents[label] as number; parent >= 0; parent = parents[parent] as number) found.push(parent);
  return found;
}
