import type { Box, RgbImage } from '../rgb-image.js';
import { isNarrowedFirst, type KernelJob, type Layout, planMemory } from './kernel-layout.js';
import { planResize } from './plan-resize.js';
import type { ResampleFilter, Taps } from './resample-filters.js';
import type { ResizeKernel } from './resize-kernel.js';
import { type RowSource, rowsOf } from './row-source.js';

/** Finished rows, in order, as views that hold until the sink returns. */
export interface FinishedRows {
  readonly y: number;
  readonly count: number;
  readonly bytes: Uint8Array; // [count, stride]
  readonly stride: number;
  readonly planes: Float32Array; // [3, count, width]; empty without a table
}

/** A resize that would need more memory than this is left to the JavaScript version. */
const MOST_BYTES = 24 * 2 ** 20;
/**
 * Runs the passes over bands of source rows. Only the rows and columns that the taps touch are copied in, and the
 * intermediate is a window that slides along with the vertical pass, so the memory does not grow with the height.
 *
 * @returns false, with nothing done, where there is no pass to run or it would need too much memory
 */
export function runKernel(kernel: ResizeKernel, source: RowSource, job: KernelJob, sink: (rows: FinishedRows) => void): boolean {
  const { horizontal, vertical } = job.plan;
  if (!horizontal && !vertical) return false;
  const layout = planMemory(source, job);
  if (layout.bytes > MOST_BYTES) return false;
  const missing = layout.bytes - kernel.memory.buffer.byteLength;
  if (missing > 0) kernel.memory.grow(Math.ceil(missing / 65536));
  const machine = { kernel, source, job, layout, memory: new Uint8Array(kernel.memory.buffer), sink };
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
  const isDone = runKernel(kernel, rowsOf(image), { plan, width: box.width, height: box.height }, ({ y, count, bytes, stride }) => {
    if (stride === rowBytes) data.set(bytes, y * rowBytes);
    else for (let row = 0; row < count; row++) data.set(bytes.subarray(row * stride, row * stride + rowBytes), (y + row) * rowBytes);
  });
  return isDone ? { data, width: box.width, height: box.height } : undefined;
}

interface Machine {
  readonly kernel: ResizeKernel;
  readonly source: RowSource;
  readonly job: KernelJob;
  readonly layout: Layout;
  readonly memory: Uint8Array;
  readonly sink: (rows: FinishedRows) => void;
}

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
function copyIn({ source, memory, layout, job }: Machine, from: number, count: number, at: number): void {
  const isWhole = layout.sourceStride === source.width * 3;
  source.copyRows({ top: from, count, left: isWhole ? 0 : job.plan.columns.first, width: layout.sourceStride / 3 }, memory, at);
}

function narrow(
  { kernel, layout, job }: Machine,
  source: { at: number; stride: number; count: number },
  target: { at: number; stride: number },
): void {
  const placed = layout.horizontal;
  if (!placed) return;
  const { starts, groups, weights, stride } = placed;
  const { pixels, pairs } = layout;
  kernel.resizeHorizontally(
    source.at,
    source.stride,
    source.count,
    pixels,
    pairs,
    starts,
    groups,
    weights,
    stride,
    job.width,
    target.at,
    target.stride,
  );
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
