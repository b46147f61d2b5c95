import { normalizeTable, placeCrop } from './apply-transform.js';
import { type OpenRows, RowsFailedError } from './decode/jpeg-rows.js';
import type { StoredRows } from './decode-image.js';
import type { ImageTransform } from './image-transform.js';
import { decodeBudget } from './pool/byte-budget.js';
import type { Preparation, PreparedImage } from './preparation.js';
import type { KernelJob } from './resize/kernel-layout.js';
import { planResize } from './resize/plan-resize.js';
import { type ResizeKernel, sharedResizeKernel } from './resize/resize-kernel.js';
import type { RowSource } from './resize/row-source.js';
import { runKernel } from './resize/run-kernel.js';
import { readOrientation, turnPlan } from './resize/turn-plan.js';

/**
 * Decodes, resizes, crops and normalises a picture row by row, so that it is never in memory as a whole: the same numbers as decodeImage and
 * writePixels give, bit for bit. A turned picture is resized as it is stored, and only what comes out is turned.
 *
 * @returns undefined where that cannot be done; then nothing has been done
 */
export async function prepareByRows(
  stored: StoredRows,
  { transform, acquire = (bytes) => decodeBudget.acquire(bytes), onDecoded }: Preparation,
  { began, buffer }: { began: number; buffer: ArrayBuffer | undefined },
): Promise<PreparedImage | undefined> {
  const kernel = sharedResizeKernel();
  const planned = kernel && planRows(stored, transform);
  const rows = planned && stored.open();
  if (!rows) return undefined;
  try {
    const release = await acquire(stored.bytesNeeded);
    try {
      const { width, height } = planned.upright;
      const { seen } = planned;
      const count = 3 * seen.width * seen.height;
      const pixels = buffer?.byteLength === count * 4 ? new Float32Array(buffer) : new Float32Array(count);
      const clock = new ReadClock(rows, performance.now() - began);
      if (!writeTurned(clock, planned, { kernel, orientation: stored.orientation, out: pixels })) return undefined;
      clock.time(() => rows.finish());
      onDecoded?.({ ms: clock.ms, pixels: 0 });
      return { pixels, inputWidth: seen.width, inputHeight: seen.height, width, height };
    } finally {
      release();
    }
  } catch (error) {
    if (error instanceof RowsFailedError) return undefined;
    throw error;
  } finally {
    rows.close();
  }
}

/** What of a picture is made, and from what. */
interface PlannedRows {
  readonly upright: { readonly width: number; readonly height: number };
  readonly seen: { readonly width: number; readonly height: number };
  /** Makes the picture as it is stored. */
  readonly job: KernelJob;
}

function planRows({ width, height, orientation }: StoredRows, transform: ImageTransform): PlannedRows | undefined {
  const { isTurned } = readOrientation(orientation);
  const upright = isTurned ? { width: height, height: width } : { width, height };
  const { resized, box, seen } = placeCrop(upright, transform);
  const { filter } = transform;
  if (filter === 'nearest' || box.width !== seen.width || box.height !== seen.height) return undefined;
  const plan = turnPlan(planResize(upright, { ...resized, filter }, box), { width, height }, orientation);
  const size = isTurned ? { width: seen.height, height: seen.width } : { width: seen.width, height: seen.height };
  return { upright, seen, job: { plan, ...size, table: normalizeTable(transform) } };
}

function writeTurned(
  rows: RowSource,
  { job, seen }: PlannedRows,
  { kernel, orientation, out }: { kernel: ResizeKernel; orientation: number; out: Float32Array },
): boolean {
  const isUpright = orientation === 1;
  const plane = seen.width * seen.height;
  const made = isUpright ? out : new Float32Array(out.length); // [3, job.height, job.width]
  const isDone = runKernel(kernel, rows, job, ({ y, count, planes }) => {
    const size = count * job.width;
    for (const channel of [0, 1, 2]) made.set(planes.subarray(channel * size, (channel + 1) * size), channel * plane + y * job.width);
  });
  if (isDone && !isUpright) turnPlanes(made, job, { orientation, out });
  return isDone;
}

/** Turns three planes upright. */
function turnPlanes(
  made: Float32Array,
  { width, height }: KernelJob,
  { orientation, out }: { orientation: number; out: Float32Array },
): void {
  const { isTurned, isMirrored, isFlipped } = readOrientation(orientation);
  const [across, down] = isTurned ? [height, width] : [width, height];
  let to = 0;
  for (let plane = 0; plane < 3; plane++) {
    for (let y = 0; y < down; y++) {
      for (let x = 0; x < across; x++) {
        const [column, row] = isTurned ? [y, x] : [x, y];
        const from = (isFlipped ? height - 1 - row : row) * width + (isMirrored ? width - 1 - column : column);
        out[to++] = made[plane * width * height + from] as number;
      }
    }
  }
}

/** Rows, and how long it took to read them. */
class ReadClock implements RowSource {
  readonly width: number;
  readonly height: number;

  constructor(
    private readonly rows: OpenRows,
    public ms: number,
  ) {
    this.width = rows.width;
    this.height = rows.height;
  }

  copyRows(...part: Parameters<RowSource['copyRows']>): void {
    this.time(() => this.rows.copyRows(...part));
  }

  time(work: () => void): void {
    const began = performance.now();
    work();
    this.ms += performance.now() - began;
  }
}
