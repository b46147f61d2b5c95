import type { ImageTransform } from './image-transform.js';
import { type RgbImage, resizeCrop } from './resize-crop.js';

/** Resizes and crops as the transform says: the picture that the encoder sees, before normalisation. */
export function applyResizeAndCrop(image: RgbImage, transform: ImageTransform): RgbImage {
  const resized = resizedSize(image, transform);
  const wanted = transform.crop ?? resized;
  const width = Math.min(wanted.width, resized.width);
  const height = Math.min(wanted.height, resized.height);
  const place = transform.cropRounding === 'even' ? roundToEven : Math.floor;
  const box = { width, height, left: place((resized.width - width) / 2), top: place((resized.height - height) / 2) };
  const seen = resizeCrop(image, resized.width, resized.height, transform.filter, box);
  return width === wanted.width && height === wanted.height ? seen : padWithBlack(seen, wanted);
}

/** Python's round(): a half goes to the even neighbour. */
function roundToEven(value: number): number {
  return value % 2 === 0.5 ? Math.floor(value) : Math.round(value);
}

/** transformers' sizes: the longer side is cut to a whole number, not rounded. */
function resizedSize(image: RgbImage, { resize }: ImageTransform): { width: number; height: number } {
  if (resize === undefined) return { width: image.width, height: image.height };
  if (resize.kind === 'exact') return { width: resize.width, height: resize.height };
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
  for (let channel = 0; channel < 3; channel++) {
    const table = new Float32Array(256);
    for (let value = 0; value < 256; value++) {
      const rescaled = Math.fround(value * transform.rescaleFactor);
      table[value] = (rescaled - Math.fround(transform.mean[channel] as number)) / Math.fround(transform.std[channel] as number);
    }
    for (let i = 0, pixel = channel; i < plane; i++, pixel += 3) {
      out[channel * plane + i] = table[image.data[pixel] as number] as number;
    }
  }
}
