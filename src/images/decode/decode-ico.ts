import { openIconBitmap } from './decode-bmp.js';
import { damagedImage } from './image-faults.js';
import type { OpenedPicture } from './opened-picture.js';

/** The largest picture of an icon: a PNG of its own, or a bitmap without its file header. */
export type IconPicture = { readonly png: Uint8Array } | { readonly bitmap: OpenedPicture };

const [ICON, CURSOR] = [1, 2];

const isType = (bytes: Uint8Array, type: number): boolean =>
  bytes.length > 22 && bytes[0] === 0 && bytes[1] === 0 && bytes[2] === type && bytes[3] === 0 && bytes[4] !== 0 && bytes[5] === 0;

/** Whether bytes are a Windows icon: type 1, with a picture. */
export const isIco = (bytes: Uint8Array): boolean => isType(bytes, ICON);

/** Whether bytes are a Windows cursor: type 2, with a picture behind the list of its pictures. A TGA may begin in the same way. */
export const isCur = (bytes: Uint8Array): boolean =>
  isType(bytes, CURSOR) && bytes[9] === 0 && (bytes[18] as number) + (bytes[19] as number) * 256 === 6 + (bytes[4] as number) * 16;

/** Finds the picture that Pillow opens: the largest, and of those the one with the fewest colours. A cursor does not say how many it has. */
export function openIco(bytes: Uint8Array): IconPicture {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = view.getUint16(4, true);
  if (count === 0 || 6 + count * 16 > bytes.length) throw damagedImage('icon', 'its header cannot be read');
  const entries = Array.from({ length: count }, (_, i) => {
    const at = 6 + i * 16;
    const [width, height] = [(bytes[at] as number) || 256, (bytes[at + 1] as number) || 256];
    return {
      pixels: width * height,
      depth: bytes[2] === CURSOR ? 0 : view.getUint16(at + 6, true),
      size: view.getUint32(at + 8, true),
      start: view.getUint32(at + 12, true),
    };
  });
  const [best] = entries.sort((a, b) => b.pixels - a.pixels || a.depth - b.depth) as [(typeof entries)[number]];
  const data = bytes.subarray(best.start, best.start + best.size);
  if (data.length < best.size || data.length < 40) throw damagedImage('icon', 'its picture goes on beyond the end of the file');
  return data[0] === 0x89 ? { png: data } : { bitmap: openIconBitmap(data) };
}
