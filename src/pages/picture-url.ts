import type { ImageSource } from '../core/ports.js';
import { decodeImage } from '../images/decode-image.js';
import { loadSharp } from '../images/load-sharp.js';
import { type ImageLimits, readImageBytes } from '../images/read-image.js';

/** A JPEG of at most `side` pixels. */
export async function toJpeg(source: ImageSource, limits: ImageLimits, { side = 480, quality = 82 } = {}): Promise<Buffer> {
  const sharp = loadSharp();
  const { data, width, height } = await decodeImage(await readImageBytes(source, limits), limits);
  return sharp(data, { raw: { width, height, channels: 3 } })
    .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality })
    .toBuffer();
}

/** The same in a data: URL, for a page. */
export const toDataUrl = async (...args: Parameters<typeof toJpeg>): Promise<string> =>
  `data:image/jpeg;base64,${(await toJpeg(...args)).toString('base64')}`;
