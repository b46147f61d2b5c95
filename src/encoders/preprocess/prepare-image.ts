import type { ImageSource } from '../../core/ports.js';
import type { PreparedImage } from '../encode-images.js';
import { applyResizeAndCrop } from './apply-transform.js';
import { decodeImage } from './decode-image.js';
import type { ImageTransform } from './image-transform.js';
import { seenSize, writePixels } from './prepare-pixels.js';
import { type ImageLimits, readImageBytes } from './read-image.js';
import type { RgbImage } from './resize-crop.js';

/** An image decoded, resized and cropped: what the encoder sees, before normalisation. */
export async function seeImage(
  source: ImageSource,
  transform: ImageTransform,
  limits: ImageLimits,
  signal?: AbortSignal,
): Promise<{ seen: RgbImage; width: number; height: number }> {
  const image = await decodeImage(await readImageBytes(source, limits, signal), limits);
  return { seen: applyResizeAndCrop(image, transform), width: image.width, height: image.height };
}

/** The same, normalised to the numbers that the encoder takes. */
export async function prepareImage(
  source: ImageSource,
  transform: ImageTransform,
  limits: ImageLimits,
  signal?: AbortSignal,
): Promise<PreparedImage> {
  const image = await decodeImage(await readImageBytes(source, limits, signal), limits);
  const seen = seenSize(image, transform);
  const pixels = new Float32Array(3 * seen.width * seen.height);
  writePixels(image, transform, { out: pixels });
  return { pixels, inputHeight: seen.height, inputWidth: seen.width, width: image.width, height: image.height };
}
