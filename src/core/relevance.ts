/** How the similarities of one query are distributed over a collection. */
export interface Spread {
  readonly mean: number;
  readonly largest: number;
}

/** Gathers the spreads of several queries from the blocks of a collection. */
export interface SpreadGatherer {
  /** @param similarities [images, queries] */
  add(similarities: Float32Array): void;
  /** One spread per query. Without images, the mean is 0. */
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

/** The point where a query's results end. */
export interface RelevanceCut {
  /** Whether anything stands out at all. */
  readonly hasRelevant: boolean;
  /** The smallest similarity that stands out; infinite if nothing does. */
  readonly minSimilarity: number;
  /** The similarity of the best image. */
  readonly best: number;
  /** The similarity that the best image has to reach. In this collection, four of five everyday words do not. */
  readonly needed: number;
}

/** Both are measured: docs/guides/relevance.md. */
const NEEDED_QUANTILE = 0.8;
const KEEP = 0.6;

/**
 * The adaptive cut. A query has results if its best image is more similar to it than the best images of four in five everyday
 * words are to theirs. It then keeps what is at least 0.6 of the way from the query's mean to its best image. Both numbers come from the
 * collection and the model, so neither the model's narrow band of similarities nor the size of the collection matters.
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
