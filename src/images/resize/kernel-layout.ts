import { type PackedTaps, packTaps } from './pack-taps.js';
import type { ResizePlan } from './plan-resize.js';
import type { Taps } from './resample-filters.js';

/** What is to be made: the passes, the size of what comes out, and the table [3, 256] that makes numbers of its bytes. */
export interface KernelJob {
  readonly plan: ResizePlan;
  readonly width: number;
  readonly height: number;
  readonly table?: Float32Array | undefined;
}

/** Source rows that are copied in at once: they stay in the second-level cache until they are used. */
const BAND_BYTES = 192 * 1024;
const BATCH_ROWS = 32;
/** The kernel reads and writes at most 16 bytes past the last row of a buffer, and its horizontal pass three more rows. */
const SLACK_BYTES = 64;
const SLACK_ROWS = 3;
/** What the horizontal pass lays out for a pixel of four rows: twelve 16-bit numbers. It reads and writes up to four pixels past the last. */
const PAIRED_BYTES = 24;
const PAIRED_SLACK_BYTES = 192;
/** Unneeded bytes of a row that are cheaper to copy along than to leave out by a copy of each row. */
const COPIED_ALONG = 3072;

interface PlacedTaps {
  readonly taps: PackedTaps;
  readonly starts: number;
  readonly groups: number;
  readonly weights: number;
  /** Bytes of weights for one output. */
  readonly stride: number;
}

/** A buffer of rows in the kernel's memory. */
interface Rows {
  readonly at: number;
  readonly stride: number;
  readonly count: number;
}

/** Where everything lies in the kernel's memory. */
export interface Layout {
  readonly horizontal: PlacedTaps | undefined;
  readonly vertical: PlacedTaps | undefined;
  /** Bytes before the first needed column in each copied row, and bytes of a copied row. */
  readonly lead: number;
  readonly sourceStride: number;
  readonly band: Rows;
  readonly window: Rows;
  /** How many source rows come in at once. */
  readonly bandRows: number;
  /** What the vertical pass writes; where a horizontal one follows, that reads it. */
  readonly flat: Rows;
  readonly finished: Rows;
  /** The pixels of a row that the horizontal pass reads, and where it lays out four rows of them. */
  readonly pixels: number;
  readonly pairs: number;
  readonly table: number;
  readonly planes: number;
  readonly bytes: number;
}

/** The horizontal pass comes before the vertical one. */
export const isNarrowedFirst = ({ horizontal, vertical, isVerticalFirst }: ResizePlan): boolean =>
  horizontal !== undefined && vertical !== undefined && !isVerticalFirst;

/** Lays the buffers one behind the other: bands and batches of rows, so that their size does not depend on the height. */
export function planMemory(image: { readonly width: number }, { plan, width, height, table }: KernelJob): Layout {
  let bytes = 0;
  const take = (size: number): number => {
    const at = bytes;
    bytes += Math.ceil((size + SLACK_BYTES) / 64) * 64;
    return at;
  };
  const place = (taps: Taps | undefined, size: 2 | 4, start: { first: number; step: number; isEven?: boolean }): PlacedTaps | undefined => {
    if (!taps) return undefined;
    const packed = packTaps(taps, size, start);
    const [starts, groups, weights] = [packed.starts, packed.groups, packed.weights].map((array) => take(array.byteLength));
    return { taps: packed, starts: starts ?? 0, groups: groups ?? 0, weights: weights ?? 0, stride: packed.groupsPerOutput * size * 4 };
  };
  const rows = (count: number, stride: number): Rows => ({ count, stride, at: take((count + SLACK_ROWS) * stride) });
  const needed = (plan.columns.last - plan.columns.first) * 3;
  const isWhole = image.width * 3 - needed <= COPIED_ALONG;
  const sourceStride = isWhole ? image.width * 3 : needed;
  // A pixel of the horizontal pass is stored as four bytes, so its rows may not touch.
  const narrow = Math.ceil((width * 3 + 1) / 16) * 16;
  const isNarrowed = isNarrowedFirst(plan);
  const bandRows = Math.min(roundUp(plan.rows.last - plan.rows.first), fitting(sourceStride, 4096));
  const mostTaps = plan.vertical?.counts.reduce((most, count) => Math.max(most, count), 0) ?? 0;
  const windowStride = isNarrowed ? narrow : sourceStride;
  // Room for as many rows again as are kept, so that few of them are moved twice.
  const windowRows = mostTaps + bandRows + Math.min(mostTaps, fitting(windowStride, 4096));
  const isNarrowedLast = plan.horizontal !== undefined && !isNarrowed;
  const batch = Math.min(roundUp(height), isNarrowedLast ? fitting(sourceStride, BATCH_ROWS) : BATCH_ROWS);
  const flatStride = !plan.vertical ? sourceStride : isNarrowedLast ? needed : width * 3;
  const flat = rows(batch, flatStride);
  const layout = {
    horizontal: place(plan.horizontal, 4, { first: plan.columns.first, step: PAIRED_BYTES, isEven: true }),
    vertical: place(plan.vertical, 2, { first: 0, step: 1 }),
    lead: isWhole ? plan.columns.first * 3 : 0,
    sourceStride,
    band: rows(isNarrowed ? bandRows : 0, sourceStride),
    window: rows(plan.vertical ? windowRows : 0, windowStride),
    bandRows,
    flat,
    finished: isNarrowedLast ? rows(batch, narrow) : flat,
    pixels: plan.columns.last - plan.columns.first,
    pairs: take(plan.horizontal ? (needed / 3) * PAIRED_BYTES + PAIRED_SLACK_BYTES : 0),
    table: take(table?.byteLength ?? 0),
    planes: take(table ? batch * width * 12 : 0),
  };
  return { ...layout, bytes };

  function fitting(stride: number, most: number): number {
    return Math.min(most, Math.max(4, Math.floor(BAND_BYTES / stride / 4) * 4));
  }
}

const roundUp = (count: number): number => Math.ceil(count / 4) * 4;
