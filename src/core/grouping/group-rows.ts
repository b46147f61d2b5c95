import { type Matrix, type MatrixProduct, multiply, pickRows } from '../matrix-product.js';

/** Rows in groups of rows that are alike. */
export interface RowGroups {
  /** The group of each row. [rows] */
  readonly groupOf: Int32Array;
  /** The cosine of each row and the centre of its group. [rows] */
  readonly similarities: Float32Array;
  /** Unit vectors. [groups, dimension] */
  readonly centres: Matrix;
}

export interface GroupRowsOptions {
  /** How many groups; fewer come out where the rows have fewer different values. */
  readonly groups: number;
  /** Whole numbers from 0 to `bound` - 1. */
  readonly random: (bound: number) => number;
  readonly multiply?: MatrixProduct | undefined;
  /** Called with the number of rounds done, and the largest number that there may be. It may throw to stop. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

const MOST_ROUNDS = 40;
/** From so few rows that go to another group on, another round changes nothing that anybody sees. */
const SETTLED = 0.0005;
/** Several starts find better groups, and cost as much as so many rows. */
const ROWS_OF_ALL_STARTS = 40_000;
const MOST_STARTS = 4;

/**
 * Spherical k-means: each row belongs to the nearest centre by cosine, and a centre is the direction of the sum of its rows. Starts are chosen
 * as k-means++ does, the best of several each time (Arthur and Vassilvitskii, 2007). The same seed gives the same groups.
 *
 * ml-kmeans gives the same groups in a hundred times the time: it multiplies no matrices (docs/decisions/groups.md).
 *
 * @param rows unit vectors
 */
export async function groupRows(rows: Matrix, options: GroupRowsOptions): Promise<RowGroups> {
  const starts = Math.max(1, Math.min(MOST_STARTS, Math.floor(ROWS_OF_ALL_STARTS / Math.max(1, rows.rows))));
  const total = starts * MOST_ROUNDS;
  let best: { readonly found: RowGroups; readonly fit: number } | undefined;
  for (let start = 0; start < starts; start++) {
    const onRound = (round: number): void => options.onProgress?.(start * MOST_ROUNDS + round, total);
    const found = await settle(rows, await chooseCentres(rows, options), { ...options, onRound });
    const fit = found.similarities.reduce((sum, similarity) => sum + similarity, 0);
    if (best === undefined || fit > best.fit) best = { found, fit };
  }
  options.onProgress?.(total, total);
  return (best as NonNullable<typeof best>).found;
}

/** Rows that are far from each other: each is drawn with a chance that grows with its distance to those before it. */
async function chooseCentres(rows: Matrix, { groups, random, multiply: product = multiply }: GroupRowsOptions): Promise<Matrix> {
  const trials = 2 + Math.floor(Math.log(groups));
  const chosen = [random(rows.rows)];
  let distances = toDistances(await product(pickRows(rows, chosen), rows));
  while (chosen.length < groups) {
    const candidates = drawRows(distances, { count: trials, random });
    if (candidates.length === 0) break; // every row is one of those chosen
    const all = toDistances(await product(pickRows(rows, candidates), rows)); // [candidates, rows]
    const lefts = candidates.map((_, i) => shorter(distances, all.subarray(i * rows.rows, (i + 1) * rows.rows)));
    const sums = lefts.map((left) => left.reduce((sum, distance) => sum + distance, 0));
    const nearest = sums.indexOf(Math.min(...sums));
    chosen.push(candidates[nearest] as number);
    distances = lefts[nearest] as Float32Array;
  }
  return pickRows(rows, chosen);
}

/** Half the squared distance of unit vectors; what rounding leaves of it is none. */
const toDistances = (similarities: Float32Array): Float32Array =>
  similarities.map((similarity) => (similarity > 1 - 1e-6 ? 0 : 1 - similarity));

const shorter = (a: Float32Array, b: Float32Array): Float32Array => a.map((value, i) => Math.min(value, b[i] as number));

const PARTS = 2 ** 30;

/** Rows drawn with chances in proportion to their distances. */
function drawRows(distances: Float32Array, { count, random }: { count: number; random: (bound: number) => number }): number[] {
  const total = distances.reduce((sum, distance) => sum + distance, 0);
  if (!(total > 0)) return [];
  return Array.from({ length: count }, () => {
    let left = (random(PARTS) / PARTS) * total;
    for (let row = 0; row < distances.length; row++) {
      left -= distances[row] as number;
      if (left < 0) return row;
    }
    return distances.findLastIndex((distance) => distance > 0); // rounding
  });
}

/** Assigns rows and moves centres until hardly a row goes to another group. */
async function settle(
  rows: Matrix,
  start: Matrix,
  { multiply: product = multiply, onRound }: Pick<GroupRowsOptions, 'multiply'> & { onRound: (round: number) => void },
): Promise<RowGroups> {
  let centres = start;
  let found = nearestCentres(await product(centres, rows), rows.rows);
  for (let round = 1; round < MOST_ROUNDS; round++) {
    onRound(round);
    centres = moveCentres(rows, { ...found, centres });
    const next = nearestCentres(await product(centres, rows), rows.rows);
    const moved = next.groupOf.reduce((sum, group, row) => sum + Number(group !== found.groupOf[row]), 0);
    found = next;
    if (moved <= rows.rows * SETTLED) break;
  }
  return { ...found, centres };
}

/** @param similarities [centres, rows] */
function nearestCentres(similarities: Float32Array, rows: number): Pick<RowGroups, 'groupOf' | 'similarities'> {
  const groupOf = new Int32Array(rows);
  const best = similarities.slice(0, rows);
  for (let at = rows; at < similarities.length; at += rows) {
    for (let row = 0; row < rows; row++) {
      const similarity = similarities[at + row] as number;
      if (similarity <= (best[row] as number)) continue;
      best[row] = similarity;
      groupOf[row] = at / rows;
    }
  }
  return { groupOf, similarities: best.map((similarity) => Math.min(1, similarity)) };
}

/** The direction of the sum of each group's rows. A group without rows gets the row that fits its own worst. */
function moveCentres(rows: Matrix, { groupOf, similarities, centres }: RowGroups): Matrix {
  const { dimension } = rows;
  const values = new Float32Array(centres.rows * dimension);
  const counts = new Uint32Array(centres.rows);
  for (let row = 0; row < rows.rows; row++) {
    const group = groupOf[row] as number;
    const to = group * dimension;
    const from = row * dimension;
    counts[group] = (counts[group] as number) + 1;
    for (let k = 0; k < dimension; k++) values[to + k] = (values[to + k] as number) + (rows.values[from + k] as number);
  }
  const worstFirst = counts.includes(0)
    ? [...similarities.keys()].sort((a, b) => (similarities[a] as number) - (similarities[b] as number))
    : [];
  for (const [group, count] of counts.entries()) {
    const centre = values.subarray(group * dimension, (group + 1) * dimension);
    if (count === 0)
      centre.set(rows.values.subarray((worstFirst[0] as number) * dimension, ((worstFirst.shift() as number) + 1) * dimension));
    const length = Math.sqrt(centre.reduce((sum, value) => sum + value * value, 0)) || 1;
    for (let k = 0; k < dimension; k++) centre[k] = (centre[k] as number) / length;
  }
  return { values, rows: centres.rows, dimension };
}
