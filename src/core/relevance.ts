/** How the similarities of one query lie over a collection. */
export interface Spread {
  readonly mean: number;
  readonly largest: number;
}

/** Gathers the spreads of several queries while the collection goes by in blocks. */
export interface SpreadGatherer {
  /** @param similarities [images, queries] */
  add(similarities: Float32Array): void;
  /** One spread a query; of no images, a mean of 0 and nothing larger. */
  finish(): Spread[];
}

export function gatherSpreads(queries: number): SpreadGatherer {
  const sums = new Float64Array(queries);
  const largest = new Float64Array(queries).fill(Number.NEGATIVE_INFINITY);
  let count = 0;
  return {
    add(similarities) {
      const images = queries === 0 ? 0 : similarities.length / queries;
      for (let image = 0; image < images; image++) {
        for (let query = 0; query < queries; query++) {
          const similarity = similarities[image * queries + query] as number;
          sums[query] = (sums[query] as number) + similarity;
          if (similarity > (largest[query] as number)) largest[query] = similarity;
        }
      }
      count += images;
    },
    finish: () => Array.from(sums, (sum, query) => ({ mean: sum / Math.max(1, count), largest: largest[query] as number })),
  };
}

/** Where a query's results end. */
export interface RelevanceCut {
  /** Whether anything stands out at all. */
  readonly hasRelevant: boolean;
  /** Results of at least this similarity stand out; infinite where nothing does. */
  readonly minSimilarity: number;
  /** The similarity of the best image. */
  readonly best: number;
  /** What it has to reach: four of five everyday words do not, in this collection. */
  readonly needed: number;
}

/** Both are measured: docs/guides/relevance.md. */
const NEEDED_QUANTILE = 0.8;
const KEEP = 0.6;

/**
 * The adaptive cut. A query has something to show when its best image is more similar to it than the best images of four in five everyday
 * words are to them; then what lies at least 0.6 of the way from the query's mean to its best image is kept. Both sides come from the
 * collection and the model at hand, so that neither the model's narrow band nor the size of the collection has to be known.
 *
 * @param background the spreads of everyday words over the same collection
 */
export function cutRelevant(query: Spread, background: readonly Spread[]): RelevanceCut {
  const needed = quantile(
    background.map((spread) => spread.largest),
    NEEDED_QUANTILE,
  );
  const { mean, largest: best } = query;
  const hasRelevant = best >= needed && best > mean;
  return { hasRelevant, best, needed, minSimilarity: hasRelevant ? mean + KEEP * (best - mean) : Number.POSITIVE_INFINITY };
}

/** Linear between neighbours; of nothing, what everything reaches. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) return Number.NEGATIVE_INFINITY;
  const place = share * (sorted.length - 1);
  const low = sorted[Math.floor(place)] as number;
  const high = sorted[Math.ceil(place)] as number;
  return low === high ? low : low + (place - Math.floor(place)) * (high - low);
}
