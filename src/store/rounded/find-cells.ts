import { type CellMap, type Centres, createCellFinder, roomForCentres } from './cells.js';
import { type Draw, findCentres, moveCentres, nearestCentres, reachOf, type Sample } from './k-means.js';
import { type LoadedCodes, openScanMemory, type RoundedRows, type RowRange } from './rounded-rows.js';

const ROWS_A_CELL = 250;
const MOST_CELLS = 4096;
const FEWEST_CELLS = 8;
const SAMPLE_A_CELL = 40;
/** Rounds in which rows look for their cell beyond their own group. */
const LAST_ROUNDS = 2;

/**
 * Finds cells by k-means on a sample of the rows, in two steps: the groups, then the cells of each group. For a million rows, that compares
 * each row with 64 centres and then with 64 others, in place of 4,096. The last rounds let rows change their group.
 */
export function findCellMap(rows: RoundedRows & LoadedCodes): CellMap | undefined {
  const sound = soundRows(rows);
  const count = Math.max(FEWEST_CELLS, Math.min(MOST_CELLS, Math.round(sound.length / ROWS_A_CELL)));
  const size = Math.min(sound.length, count * SAMPLE_A_CELL);
  const taken = Uint32Array.from({ length: size }, (_, i) => sound[Math.floor((i * sound.length) / size)] as number);
  const draw = drawFrom(1);
  const sample = size < count ? undefined : sampleOf(rows, taken);
  const groups = sample && findCentres(sample, { from: 0, to: size }, { count: Math.round(Math.sqrt(count)), draw });
  if (!groups) return undefined;
  const { sorted, starts } = sortBy(nearestCentres(sample, { from: 0, to: size }, groups), groups.count);
  const grouped = sampleOf(
    rows,
    sorted.map((at) => taken[at] as number),
  );
  const centres = roomForCentres(count, rows.stride);
  if (!grouped || !centres) return undefined;
  const groupStarts = shareOut(count, starts);
  for (let group = 0; group < groups.count; group++) {
    const [first, end] = [groupStarts[group] as number, groupStarts[group + 1] as number];
    const range = { from: starts[group] as number, to: starts[group + 1] as number };
    if (!place(findOwn(grouped, range, { count: end - first, draw }), centres, { at: first, stride: rows.stride })) return undefined;
  }
  const map = { centres, groups, groupStarts };
  for (let round = 0; round < LAST_ROUNDS; round++) {
    const find = createCellFinder(rows, map);
    const cellOf = Uint32Array.from({ length: size }, (_, row) =>
      find(grouped.memory.codes.subarray(row * rows.stride, (row + 1) * rows.stride)),
    );
    moveCentres(grouped, { from: 0, to: size }, { centres, cellOf });
  }
  return map;
}

/** The numbers of the rows with an embedding that can be compared. */
export function soundRows({ errors }: RoundedRows): Uint32Array {
  let found = 0;
  const sound = new Uint32Array(errors.length);
  for (let row = 0; row < errors.length; row++) if ((errors[row] as number) >= 0) sound[found++] = row;
  return sound.subarray(0, found);
}

/** A linear congruential generator: enough to begin k-means with. */
export function drawFrom(seed: number): Draw {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

function sampleOf(rows: RoundedRows & LoadedCodes, taken: Uint32Array): Sample | undefined {
  const { stride, codes } = rows;
  const memory = openScanMemory(taken.length, stride);
  if (!memory) return undefined;
  let reach = 0;
  for (const [i, row] of taken.entries()) {
    const own = codes.subarray(row * stride, (row + 1) * stride);
    memory.codes.set(own, i * stride);
    reach += reachOf(own, rows) / taken.length;
  }
  return { grid: rows, memory, reach };
}

/** Places in the order of their groups, and where each group begins. */
export function sortBy(groupOf: Uint32Array, groups: number): { sorted: Uint32Array; starts: Uint32Array } {
  const starts = new Uint32Array(groups + 1);
  for (const group of groupOf) starts[group + 1] = (starts[group + 1] as number) + 1;
  for (let group = 0; group < groups; group++) starts[group + 1] = (starts[group + 1] as number) + (starts[group] as number);
  const next = starts.slice(0, groups);
  const sorted = new Uint32Array(groupOf.length);
  for (const [at, group] of groupOf.entries()) {
    sorted[next[group] as number] = at;
    next[group] = (next[group] as number) + 1;
  }
  return { sorted, starts };
}

/** How many cells each group has, by the number of its rows, as the first cell of each. */
function shareOut(count: number, starts: Uint32Array): Uint32Array {
  const total = starts.at(-1) as number;
  return starts.map((start) => Math.round((start / total) * count));
}

function findOwn(sample: Sample, range: RowRange, { count, draw }: { count: number; draw: Draw }): Centres | undefined {
  return count === 0 ? roomForCentres(0, sample.grid.stride) : findCentres(sample, range, { count, draw });
}

/** Puts the centres of a group in their place among all. */
function place(own: Centres | undefined, centres: Centres, { at, stride }: { at: number; stride: number }): boolean {
  if (!own) return false;
  centres.halves.set(own.halves, at);
  centres.memory.codes.set(own.memory.codes, at * stride);
  return true;
}
