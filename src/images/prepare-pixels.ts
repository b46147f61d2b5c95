import {
  applyResizeAndCrop,
  normalizePixels,
  normalizeTable,
  placeCrop,
  type ResizableImage,
  resizesUnconverted,
} from './apply-transform.js';
import type { ImageTransform } from './image-transform.js';
import { planResize } from './resize/plan-resize.js';
import { type ResizeKernel, sharedResizeKernel } from './resize/resize-kernel.js';
import { rowsOf } from './resize/row-source.js';
import { runKernel } from './resize/run-kernel.js';

/** Where normalised pixels go. `offset` is where the image's numbers start, so that a batch can be filled in place. */
export interface PixelTarget {
  readonly out: Float32Array; // [..., 3, height, width]
  readonly offset?: number;
  /** Use this kernel instead of the thread's own; null is the JavaScript version. */
  readonly kernel?: ResizeKernel | null;
}

/** The size of the picture that the encoder sees. writePixels writes 3 * height * width numbers. */
export function seenSize(image: { width: number; height: number }, transform: ImageTransform): { width: number; height: number } {
  const { seen } = placeCrop(image, transform);
  return { width: seen.width, height: seen.height };
}

/**
 * Resizes, crops and normalises an image into planes red, green, blue [3, height, width] at `offset` of `out`, in one pass:
 * the same numbers as applyResizeAndCrop and normalizePixels, bit for bit.
 */
export function writePixels(image: ResizableImage, transform: ImageTransform, target: PixelTarget): { width: number; height: number } {
  const { resized, box, seen } = placeCrop(image, transform);
  const { width, height } = seen;
  const { offset = 0, kernel = sharedResizeKernel() } = target;
  const plane = width * height;
  const out = target.out.subarray(offset, offset + 3 * plane);
  if (out.length < 3 * plane) throw new RangeError(`Expected room for ${3 * plane} numbers at ${offset}, got ${out.length}.`);
  const isWhole = box.width === width && box.height === height && !resizesUnconverted(image, transform);
  const { filter } = transform;
  if (isWhole && kernel && filter !== 'nearest') {
    const job = { plan: planResize(image, { ...resized, filter }, box), width, height, table: normalizeTable(transform) };
    const isDone = runKernel(kernel, rowsOf(image), job, ({ y, count, planes }) => {
      const size = count * width;
      for (const channel of [0, 1, 2]) out.set(planes.subarray(channel * size, (channel + 1) * size), channel * plane + y * width);
    });
    if (isDone) return { width, height };
  }
  normalizePixels(applyResizeAndCrop(image, transform, kernel), transform, out);
  return { width, height };
}
