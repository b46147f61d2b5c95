/** A heat map has so many cells a side. */
export const HEAT_CELLS = 7;
/** A mask covers so many cells a side, and the next one begins a cell further: every cell is hidden by four masks. */
const MASK_CELLS = 2;
const STEPS = HEAT_CELLS + MASK_CELLS - 1;

/** How much an answer depends on each part of an image. */
export interface HeatMap {
  /** Row by row, 0 to 1, where 1 is the part that matters most. [7 * 7] */
  readonly cells: readonly number[];
  /** The share of the answer's lead over the average label that is lost when that part is hidden; 0 where no part matters. */
  readonly largestDrop: number;
}

/** A part of an image, in shares of its width and height; at the edges, less than a square. */
export interface Mask {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The masks that are tried, row by row: 64 squares of two cells a side. */
export function occlusionMasks(): Mask[] {
  const share = (cell: number): number => Math.min(1, Math.max(0, cell / HEAT_CELLS));
  return Array.from({ length: STEPS * STEPS }, (_, i) => {
    const [x, y] = [(i % STEPS) - MASK_CELLS + 1, Math.floor(i / STEPS) - MASK_CELLS + 1];
    return { left: share(x), top: share(y), right: share(x + MASK_CELLS), bottom: share(y + MASK_CELLS) };
  });
}

/**
 * Occlusion (Zeiler and Fergus 2014, arXiv 1311.2901): the heat of a cell is the mean drop over the masks that cover it. Works for any encoder.
 *
 * @param drops the share of the lead that each mask of `occlusionMasks` costs, in their order
 */
export function toHeatMap(drops: readonly number[]): HeatMap {
  const cells = Array.from({ length: HEAT_CELLS * HEAT_CELLS }, (_, cell) => {
    const [x, y] = [cell % HEAT_CELLS, Math.floor(cell / HEAT_CELLS)];
    let sum = 0;
    for (let down = 0; down < MASK_CELLS; down++)
      for (let along = 0; along < MASK_CELLS; along++) sum += drops[(y + down) * STEPS + x + along] as number;
    return sum / MASK_CELLS ** 2;
  });
  const largestDrop = Math.max(0, ...cells);
  return { cells: cells.map((drop) => (largestDrop === 0 ? 0 : Math.max(0, drop) / largestDrop)), largestDrop };
}

const ROWS = ['top', 'middle', 'bottom'];
const COLUMNS = ['left', 'centre', 'right'];

/** Parts whose loss costs less than this do not matter. */
const MATTERS = 0.01;

/** Where the heat is, in words: "top left (hiding it costs 12 % of its lead)". */
export function describeHeat({ cells, largestDrop }: HeatMap): string {
  if (largestDrop < MATTERS) return 'no part in particular';
  const hottest = cells.indexOf(Math.max(...cells));
  const third = (place: number): number => Math.floor((3 * (place + 0.5)) / HEAT_CELLS);
  const [row, column] = [ROWS[third(Math.floor(hottest / HEAT_CELLS))], COLUMNS[third(hottest % HEAT_CELLS)]];
  const place = row === 'middle' && column === 'centre' ? 'centre' : `${row} ${column}`;
  return `${place} (hiding it costs ${Math.round(100 * largestDrop)} % of its lead)`;
}
