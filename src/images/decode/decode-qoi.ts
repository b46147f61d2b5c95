import { damagedImage } from './image-faults.js';
import type { OpenedPicture } from './opened-picture.js';
import type { Picture } from './to-rgb.js';

const HEADER = 14;
/** One byte may stand for so many pixels. */
const MOST_RUN = 62;

/** Opens a QOI (qoiformat.org); its alpha is dropped. */
export function openQoi(bytes: Uint8Array): OpenedPicture {
  if (bytes.length < HEADER) throw damagedImage('QOI image', 'it ends within its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [width, height] = [view.getUint32(4), view.getUint32(8)];
  if (width === 0 || height === 0 || width * height > (bytes.length - HEADER) * MOST_RUN)
    throw damagedImage('QOI image', 'its pixels go on beyond the end of the file');
  return { width, height, decode: () => decodeQoi(bytes, { width, height }) };
}

function decodeQoi(bytes: Uint8Array, { width, height }: { width: number; height: number }): Picture {
  const samples = new Uint8Array(width * height * 3);
  const seen = new Uint8Array(64 * 4);
  let [r, g, b, a] = [0, 0, 0, 255];
  let at = HEADER;
  let run = 0;
  for (let to = 0; to < samples.length; to += 3) {
    if (run > 0) run--;
    else {
      if (at >= bytes.length) throw damagedImage('QOI image', 'its pixels go on beyond the end of the file');
      const head = bytes[at++] as number;
      const low = head & 63;
      if (head >= 0xfe) {
        [r, g, b] = [bytes[at] ?? 0, bytes[at + 1] ?? 0, bytes[at + 2] ?? 0];
        if (head === 0xff) a = bytes[at + 3] ?? 0;
        at += head === 0xff ? 4 : 3;
      } else if (head >> 6 === 0) [r, g, b, a] = seen.subarray(low * 4, low * 4 + 4) as unknown as [number, number, number, number];
      else if (head >> 6 === 1) {
        [r, g, b] = [(r + (low >> 4) - 2) & 255, (g + ((low >> 2) & 3) - 2) & 255, (b + (low & 3) - 2) & 255];
      } else if (head >> 6 === 2) {
        const second = bytes[at++] ?? 0;
        const green = low - 32;
        [r, g, b] = [(r + green - 8 + (second >> 4)) & 255, (g + green) & 255, (b + green - 8 + (second & 15)) & 255];
      } else run = low;
      seen.set([r, g, b, a], ((r * 3 + g * 5 + b * 7 + a * 11) & 63) * 4);
    }
    samples[to] = r;
    samples[to + 1] = g;
    samples[to + 2] = b;
  }
  return { samples, width, height, form: 'rgb' };
}
