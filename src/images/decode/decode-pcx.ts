import { damagedImage, unsupportedImage } from './image-faults.js';
import { toIndexedPicture, unpackBits } from './indexed-picture.js';
import type { OpenedPicture } from './opened-picture.js';
import type { Picture } from './to-rgb.js';

const HEADER = 128;
/** Two bytes may stand for so many. */
const MOST_RUN = 63;
const END = 'its pixels go on beyond the end of the file';

/** Whether bytes are a PCX, by all fields of its header that have few values. */
export const isPcx = (bytes: Uint8Array): boolean =>
  bytes.length > HEADER &&
  bytes[0] === 10 &&
  [0, 2, 3, 5].includes(bytes[1] as number) &&
  bytes[2] === 1 &&
  [1, 2, 4, 8].includes(bytes[3] as number);

/** Opens a PCX as Pillow does: black and white, 16 colours in planes, a palette of 256, or true colours. */
export function openPcx(bytes: Uint8Array): OpenedPicture {
  if (bytes.length <= HEADER) throw damagedImage('PCX image', 'it ends within its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [left, top, right, bottom] = [4, 6, 8, 10].map((at) => view.getUint16(at, true)) as [number, number, number, number];
  const [width, height] = [right - left + 1, bottom - top + 1];
  const [bits, planes, stride] = [bytes[3] as number, bytes[65] as number, view.getUint16(66, true)];
  if (width < 1 || height < 1 || stride * 8 < width * bits) throw damagedImage('PCX image', 'its header cannot be read');
  if (!(bits === 1 && [1, 2, 3, 4].includes(planes)) && !(bits === 8 && [1, 3].includes(planes)))
    throw unsupportedImage(`PCX images of ${planes} planes of ${bits} bits`);
  if (stride * planes * height > ((bytes.length - HEADER) / 2 + 1) * MOST_RUN) throw damagedImage('PCX image', END);
  return { width, height, decode: () => decodePcx(bytes, { width, height, bits, planes, stride }) };
}

interface PcxHeader {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly planes: number;
  /** Bytes of a row of one plane. */
  readonly stride: number;
}

function decodePcx(bytes: Uint8Array, header: PcxHeader): Picture {
  const { width, height, bits, planes, stride } = header;
  const raw = unpackRuns(bytes, stride * planes * height); // [height, planes, stride]
  if (bits === 1) {
    const numbers = new Uint8Array(width * height);
    for (let plane = 0; plane < planes; plane++) {
      const own = unpackBits(raw, plane * stride, { width, height, bits: 1, stride: stride * planes });
      for (let i = 0; i < numbers.length; i++) numbers[i] = (numbers[i] as number) | ((own[i] as number) << plane);
    }
    const palette = planes === 1 ? Uint8Array.of(0, 0, 0, 255, 255, 255) : bytes.slice(16, 64);
    return { ...toIndexedPicture(numbers, palette, header), isIndexed: true };
  }
  const planesOf = planes === 1 ? 1 : 3;
  const samples = new Uint8Array(width * height * planesOf);
  for (let y = 0; y < height; y++)
    for (let plane = 0; plane < planesOf; plane++)
      for (let x = 0; x < width; x++) samples[(y * width + x) * planesOf + plane] = raw[(y * planes + plane) * stride + x] as number;
  if (planesOf === 3) return { samples, width, height, form: 'rgb' };
  const at = bytes.length - 769;
  if (bytes[1] === 5 && at >= HEADER && bytes[at] === 12) return toIndexedPicture(samples, bytes.slice(at + 1), header);
  return { samples, width, height, form: 'grey' };
}

function unpackRuns(bytes: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size);
  let [at, to] = [HEADER, 0];
  while (to < size) {
    const head = bytes[at++];
    if (head === undefined) throw damagedImage('PCX image', END);
    if (head < 0xc0) out[to++] = head;
    else {
      const length = head & 63;
      if (at >= bytes.length) throw damagedImage('PCX image', END);
      out.fill(bytes[at++] as number, to, to + length);
      to += length;
    }
  }
  return out;
}
