/** A cut of its own for each label, from the probabilities of a collection. */
export interface CutBalancer {
  /** @param probabilities of one image. [labels] */
  add(probabilities: Float64Array): void;
  /** [labels] */
  cuts(): Float64Array;
}

const BINS = 1000;
/** What is less likely than this is no tag, however rare its label is. */
export const LEAST_BALANCED = 0.05;

/**
 * The cuts that balance precision and recall: for each label the one with the largest F1 that its probabilities promise (Lipton et al. 2014,
 * arXiv:1402.1892). A label that is seldom sure gets a low cut, one that is often sure a high one. No truth is needed, and no threshold is chosen.
 */
export function createCutBalancer(labels: number): CutBalancer {
  const counts = new Float64Array(labels * BINS); // images by probability. [labels, bins]
  return {
    add(probabilities) {
      for (let label = 0; label < labels; label++) {
        const at = label * BINS + Math.min(BINS - 1, Math.floor((probabilities[label] as number) * BINS));
        counts[at] = (counts[at] as number) + 1;
      }
    },
    cuts: () => Float64Array.from({ length: labels }, (_, label) => cutOf(counts.subarray(label * BINS, (label + 1) * BINS))),
  };
}

function cutOf(counts: Float64Array): number {
  const probabilityOf = (bin: number): number => (bin + 0.5) / BINS;
  const expected = counts.reduce((sum, count, bin) => sum + count * probabilityOf(bin), 0); // images that show the label
  let [chosen, right] = [0, 0];
  let best = { f1: 0, cut: 1 };
  for (let bin = BINS - 1; bin >= 0; bin--) {
    const count = counts[bin] as number;
    if (count === 0) continue;
    chosen += count;
    right += count * probabilityOf(bin);
    const f1 = (2 * right) / (chosen + expected);
    if (f1 > best.f1) best = { f1, cut: bin / BINS };
  }
  return Math.max(LEAST_BALANCED, best.cut);
}
