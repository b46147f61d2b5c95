import type { DecodedImage } from './decode-image.js';
import { fitPatches } from './fit-patches.js';
import type { ImageTransform } from './image-transform.js';
import { resizeCrop } from './resize/resize-crop.js';
import { type ResizeKernel, sharedResizeKernel } from './resize/resize-kernel.js';
import { resizeByKernel } from './resize/run-kernel.js';
import { resizeThenConvert } from './resize-then-convert.js';
import type { Box, RgbImage } from './rgb-image.js';

/** Where the transform's crop lies in the resized image, and the size of what the encoder sees (larger than the box: padded). */
export interface CropPlace {
  readonly resized: { readonly width: number; readonly height: number };
  readonly box: Box;
  readonly seen: { readonly width: number; readonly height: number };
}

export function placeCrop(image: { width: number; height: number }, transform: ImageTransform): CropPlace {
  const resized = resizedSize(image, transform);
  const seen = transform.crop ?? resized;
  const width = Math.min(seen.width, resized.width);
  const height = Math.min(seen.height, resized.height);
  const place = transform.cropRounding === 'even' ? roundToEven : Math.floor;
  return { resized, seen, box: { width, height, left: place((resized.width - width) / 2), top: place((resized.height - height) / 2) } };
}

/** An image with what decodeImage kept of it for a transform that converts after the resize. */
export type ResizableImage = RgbImage & Pick<DecodedImage, 'unconverted'>;

/** Whether the resize is of something else than the RGB pixels. */
export const resizesUnconverted = ({ unconverted }: ResizableImage, { rgbConversion }: ImageTransform): boolean =>
  rgbConversion === 'after-resize' && unconverted !== undefined;

/**
 * Resizes and crops as the transform states. The result is what the encoder sees, before normalisation. Its pixels are the
 * same with any kernel and with none (null).
 */
export function applyResizeAndCrop(
  image: ResizableImage,
  transform: ImageTransform,
  kernel: ResizeKernel | null | undefined = sharedResizeKernel(),
): RgbImage {
  const { resized, box, seen } = placeCrop(image, transform);
  const resizeBy =
    (filter: ImageTransform['filter']) =>
    (part: RgbImage): RgbImage =>
      (kernel && resizeByKernel(kernel, part, { ...resized, filter, box })) ?? resizeCrop(part, resized.width, resized.height, filter, box);
  const source = resizesUnconverted(image, transform) ? image.unconverted : undefined;
  const changesSize = resized.width !== image.width || resized.height !== image.height;
  const part =
    source && !source.isIndexed
      ? resizeThenConvert(source, resizeBy(transform.filter), changesSize)
      : resizeBy(source ? 'nearest' : transform.filter)(image);
  return box.width === seen.width && box.height === seen.height ? part : padWithBlack(part, seen);
}

/** Python's round(): a half goes to the even neighbour. */
function roundToEven(value: number): number {
  return value % 2 === 0.5 ? Math.floor(value) : Math.round(value);
}

/** transformers' sizes: the longer side is cut to a whole number, not rounded. */
function resizedSize(image: { width: number; height: number }, { resize }: ImageTransform): { width: number; height: number } {
  if (resize === undefined) return { width: image.width, height: image.height };
  if (resize.kind === 'exact') return { width: resize.width, height: resize.height };
  if (resize.kind === 'patches') return fitPatches(image, resize);
  const { size } = resize;
  return image.width <= image.height
    ? { width: size, height: Math.max(1, Math.trunc((size * image.height) / image.width)) }
    : { width: Math.max(1, Math.trunc((size * image.width) / image.height)), height: size };
}

/** A crop that is larger than the image: transformers' center_crop fills with zeros. */
function padWithBlack(image: RgbImage, size: { width: number; height: number }): RgbImage {
  const data = new Uint8Array(size.width * size.height * 3);
  const left = Math.ceil((size.width - image.width) / 2);
  const top = Math.ceil((size.height - image.height) / 2);
  for (let y = 0; y < image.height; y++) {
    const row = image.data.subarray(y * image.width * 3, (y + 1) * image.width * 3);
    data.set(row, ((y + top) * size.width + left) * 3);
  }
  return { data, ...size };
}

/** Writes (value * rescaleFactor - mean) / std into `out`, planes red, green, blue. [3, height, width] */
export function normalizePixels(image: RgbImage, transform: ImageTransform, out: Float32Array): void {
  const plane = image.width * image.height;
  const table = normalizeTable(transform);
  for (let channel = 0; channel < 3; channel++) {
    const values = table.subarray(channel * 256, (channel + 1) * 256);
    for (let i = 0, pixel = channel; i < plane; i++, pixel += 3) {
      out[channel * plane + i] = values[image.data[pixel] as number] as number;
    }
  }
}

/** The number for each of the 256 values of each channel, rounded as transformers rounds it. [3, 256] */
export function normalizeTable({ rescaleFactor, mean, std }: ImageTransform): Float32Array {
  return Float32Array.from({ length: 3 * 256 }, (_, i) => {
    const channel = i >> 8;
    return (Math.fround((i & 255) * rescaleFactor) - Math.fround(mean[channel] as number)) / Math.fround(std[channel] as number);
  });
}
