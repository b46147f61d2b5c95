import { damagedImage } from './image-faults.js';
import { flipRows, from5Bits, toIndexedPicture } from './indexed-picture.js';
import type { OpenedPicture } from './opened-picture.js';
import { orient } from './orientation.js';
import type { Picture } from './to-rgb.js';

/** A TGA's header. The format has no signature: every field has to be one that exists. */
interface TgaHeader {
  readonly kind: number;
  readonly isRunLength: boolean;
  readonly bits: number;
  readonly width: number;
  readonly height: number;
  readonly isTopDown: boolean;
  readonly isMirrored: boolean;
  readonly mapStart: number;
  readonly mapLength: number;
  readonly mapBits: number;
  readonly mapAt: number;
  readonly dataAt: number;
}

const MAPPED = 1;
const GREY = 3;
const DEPTHS: Readonly<Record<number, readonly number[]>> = { 1: [8], 2: [15, 16, 24, 32], 3: [8, 16] };

/** Whether bytes may be a TGA, by their header. */
export const isTga = (bytes: Uint8Array): boolean => readTgaHeader(bytes) !== undefined;

export function readTgaHeader(bytes: Uint8Array): TgaHeader | undefined {
  if (bytes.length < 19) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [idLength, hasMap, type] = [bytes[0], bytes[1], bytes[2]] as [number, number, number];
  const [mapStart, mapLength, mapBits] = [view.getUint16(3, true), view.getUint16(5, true), bytes[7] as number];
  const [width, height, bits, flags] = [view.getUint16(12, true), view.getUint16(14, true), bytes[16] as number, bytes[17] as number];
  const kind = type & 7;
  const isKnown = [1, 2, 3, 9, 10, 11].includes(type) && DEPTHS[kind]?.includes(bits) === true && (flags & 0xc0) === 0;
  const isMap = hasMap === 1 ? [15, 16, 24, 32].includes(mapBits) && mapLength > 0 : hasMap === 0 && mapLength === 0;
  if (!isKnown || !isMap || (kind === MAPPED && hasMap !== 1) || width === 0 || height === 0) return undefined;
  const mapAt = 18 + idLength;
  const dataAt = mapAt + mapLength * Math.ceil(mapBits / 8) * hasMap;
  const orientation = { isTopDown: (flags & 0x20) !== 0, isMirrored: (flags & 0x10) !== 0 };
  return { kind, isRunLength: type > 8, bits, width, height, ...orientation, mapStart, mapLength, mapBits, mapAt, dataAt };
}

/** Opens a TGA as Pillow does: palette, colours or grey, with run lengths or without; alpha is dropped. */
export function openTga(bytes: Uint8Array): OpenedPicture {
  const header = readTgaHeader(bytes);
  if (!header) throw damagedImage('TGA image', 'its header cannot be read');
  return { width: header.width, height: header.height, decode: () => decodeTga(bytes, header) };
}

function decodeTga(bytes: Uint8Array, header: TgaHeader): Picture {
  const { width, height, bits, kind, isRunLength, dataAt, isTopDown, isMirrored } = header;
  const step = Math.ceil(bits / 8);
  const size = width * height * step;
  const raw = isRunLength ? unpackRuns(bytes, dataAt, { size, step }) : bytes.subarray(dataAt, dataAt + size);
  if (raw.length < size) throw damagedImage('TGA image', 'its pixels go on beyond the end of the file');
  const picture = kind === MAPPED ? toIndexedPicture(raw, readMap(bytes, header), header) : readPixels(raw, header, step);
  const upright = isTopDown ? picture : flipRows(picture);
  return isMirrored ? orient(upright, 2) : upright;
}

function readPixels(raw: Uint8Array, { width, height, kind, bits }: TgaHeader, step: number): Picture {
  const size = { width, height };
  if (kind === GREY) {
    const samples = step === 1 ? new Uint8Array(raw) : Uint8Array.from({ length: width * height }, (_, i) => raw[i * 2] as number);
    return { samples, ...size, form: 'grey' };
  }
  const samples = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) putColour(samples, i * 3, { raw, at: i * step, bits });
  return { samples, ...size, form: 'rgb' };
}

function readMap(bytes: Uint8Array, { mapAt, mapBits, mapLength, mapStart }: TgaHeader): Uint8Array {
  const step = Math.ceil(mapBits / 8);
  const palette = new Uint8Array((mapStart + mapLength) * 3);
  for (let i = 0; i < mapLength; i++) putColour(palette, (mapStart + i) * 3, { raw: bytes, at: mapAt + i * step, bits: mapBits });
  return palette;
}

/** Blue, green, red; or five bits of each in a word. */
function putColour(out: Uint8Array, to: number, { raw, at, bits }: { raw: Uint8Array; at: number; bits: number }): void {
  if (bits > 16) for (let c = 0; c < 3; c++) out[to + c] = raw[at + 2 - c] ?? 0;
  else {
    const word = (raw[at] ?? 0) + (raw[at + 1] ?? 0) * 256;
    for (let c = 0; c < 3; c++) out[to + c] = from5Bits(word >> (10 - 5 * c));
  }
}

function unpackRuns(bytes: Uint8Array, start: number, { size, step }: { size: number; step: number }): Uint8Array {
  const out = new Uint8Array(size);
  let [at, to] = [start, 0];
  while (to < size) {
    const head = bytes[at++];
    if (head === undefined) throw damagedImage('TGA image', 'its pixels go on beyond the end of the file');
    const length = ((head & 127) + 1) * step;
    if (head < 128) {
      out.set(bytes.subarray(at, at + Math.min(length, size - to)), to);
      at += length;
    } else {
      for (let i = 0; i < length && to + i < size; i++) out[to + i] = bytes[at + (i % step)] ?? 0;
      at += step;
    }
    if (at > bytes.length) throw damagedImage('TGA image', 'its pixels go on beyond the end of the file');
    to += length;
  }
  return out;
}
