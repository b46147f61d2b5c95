import type { ImageSource } from '../core/ports.js';
import { loadSharp } from '../images/load-sharp.js';
import { type ImageLimits, readImageBytes } from '../images/read-image.js';
import type { RgbImage } from '../images/rgb-image.js';
import { shrinkImage } from '../images/shrink-image.js';

/** A picture as JPEG, for the service. */
export const toJpeg = async (picture: RgbImage, quality = 82): Promise<Buffer> => open(picture).jpeg({ quality }).toBuffer();

/** How large pages show pictures, at most. */
const PAGE_SIDE = 320;

/** A small WebP in a data: URL, for a page: 80 photos take less than 1.5 MB. */
export async function toDataUrl(source: ImageSource, limits: ImageLimits, side = PAGE_SIDE): Promise<string> {
  const picture = await shrinkImage(await readImageBytes(source, limits), limits, { side });
  const webp = await open(picture).webp({ quality: 62, smartSubsample: true }).toBuffer();
  return `data:image/webp;base64,${webp.toString('base64')}`;
}

const open = ({ data, width, height }: RgbImage) => loadSharp()(data, { raw: { width, height, channels: 3 } });
