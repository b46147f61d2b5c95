import { CROP_SHARE, cropBoxes } from '../core/crops.js';
import type { ImageSource } from '../core/ports.js';
import { applyResizeAndCrop, type ResizableImage } from './apply-transform.js';
import { cropImage } from './crop-image.js';
import { decodeImage, decodeOpened, openImage } from './decode-image.js';
import type { ImageTransform } from './image-transform.js';
import type { Preparation, PreparedImage, PreparedPixels } from './preparation.js';
import { prepareByRows } from './prepare-by-rows.js';
import { seenSize, writePixels } from './prepare-pixels.js';
import { type ImageLimits, readImageBytes } from './read-image.js';
import type { RgbImage } from './rgb-image.js';

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
  const { transform, limits, isFastDecode, withCrops, mayBlock, acquire, onDecoded } = how;
  const shorter = isFastDecode ? shorterSide(transform) : undefined;
  const atLeast = withCrops && shorter !== undefined ? Math.ceil(shorter / CROP_SHARE) : shorter;
  const options = { atLeast, acquire, keepsForm: keepsForm(transform) };
  const began = performance.now();
  const opened = await openImage(bytes, limits, options);
  const byRows = mayBlock && !withCrops && opened.byRows ? await prepareByRows(opened.byRows, how, { began, buffer }) : undefined;
  if (byRows) return byRows;
  const image = await decodeOpened(opened, options);
  onDecoded?.({ ms: performance.now() - began, pixels: image.width * image.height });
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
