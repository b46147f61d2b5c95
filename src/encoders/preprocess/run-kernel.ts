import { type PackedTaps, packTaps } from './pack-taps.js';
import { planResize, type ResizePlan } from './plan-resize.js';
import type { ResampleFilter, Taps } from './resample-filters.js';
import type { Box, RgbImage } from './resize-crop.js';
import type { ResizeKernel } from './resize-kernel.js';

/** What is to be made: the passes, the size of what comes out, and the table [3, 256] that makes numbers of its bytes. */
export interface KernelJob {
  readonly plan: ResizePlan;
  readonly width: number;
  readonly height: number;
  readonly table?: Float32Array | undefined;
}

/** Finished rows, in order, as views that hold until the sink returns. */
export interface FinishedRows {
  readonly y: number;
  readonly count: number;
  readonly bytes: Uint8Array; // [count, stride]
  readonly stride: number;
  readonly planes: Float32Array; // [3, count, width]; empty without a table
}

/** Source rows that are copied in at once: they stay in the second-level cache until they are used. */
const BAND_BYTES = 192 * 1024;
const BATCH_ROWS = 32;
/** A resize that would need more memory than this is left to the JavaScript version. */
const MOST_BYTES = 24 * 2 ** 20;
/** The kernel reads and writes at most 16 bytes past the last row of a buffer, and its horizontal pass three more rows. */
const SLACK_BYTES = 64;
const SLACK_ROWS = 3;
/** Unneeded bytes of a row that are cheaper to copy along than to leave out by a copy of each row. */
const COPIED_ALONG = 3072;

/**
 * Runs the passes over bands of source rows. Only the rows and columns that the taps touch are copied in, and the
 * intermediate is a window that slides along with the vertical pass, so the memory does not grow with the height.
 *
 * @returns false, with nothing done, where there is no pass to run or it would need too much memory
 */
export function runKernel(kernel: ResizeKernel, image: RgbImage, job: KernelJob, sink: (rows: FinishedRows) => void): boolean {
  const { horizontal, vertical } = job.plan;
  if (!horizontal && !vertical) return false;
  const layout = planMemory(image, job);
  if (layout.bytes > MOST_BYTES) return false;
  const missing = layout.bytes - kernel.memory.buffer.byteLength;
  if (missing > 0) kernel.memory.grow(Math.ceil(missing / 65536));
  const machine = { kernel, image, job, layout, memory: new Uint8Array(kernel.memory.buffer), sink };
  storeTables(machine);
  if (vertical) slideVertically(machine, vertical);
  else passHorizontally(machine);
  return true;
}

/** resizeCrop by the kernel: the same pixels, or undefined where it does not do such a resize. */
export function resizeByKernel(
  kernel: ResizeKernel,
  image: RgbImage,
  { width, height, filter, box }: { width: number; height: number; filter: ResampleFilter; box: Box },
): RgbImage | undefined {
  if (filter === 'nearest') return undefined;
  const plan = planResize(image, { width, height, filter }, box);
  const rowBytes = box.width * 3;
  const data = new Uint8Array(rowBytes * box.height);
  const isDone = runKernel(kernel, image, { plan, width: box.width, height: box.height }, ({ y, count, bytes, stride }) => {
    if (stride === rowBytes) data.set(bytes, y * rowBytes);
    else for (let row = 0; row < count; row++) data.set(bytes.subarray(row * stride, row * stride + rowBytes), (y + row) * rowBytes);
  });
  return isDone ? { data, width: box.width, height: box.height } : undefined;
}

interface Machine {
  readonly kernel: ResizeKernel;
  readonly image: RgbImage;
  readonly job: KernelJob;
  readonly layout: Layout;
  readonly memory: Uint8Array;
  readonly sink: (rows: FinishedRows) => void;
}

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

interface Layout {
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
  readonly table: number;
  readonly planes: number;
  readonly bytes: number;
}

/** The horizontal pass comes before the vertical one. */
const isNarrowedFirst = ({ horizontal, vertical, isVerticalFirst }: ResizePlan): boolean =>
  horizontal !== undefined && vertical !== undefined && !isVerticalFirst;

function planMemory(image: RgbImage, { plan, width, height, table }: KernelJob): Layout {
  let bytes = 0;
  const take = (size: number): number => {
    const at = bytes;
    bytes += Math.ceil((size + SLACK_BYTES) / 64) * 64;
    return at;
  };
  const place = (taps: Taps | undefined, size: 2 | 4, start: { first: number; step: number }): PlacedTaps | undefined => {
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
    horizontal: place(plan.horizontal, 4, { first: plan.columns.first, step: 3 }),
    vertical: place(plan.vertical, 2, { first: 0, step: 1 }),
    lead: isWhole ? plan.columns.first * 3 : 0,
    sourceStride,
    band: rows(isNarrowed ? bandRows : 0, sourceStride),
    window: rows(plan.vertical ? windowRows : 0, windowStride),
    bandRows,
    flat,
    finished: isNarrowedLast ? rows(batch, narrow) : flat,
    table: take(table?.byteLength ?? 0),
    planes: take(table ? batch * width * 12 : 0),
  };
  return { ...layout, bytes };

  function fitting(stride: number, most: number): number {
    return Math.min(most, Math.max(4, Math.floor(BAND_BYTES / stride / 4) * 4));
  }
}

