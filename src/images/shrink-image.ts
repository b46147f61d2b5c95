import { type DecodeOptions, decodeImage } from './decode-image.js';
import { loadSharp } from './load-sharp.js';
import type { ImageLimits } from './read-image.js';
import type { RgbImage } from './rgb-image.js';

export interface ShrinkOptions extends Pick<DecodeOptions, 'acquire'> {
  /** The longest side of the result; a smaller picture stays as it is. */
  readonly side: number;
}

/** An encoded image as a small picture, for people to look at. @throws LabelwiseError `IMAGE_*` or `NATIVE_LIBRARY_MISSING` */
export async function shrinkImage(bytes: Uint8Array, limits: ImageLimits, { side, acquire }: ShrinkOptions): Promise<RgbImage> {
  const { data: pixels, width, height } = await decodeImage(bytes, limits, { acquire });
  const { data, info } = await loadSharp()(pixels, { raw: { width, height, channels: 3 } })
    .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}
