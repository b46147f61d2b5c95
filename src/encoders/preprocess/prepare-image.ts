import type { ImageSource } from '../../core/ports.js';
import type { PreparedImage } from '../pipeline/prepare-pool.js';
import { applyResizeAndCrop, normalizePixels } from './apply-transform.js';
import { type DecodeOptions, decodeImage } from './decode-image.js';
import type { ImageTransform } from './image-transform.js';
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

/** An encoded image as the numbers that the encoder takes, in `buffer` where it has the right size. */
export async function prepareImage(
  bytes: Uint8Array,
  transform: ImageTransform,
  decode: DecodeOptions,
  buffer?: ArrayBuffer,
): Promise<PreparedImage> {
  const image = await decodeImage(bytes, decode);
  const seen = applyResizeAndCrop(image, transform);
  const count = 3 * seen.width * seen.height;
  const pixels = buffer?.byteLength === count * 4 ? new Float32Array(buffer) : new Float32Array(count);
  normalizePixels(seen, transform, pixels);
  return { pixels, inputHeight: seen.height, inputWidth: seen.width, width: image.width, height: image.height };
}
