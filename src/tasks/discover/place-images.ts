import { type Place, spreadPlaces } from '../../core/grouping/spread-places.js';
import { type Matrix, type MatrixProduct, toMatrix } from '../../core/matrix-product.js';
import { throwIfAborted } from '../../errors.js';
import type { TaskOptions } from '../workspace.js';

export interface PlaceOptions extends Pick<TaskOptions, 'signal' | 'onProgress'> {
  /** The group of each row: images of one group stay together. */
  readonly groups: readonly number[];
  readonly random: (bound: number) => number;
  readonly multiply: MatrixProduct;
}

/** How many neighbours shape the map: fewer show smaller crowds, more the whole. */
const NEIGHBOURS = 15;
const PARTS = 2 ** 30;

/** Puts images on a map on which those that are alike are near each other (UMAP, arXiv:1802.03426). The same seed gives the same map. */
export async function placeImages(embeddings: Matrix, { groups, random, multiply, signal, onProgress }: PlaceOptions): Promise<Place[]> {
  const { rows } = embeddings;
  if (rows < 4) return spreadPlaces(new Array(rows).fill({ x: 0.5, y: 0.5 }), groups);
  const { UMAP } = await import('umap-js');
  const nNeighbors = Math.min(NEIGHBOURS, rows - 1);
  const umap = new UMAP({ nNeighbors, minDist: 0.4, spread: 1, random: () => random(PARTS) / PARTS });
  const { indices, distances } = await findNeighbours(embeddings, { count: nNeighbors, multiply });
  umap.setPrecomputedKNN(indices, distances);
  umap.setSupervisedProjection([...groups], { targetWeight: 0.3 });
  const total = umap.initializeFit(Array.from({ length: rows }, (_, row) => [row])); // the neighbours say all; rows alone are counted
  for (let epoch = 0; epoch < total; epoch++) {
    umap.step();
    if (epoch % 20 > 0) continue;
    onProgress?.({ task: 'map', done: epoch, total });
    await new Promise(setImmediate); // Ctrl-C is heard
    throwIfAborted(signal);
  }
  onProgress?.({ task: 'map', done: total, total });
  return spreadPlaces(toUnitSquare(umap.getEmbedding()), groups);
}

const BLOCK_ROWS = 1024;

/** The nearest rows of each row, itself first, as UMAP counts them. */
async function findNeighbours(
  embeddings: Matrix,
  { count, multiply }: { count: number; multiply: MatrixProduct },
): Promise<{ indices: number[][]; distances: number[][] }> {
  const { rows, dimension, values } = embeddings;
  const indices: number[][] = [];
  const distances: number[][] = [];
  for (let from = 0; from < rows; from += BLOCK_ROWS) {
    const block = toMatrix(
      Array.from({ length: Math.min(BLOCK_ROWS, rows - from) }, (_, i) =>
        values.subarray((from + i) * dimension, (from + i + 1) * dimension),
      ),
    );
    const similarities = await multiply(block, embeddings); // [block, rows]
    for (let i = 0; i < block.rows; i++) {
      const own = similarities.subarray(i * rows, (i + 1) * rows);
      own[from + i] = 2; // first, whatever rounding makes of it
      const nearest = [...own.keys()].sort((a, b) => (own[b] as number) - (own[a] as number) || a - b).slice(0, count);
      indices.push(nearest);
      distances.push(nearest.map((row) => Math.max(0, 1 - (own[row] as number))));
    }
  }
  return { indices, distances };
}

/** Half by place and half by rank, so that a few pictures far out do not leave the map empty. */
function toUnitSquare(points: readonly (readonly number[])[]): Place[] {
  const axis = (k: number): number[] => {
    const values = points.map((point) => point[k] as number);
    const order = [...values.keys()].sort((a, b) => (values[a] as number) - (values[b] as number) || a - b);
    const [low, high] = [values[order[0] as number] as number, values[order.at(-1) as number] as number];
    const placed: number[] = [];
    for (const [rank, i] of order.entries())
      placed[i] = (((values[i] as number) - low) / (high - low || 1) + rank / (order.length - 1)) / 2;
    return placed;
  };
  const [xs, ys] = [axis(0), axis(1)];
  return points.map((_, i) => ({ x: xs[i] as number, y: ys[i] as number }));
}