const roundUp = (count: number): number => Math.ceil(count / 4) * 4;

function storeTables({ memory, layout, job }: Machine): void {
  const store = (array: Int32Array | Int16Array | Float32Array, at: number): void => {
    memory.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
  };
  for (const placed of [layout.horizontal, layout.vertical]) {
    if (!placed) continue;
    store(placed.taps.starts, placed.starts);
    store(placed.taps.groups, placed.groups);
    store(placed.taps.weights, placed.weights);
  }
  if (job.table) store(job.table, layout.table);
}

/** Copies source rows `from`..`from + count` to an address. */
function copyIn({ image, memory, layout, job }: Machine, from: number, count: number, at: number): void {
  const stride = image.width * 3;
  if (layout.sourceStride === stride) {
    memory.set(image.data.subarray(from * stride, (from + count) * stride), at);
    return;
  }
  let start = from * stride + job.plan.columns.first * 3;
  for (let row = 0; row < count; row++, start += stride) {
    memory.set(image.data.subarray(start, start + layout.sourceStride), at + row * layout.sourceStride);
  }
}

function narrow(
  { kernel, layout, job }: Machine,
  source: { at: number; stride: number; count: number },
  target: { at: number; stride: number },
): void {
  const placed = layout.horizontal;
  if (!placed) return;
  const { starts, groups, weights, stride } = placed;
  kernel.resizeHorizontally(source.at, source.stride, source.count, starts, groups, weights, stride, job.width, target.at, target.stride);
}

/** The vertical pass, its window filled by the horizontal one or by plain copies. */
function slideVertically(machine: Machine, taps: Taps): void {
  const { kernel, layout, memory, job } = machine;
  const { window, band, bandRows, flat, vertical, lead } = layout;
  if (!vertical) return;
  const isNarrowed = isNarrowedFirst(job.plan);
  const skipped = isNarrowed ? 0 : lead;
  const rowBytes = isNarrowed || !job.plan.horizontal ? job.width * 3 : flat.stride;
  let windowFirst = job.plan.rows.first;
  let filled = windowFirst;
  let pending = 0;
  let y = 0;
  while (y < job.height) {
    const count = Math.min(bandRows, job.plan.rows.last - filled);
    if (filled - windowFirst + count > window.count) {
      const first = Math.min(taps.starts[y] as number, filled);
      memory.copyWithin(window.at, window.at + (first - windowFirst) * window.stride, window.at + (filled - windowFirst) * window.stride);
      windowFirst = first;
    }
    const at = window.at + (filled - windowFirst) * window.stride;
    copyIn(machine, filled, count, isNarrowed ? band.at : at);
    if (isNarrowed) narrow(machine, { at: band.at + lead, stride: band.stride, count }, { at, stride: window.stride });
    filled += count;
    while (y < job.height && (taps.starts[y] as number) + (taps.counts[y] as number) <= filled) {
      const from = y;
      const most = Math.min(job.height, y + flat.count - pending);
      while (y < most && (taps.starts[y] as number) + (taps.counts[y] as number) <= filled) y++;
      const { starts, groups, weights, stride } = vertical;
      const target = flat.at + pending * flat.stride;
      kernel.resizeVertically(
        window.at + skipped,
        window.stride,
        windowFirst,
        starts,
        groups,
        weights,
        stride,
        from,
        y,
        rowBytes,
        target,
        flat.stride,
      );
      pending += y - from;
      if (pending < flat.count && y < job.height) continue;
      deliver(machine, y - pending, pending);
      pending = 0;
    }
  }
}

/** The horizontal pass alone. */
function passHorizontally(machine: Machine): void {
  const { flat } = machine.layout;
  const { height, plan } = machine.job;
  for (let y = 0; y < height; y += flat.count) {
    const count = Math.min(flat.count, height - y);
    copyIn(machine, plan.rows.first + y, count, flat.at);
    deliver(machine, y, count);
  }
}

/** Hands finished rows on, after the horizontal pass where it is the last. */
function deliver(machine: Machine, y: number, count: number): void {
  const { kernel, layout, memory, job, sink } = machine;
  const { flat, finished, planes, table } = layout;
  if (finished !== flat) {
    const at = flat.at + (job.plan.vertical ? 0 : layout.lead);
    narrow(machine, { at, stride: flat.stride, count }, finished);
  }
  const planeSize = job.table ? count * job.width : 0;
  if (job.table) kernel.normalizeRows(finished.at, finished.stride, count, job.width, table, planes, planeSize * 4);
  sink({
    y,
    count,
    bytes: memory.subarray(finished.at, finished.at + count * finished.stride),
    stride: finished.stride,
    planes: new Float32Array(memory.buffer, planes, planeSize * 3),
  });
}
