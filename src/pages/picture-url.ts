import type { ImageSource } from '../core/ports.js';
import { decodeImage } from '../images/decode-image.js';
import { loadSharp } from '../images/load-sharp.js';
import { type ImageLimits, readImageBytes } from '../images/read-image.js';

/** A picture for a page: a JPEG of at most `side` pixels in a data: URL. */
export async function toDataUrl(source: ImageSource, limits: ImageLimits, { side = 480, quality = 82 } = {}): Promise<string> {
  const sharp = loadSharp();
  const { data, width, height } = await decodeImage(await readImageBytes(source, limits), limits);
  const jpeg = await sharp(data, { raw: { width, height, channels: 3 } })
    .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality })
    .toBuffer();
  return `data:image/jpeg;base64,${jpeg.toString('base64')}`;
}
