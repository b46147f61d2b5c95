import { CROP_SHARE, cropBoxes } from '../core/crops.js';
import type { ImageSource } from '../core/ports.js';
import { applyResizeAndCrop, type ResizableImage } from './apply-transform.js';
import { cropImage } from './crop-image.js';
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
  /** Prepare the crops of the image too. */
  readonly withCrops?: boolean | undefined;
  /** Waits for memory to decode, where not this thread's own budget counts. */
  readonly acquire?: DecodeOptions['acquire'];
  /** Called between decoding and resizing. */
  readonly onDecoded?: (() => void) | undefined;
}

/** A picture as the encoder takes it. */
export interface PreparedPixels {
  readonly pixels: Float32Array<ArrayBuffer>; // [3, inputHeight, inputWidth]
  readonly inputHeight: number;
  readonly inputWidth: number;
}

/** An image as the encoder takes it, with the size that it had. */
export interface PreparedImage extends PreparedPixels {
  readonly width: number;
  readonly height: number;
  /** Where they were asked for. */
  readonly crops?: readonly PreparedPixels[] | undefined;
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
  const { transform, limits, isFastDecode, withCrops, acquire, onDecoded } = how;
  const shorter = isFastDecode ? shorterSide(transform) : undefined;
  const atLeast = withCrops && shorter !== undefined ? Math.ceil(shorter / CROP_SHARE) : shorter;
  const image = await decodeImage(bytes, limits, { atLeast, acquire, keepsForm: keepsForm(transform) });
  onDecoded?.();
  const whole = { ...toPixels(image, transform, buffer), ...image.original };
  return withCrops ? { ...whole, crops: cropBoxes(image).map((box) => toPixels(cropImage(image, box), transform)) } : whole;
}

function toPixels(image: ResizableImage, transform: ImageTransform, buffer?: ArrayBuffer): PreparedPixels {
  const { width: inputWidth, height: inputHeight } = seenSize(image, transform);
  const count = 3 * inputWidth * inputHeight;
  const pixels = buffer?.byteLength === count * 4 ? new Float32Array(buffer) : new Float32Array(count);
  writePixels(image, transform, { out: pixels });
  return { pixels, inputHeight, inputWidth };
}

const keepsForm = ({ rgbConversion }: ImageTransform): boolean => rgbConversion === 'after-resize';

/** The shorter side that the resize makes, where there is one. */
function shorterSide({ resize }: ImageTransform): number | undefined {
  if (resize?.kind === 'shortest') return resize.size;
  return resize?.kind === 'exact' ? Math.min(resize.width, resize.height) : undefined;
}
