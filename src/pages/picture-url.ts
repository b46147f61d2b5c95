import type { ImageSource } from '../core/ports.js';
import { decodeImage } from '../images/decode-image.js';
import { loadSharp } from '../images/load-sharp.js';
import { type ImageLimits, readImageBytes } from '../images/read-image.js';

/** A JPEG of at most `side` pixels, for the service. */
export const toJpeg = async (source: ImageSource, limits: ImageLimits, { side = 480, quality = 82 } = {}): Promise<Buffer> =>
  (await shrink(source, limits, side)).jpeg({ quality }).toBuffer();

/** How large pages show pictures, at most. */
const PAGE_SIDE = 320;

/** A small WebP in a data: URL, for a page: 80 photos take less than 1.5 MB. */
export async function toDataUrl(source: ImageSource, limits: ImageLimits, side = PAGE_SIDE): Promise<string> {
  const webp = await (await shrink(source, limits, side)).webp({ quality: 62, smartSubsample: true }).toBuffer();
  return `data:image/webp;base64,${webp.toString('base64')}`;
}

async function shrink(source: ImageSource, limits: ImageLimits, side: number) {
  const { data, width, height } = await decodeImage(await readImageBytes(source, limits), limits);
  const picture = loadSharp()(data, { raw: { width, height, channels: 3 } });
  return picture.resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true });
}
