import type { Box, RgbImage } from '../rgb-image.js';
import { planResize, type Range } from './plan-resize.js';
import { PRECISION_BITS, type ResampleFilter, type Taps } from './resample-filters.js';

const HALF = 1 << (PRECISION_BITS - 1);
const clamp = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : value);

/**
 * Resizes to `width` x `height` and keeps `box` of it, with the very pixels that Pillow's Image.resize and crop give:
 * separable, integer weights, rounded to 8 bits after each pass. Nothing outside the box is computed. This is the
 * reference in plain JavaScript, and what runs where the WebAssembly kernel cannot (run-kernel.ts, the same pixels).
 */
export function resizeCrop(image: RgbImage, width: number, height: number, filter: ResampleFilter, box: Box): RgbImage {
  if (filter === 'nearest') return sampleNearest(image, width, height, box);
  const { horizontal, vertical, columns, rows, isVerticalFirst } = planResize(image, { width, height, filter }, box);
  if (horizontal && vertical && isVerticalFirst) {
    const flat = resizeVertically(cropRegion(image, rows, columns), rows.first, box.height, vertical);
    return resizeHorizontally(flat, columns.first, { first: 0, last: box.height }, box.width, horizontal);
  }
  const narrow = horizontal ? resizeHorizontally(image, 0, rows, box.width, horizontal) : cropRegion(image, rows, columns);
  return vertical ? resizeVertically(narrow, rows.first, box.height, vertical) : narrow;
}

function cropRegion(image: RgbImage, rows: Range, columns: Range): RgbImage {
  const width = columns.last - columns.first;
  if (width === image.width)
    return { data: image.data.subarray(rows.first * width * 3, rows.last * width * 3), width, height: rows.last - rows.first };
  const data = new Uint8Array((rows.last - rows.first) * width * 3);
  for (let y = rows.first; y < rows.last; y++) {
    const start = (y * image.width + columns.first) * 3;
    data.set(image.data.subarray(start, start + width * 3), (y - rows.first) * width * 3);
  }
  return { data, width, height: rows.last - rows.first };
}

/** `firstColumn` is where the image's own column 0 stands in the whole source. */
function resizeHorizontally(image: RgbImage, firstColumn: number, rows: Range, width: number, taps: Taps): RgbImage {
  const { starts, counts, weights, stride } = taps;
  const source = image.data;
  const data = new Uint8Array((rows.last - rows.first) * width * 3);
  let out = 0;
  for (let y = rows.first; y < rows.last; y++) {
    const row = y * image.width * 3;
    for (let x = 0; x < width; x++) {
      let pixel = row + ((starts[x] as number) - firstColumn) * 3;
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      const end = x * stride + (counts[x] as number);
      for (let tap = x * stride; tap < end; tap++) {
        const weight = weights[tap] as number;
        red += (source[pixel] as number) * weight;
        green += (source[pixel + 1] as number) * weight;
        blue += (source[pixel + 2] as number) * weight;
        pixel += 3;
      }
      data[out++] = clamp(red >> PRECISION_BITS);
      data[out++] = clamp(green >> PRECISION_BITS);
      data[out++] = clamp(blue >> PRECISION_BITS);
    }
  }
  return { data, width, height: rows.last - rows.first };
}

/** `firstRow` is where the image's own row 0 stands in the whole source. */
function resizeVertically(image: RgbImage, firstRow: number, height: number, taps: Taps): RgbImage {
  const { starts, counts, weights, stride } = taps;
  const rowLength = image.width * 3;
  const data = new Uint8Array(height * rowLength);
  const source = image.data;
  const sums = new Int32Array(rowLength);
  for (let y = 0; y < height; y++) {
    sums.fill(HALF);
    for (let tap = 0; tap < (counts[y] as number); tap++) {
      const weight = weights[y * stride + tap] as number;
      const row = ((starts[y] as number) - firstRow + tap) * rowLength;
      for (let x = 0; x < rowLength; x++) sums[x] = (sums[x] as number) + (source[row + x] as number) * weight;
    }
    for (let x = 0; x < rowLength; x++) data[y * rowLength + x] = clamp((sums[x] as number) >> PRECISION_BITS);
  }
  return { data, width: image.width, height };
}

function sampleNearest(image: RgbImage, width: number, height: number, box: Box): RgbImage {
  const data = new Uint8Array(box.width * box.height * 3);
  const columns = nearestPositions(image.width, width).subarray(box.left, box.left + box.width);
  const rows = nearestPositions(image.height, height).subarray(box.top, box.top + box.height);
  let out = 0;
  for (const y of rows) {
    for (const x of columns) {
      const pixel = (y * image.width + x) * 3;
      data[out++] = image.data[pixel] as number;
      data[out++] = image.data[pixel + 1] as number;
      data[out++] = image.data[pixel + 2] as number;
    }
  }
  return { data, width: box.width, height: box.height };
}

/** Pillow adds the step up instead of multiplying, and the rounding shows. */
function nearestPositions(inputSize: number, outputSize: number): Int32Array {
  const step = inputSize / outputSize;
  let position = step * 0.5;
  return Int32Array.from({ length: outputSize }, () => {
    const floor = Math.trunc(position);
    position += step;
    return floor;
  });
}
