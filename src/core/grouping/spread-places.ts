/** A place on a map, 0 to 1 from left to right and from top to bottom. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** How much of a map is covered: the rest keeps groups apart. */
const COVERED = 0.45;
/** A map is wider than it is high. */
const ASPECT = 1.6;

/** The columns and rows of a map for so many pictures. */
export function mapSize(pictures: number): { columns: number; rows: number } {
  const columns = Math.max(2, Math.ceil(Math.sqrt((Math.max(1, pictures) / COVERED) * ASPECT)));
  return { columns, rows: Math.max(2, Math.ceil(columns / ASPECT)) };
}

/**
 * Moves pictures into the cells of a grid, so that none covers another: each to the free cell that is nearest to its own place. Those in the middle
 * of their group come first, the largest group before all, so that groups stay whole.
 *
 * @param groups the group of each place
 */
export function spreadPlaces(places: readonly Place[], groups: readonly number[]): Place[] {
  const { columns, rows } = mapSize(places.length);
  const taken = new Uint8Array(columns * rows);
  const spread: Place[] = [];
  for (const picture of inOrder(places, groups)) {
    const { x, y } = places[picture] as Place;
    const [column, row] = [Math.min(columns - 1, Math.floor(x * columns)), Math.min(rows - 1, Math.floor(y * rows))];
    const cell = nearestFree(taken, { column, row, columns, rows });
    taken[cell] = 1;
    spread[picture] = { x: ((cell % columns) + 0.5) / columns, y: (Math.floor(cell / columns) + 0.5) / rows };
  }
  return spread;
}

/** The pictures of the largest group first; within a group, from its middle outwards. */
function inOrder(places: readonly Place[], groups: readonly number[]): number[] {
  const members = new Map<number, number[]>();
  for (const [picture, group] of groups.entries()) members.set(group, [...(members.get(group) ?? []), picture]);
  const middleOf = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
  return [...members.values()]
    .sort((a, b) => b.length - a.length || (a[0] as number) - (b[0] as number))
    .flatMap((own) => {
      const middle = { x: middleOf(own.map((i) => (places[i] as Place).x)), y: middleOf(own.map((i) => (places[i] as Place).y)) };
      const far = (i: number): number => Math.hypot((places[i] as Place).x - middle.x, (places[i] as Place).y - middle.y);
      return own.sort((a, b) => far(a) - far(b) || a - b);
    });
}

interface Cell {
  readonly column: number;
  readonly row: number;
  readonly columns: number;
  readonly rows: number;
}

/** Looks in ever larger rings; a ring further may hold a cell that is nearer than one in a corner. */
function nearestFree(taken: Uint8Array, { column, row, columns, rows }: Cell): number {
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let ring = 0; ring <= Math.max(columns, rows) && ring <= least; ring++) {
    for (let r = Math.max(0, row - ring); r <= Math.min(rows - 1, row + ring); r++) {
      const isEdge = Math.abs(r - row) === ring;
      for (let c = column - ring; c <= column + ring; c += isEdge ? 1 : Math.max(1, 2 * ring)) {
        const distance = Math.hypot(c - column, r - row);
        if (c < 0 || c >= columns || taken[r * columns + c] || distance >= least) continue;
        [best, least] = [r * columns + c, distance];
      }
    }
  }
  return best;
}
