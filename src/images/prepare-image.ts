import type { ImageSource } from '../core/ports.js';
import { applyResizeAndCrop } from './apply-transform.js';
import { type DecodeOptions, decodeImage } from './decode-image.js';
import type { ImageTransform } from './image-transform.js';
import { seenSize, writePixels } from './prepare-pixels.js';
import { type ImageLimits, readImageBytes } from './read-image.js';
import type { RgbImage } from './rgb-image.js';

/** How images become the encoder's numbers. */
export interface Preparation {
  readonly transform: ImageTransform;
  readonly limits: ImageLimits;
  /** Decode large JPEGs at a fraction of their size: faster, and not Pillow's very pixels (docs/guides/speed.md). */
  readonly isFastDecode?: boolean | undefined;
  /** Waits for memory to decode, where not this thread's own budget counts. */
  readonly acquire?: DecodeOptions['acquire'];
  /** Called between decoding and resizing. */
  readonly onDecoded?: (() => void) | undefined;
}

/** An image as the encoder takes it, with the size that it had. */
export interface PreparedImage {
  readonly pixels: Float32Array<ArrayBuffer>; // [3, inputHeight, inputWidth]
  readonly inputHeight: number;
  readonly inputWidth: number;
  readonly width: number;
  readonly height: number;
}

/** An image decoded, resized and cropped: what the encoder sees, before normalisation. */
export async function seeImage(
  source: ImageSource,
  transform: ImageTransform,
  limits: ImageLimits,
  signal?: AbortSignal,
): Promise<{ seen: RgbImage; width: number; height: number }> {
  const image = await decodeImage(await readImageBytes(source, limits, signal), limits, { keepsForm: keepsForm(transform) });
  return { seen: applyResizeAndCrop(image, transform), width: image.width, height: image.height };
}

/** An encoded image as the numbers that the encoder takes, in `buffer` where it has the right size. */
export async function prepareImage(bytes: Uint8Array, how: Preparation, buffer?: ArrayBuffer): Promise<PreparedImage> {
  const { transform, limits, isFastDecode, acquire, onDecoded } = how;
  const atLeast = isFastDecode ? shorterSide(transform) : undefined;
  const image = await decodeImage(bytes, limits, { atLeast, acquire, keepsForm: keepsForm(transform) });
  onDecoded?.();
  const { width: inputWidth, height: inputHeight } = seenSize(image, transform);
  const count = 3 * inputWidth * inputHeight;
  const pixels = buffer?.byteLength === count * 4 ? new Float32Array(buffer) : new Float32Array(count);
  writePixels(image, transform, { out: pixels });
  return { pixels, inputHeight, inputWidth, ...image.original };
}

const keepsForm = ({ rgbConversion }: ImageTransform): boolean => rgbConversion === 'after-resize';

/** The shorter side that the resize makes, where there is one. */
function shorterSide({ resize }: ImageTransform): number | undefined {
  if (resize?.kind === 'shortest') return resize.size;
  return resize?.kind === 'exact' ? Math.min(resize.width, resize.height) : undefined;
}
