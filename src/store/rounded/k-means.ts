import { type Centres, decode, roomForCentres } from './cells.js';
import { type Grid, type RowRange, roundQuery, type ScanMemory } from './rounded-rows.js';

/** Rows to find centres for. */
export interface Sample {
  readonly grid: Grid;
  readonly memory: ScanMemory;
  /** How far rows lead from the mean, on average. */
  readonly reach: number;
}

/** Whole numbers below a bound, that look random and are the same in each run. */
export type Draw = (bound: number) => number;

const ROUNDS = 8;

/** Finds centres of some rows of a sample: by k-means, which begins as k-means++ does, with rows that are far from each other. */
export function findCentres(sample: Sample, range: RowRange, { count, draw }: { count: number; draw: Draw }): Centres | undefined {
  const centres = roomForCentres(count, sample.grid.stride);
  if (!centres) return undefined;
  spreadCentres(sample, range, { centres, draw });
  for (let round = 0; round < ROUNDS; round++) moveCentres(sample, range, { centres, cellOf: nearestCentres(sample, range, centres) });
  return centres;
}

/** Takes rows as centres: each is the likelier to be taken the farther it is from those before. */
function spreadCentres({ grid, memory, reach }: Sample, { from, to }: RowRange, { centres, draw }: { centres: Centres; draw: Draw }): void {
  const size = to - from;
  const distances = new Float64Array(size).fill(4);
  let row = from + draw(size);
  for (let place = 0; place < centres.count; place++) {
    setCentre({ grid, reach }, centres, place, memory.codes.subarray(row * grid.stride, (row + 1) * grid.stride));
    const near = nearnessOfRows({ grid, memory }, { from, to }, centres, place);
    let total = 0;
    for (let i = 0; i < size; i++) {
      const distance = Math.max(0, 1 - 2 * near(i)); // squared, of rows of unit length
      if (distance < (distances[i] as number)) distances[i] = distance;
      total += distances[i] as number;
    }
    let left = (draw(DRAWN) / DRAWN) * total;
    let i = 0;
    for (; i < size - 1 && left >= (distances[i] as number); i++) left -= distances[i] as number;
    row = from + i;
  }
}

const DRAWN = 2 ** 30;

/** How near rows are to one centre. */
function nearnessOfRows({ grid, memory }: Omit<Sample, 'reach'>, range: RowRange, { halves, memory: own }: Centres, place: number) {
  const { weights, base, scale } = roundQuery(grid, decode(grid, own.codes.subarray(place * grid.stride, (place + 1) * grid.stride)));
  const products = memory.products(weights, range);
  const shift = base - (halves[place] as number);
  return (i: number): number => shift + (products[i] as number) / scale;
}

/** So many rows stay in a processor's cache while they are compared with all centres. */
const BLOCK = 1024;

/** The nearest centre of each row. */
export function nearestCentres(sample: Omit<Sample, 'reach'>, { from, to }: RowRange, centres: Centres): Uint32Array {
  const cellOf = new Uint32Array(to - from);
  const nearness = new Float64Array(BLOCK);
  for (let start = from; start < to; start += BLOCK) {
    const size = Math.min(BLOCK, to - start);
    nearness.fill(Number.NEGATIVE_INFINITY);
    for (let place = 0; place < centres.count; place++) {
      const near = nearnessOfRows(sample, { from: start, to: start + size }, centres, place);
      for (let i = 0; i < size; i++) {
        const one = near(i);
        if (one <= (nearness[i] as number)) continue;
        nearness[i] = one;
        cellOf[start - from + i] = place;
      }
    }
  }
  return cellOf;
}

/** Moves each centre to the middle of its rows. One that has none stays. */
export function moveCentres(
  { grid, memory, reach }: Sample,
  { from, to }: RowRange,
  { centres, cellOf }: { centres: Centres; cellOf: Uint32Array },
): void {
  const { stride } = grid;
  const sums = new Int32Array(centres.count * stride);
  const sizes = new Uint32Array(centres.count);
  for (let row = from; row < to; row++) {
    const cell = cellOf[row - from] as number;
    const [own, at] = [row * stride, cell * stride];
    sizes[cell] = (sizes[cell] as number) + 1;
    for (let i = 0; i < stride; i++) sums[at + i] = (sums[at + i] as number) + (memory.codes[own + i] as number);
  }
  for (let cell = 0; cell < centres.count; cell++)
    if ((sizes[cell] as number) > 0) setCentre({ grid, reach }, centres, cell, sums.subarray(cell * stride, (cell + 1) * stride));
}

/**
 * Sets a centre in the direction of some codes. All centres are as far from the mean as rows are: of plain means, those of many rows would be
 * nearer to it, and so to every row, than those of few, and take all rows in the end.
 */
function setCentre(
  { grid, reach }: Omit<Sample, 'memory'>,
  { halves, memory }: Pick<Centres, 'halves' | 'memory'>,
  place: number,
  codes: Int8Array | Int32Array,
): void {
  const { dimension, stride, means, steps } = grid;
  const scale = reach / Math.max(1e-9, reachOf(codes, grid));
  let squares = 0;
  for (let i = 0; i < dimension; i++) {
    const code = Math.max(-127, Math.min(127, Math.round((codes[i] as number) * scale)));
    memory.codes[place * stride + i] = code;
    squares += ((means[i] as number) + (steps[i] as number) * code) ** 2;
  }
  halves[place] = squares / 2;
}

/** How far codes lead from the mean. */
export function reachOf(codes: ArrayLike<number>, { dimension, steps }: Grid): number {
  let squares = 0;
  for (let i = 0; i < dimension; i++) squares += ((steps[i] as number) * (codes[i] as number)) ** 2;
  return Math.sqrt(squares);
}
