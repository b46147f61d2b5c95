import { damagedImage, unsupportedImage } from './image-faults.js';
import { flipRows } from './indexed-picture.js';
import type { OpenedPicture } from './opened-picture.js';
import type { Picture } from './to-rgb.js';

const HEADER = 512;
const END = 'its pixels go on beyond the end of the file';

/** Whether bytes are an SGI picture: 474, then a way to store and a depth that exist. */
export const isSgi = (bytes: Uint8Array): boolean =>
  bytes[0] === 1 && bytes[1] === 0xda && (bytes[2] as number) <= 1 && [1, 2].includes(bytes[3] as number);

interface SgiHeader {
  readonly width: number;
  readonly height: number;
  readonly planes: number;
  /** Bytes of a sample: of two, the high byte counts. */
  readonly depth: number;
  readonly isRunLength: boolean;
}

/** Opens an SGI picture (.sgi, .bw) as Pillow does; its alpha is dropped. */
export function openSgi(bytes: Uint8Array): OpenedPicture {
  if (bytes.length <= HEADER) throw damagedImage('SGI image', 'it ends within its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [dimensions, width, rows, third] = [4, 6, 8, 10].map((at) => view.getUint16(at)) as [number, number, number, number];
  const header = {
    width,
    height: dimensions < 2 ? 1 : rows,
    planes: dimensions < 3 ? 1 : third,
    depth: bytes[3] as number,
    isRunLength: bytes[2] === 1,
  };
  const { height, planes, depth, isRunLength } = header;
  if (width === 0 || height === 0 || ![1, 2].includes(depth)) throw damagedImage('SGI image', 'its header cannot be read');
  if (![1, 3, 4].includes(planes)) throw unsupportedImage(`SGI images of ${planes} channels`);
  const least = isRunLength ? height * planes * 8 : width * height * planes * depth; // a row's place and length take eight bytes
  if (bytes.length < HEADER + least) throw damagedImage('SGI image', END);
  return { width, height, decode: () => decodeSgi(bytes, header) };
}

function decodeSgi(bytes: Uint8Array, header: SgiHeader): Picture {
  const { width, height, planes, depth, isRunLength } = header;
  const channels = planes === 1 ? 1 : 3;
  const samples = new Uint8Array(width * height * channels);
  for (let plane = 0; plane < channels; plane++)
    for (let y = 0; y < height; y++) {
      const place = plane * height + y;
      const row = isRunLength
        ? unpackRow(bytes, place, header)
        : bytes.subarray(HEADER + place * width * depth, HEADER + (place + 1) * width * depth);
      for (let x = 0; x < width; x++) samples[(y * width + x) * channels + plane] = row[x * depth] as number;
    }
  return flipRows({ samples, width, height, form: channels === 1 ? 'grey' : 'rgb' });
}

function unpackRow(bytes: Uint8Array, place: number, { width, height, planes, depth }: SgiHeader): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const start = view.getUint32(HEADER + place * 4);
  const end = start + view.getUint32(HEADER + (height * planes + place) * 4);
  if (end > bytes.length) throw damagedImage('SGI image', END);
  const row = new Uint8Array(width * depth);
  let to = 0;
  for (let at = start; at < end && to < row.length; ) {
    const head = bytes[at + depth - 1] as number;
    at += depth;
    const length = (head & 127) * depth;
    if (length === 0) break;
    for (let i = 0; i < length && to < row.length; i++) row[to++] = bytes[at + (head < 128 ? i % depth : i)] ?? 0;
    at += head < 128 ? depth : length;
  }
  if (to < row.length) throw damagedImage('SGI image', 'a row of it is too short');
  return row;
}
