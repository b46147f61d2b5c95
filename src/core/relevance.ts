/** How the similarities of one query are spread over a collection. */
export interface Spread {
  readonly mean: number;
  readonly deviation: number;
  readonly largest: number;
}

/** Gathers the spreads of several queries while the collection goes by in blocks. */
export interface SpreadGatherer {
  /** @param similarities [images, queries] */
  add(similarities: Float32Array): void;
  /** One spread a query. */
  finish(): Spread[];
}

/** Sums in float64, shifted by each query's first similarity so that a narrow band keeps its digits. */
export function gatherSpreads(queries: number): SpreadGatherer {
  const shifts = new Float64Array(queries);
  const sums = new Float64Array(queries);
  const squares = new Float64Array(queries);
  const largest = new Float64Array(queries).fill(Number.NEGATIVE_INFINITY);
  let count = 0;
  return {
    add(similarities) {
      const images = queries === 0 ? 0 : similarities.length / queries;
      if (count === 0 && images > 0) shifts.set(similarities.subarray(0, queries));
      for (let image = 0; image < images; image++) {
        for (let query = 0; query < queries; query++) {
          const similarity = similarities[image * queries + query] as number;
          const shifted = similarity - (shifts[query] as number);
          sums[query] = (sums[query] as number) + shifted;
          squares[query] = (squares[query] as number) + shifted * shifted;
          if (similarity > (largest[query] as number)) largest[query] = similarity;
        }
      }
      count += images;
    },
    finish() {
      return Array.from(sums, (sum, query) => {
        const mean = sum / Math.max(1, count);
        const variance = Math.max(0, (squares[query] as number) / Math.max(1, count) - mean * mean);
        return { mean: mean + (shifts[query] as number), deviation: Math.sqrt(variance), largest: largest[query] as number };
      });
    },
  };
}

/** Where a query's results end. */
export interface RelevanceCut {
  /** Whether anything stands out at all. */
  readonly hasRelevant: boolean;
  /** Results of at least this similarity stand out; infinite where nothing does. */
  readonly minSimilarity: number;
  /** How many deviations the best image lies above the query's mean. */
  readonly best: number;
  /** How many it has to: the median of what everyday words reach in this collection. */
  readonly needed: number;
}

/** Of the best image's distance from the mean, what the others have to reach. Measured: docs/guides/relevance.md. */
const KEEP = 0.7;

/**
 * The adaptive cut. A query has something to show when its best image stands out from the collection further than the best image of a
 * middling everyday word does; then what stands out at least 0.7 times as far as the best is kept. Both sides are measured in deviations
 * of the query's own similarities, so that neither the model's narrow band nor the size of the collection has to be known.
 */
export function cutRelevant(query: Spread, background: readonly Spread[]): RelevanceCut {
  const needed = median(background.map(distanceOfBest));
  const best = distanceOfBest(query);
  const hasRelevant = best >= needed && best > 0;
  return { hasRelevant, best, needed, minSimilarity: hasRelevant ? query.mean + KEEP * best * query.deviation : Number.POSITIVE_INFINITY };
}

function distanceOfBest({ mean, deviation, largest }: Spread): number {
  return deviation > 0 && Number.isFinite(largest) ? (largest - mean) / deviation : 0;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length === 0) return 0;
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
