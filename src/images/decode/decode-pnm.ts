import { damagedImage, unsupportedImage } from './image-faults.js';
import type { OpenedPicture } from './opened-picture.js';
import type { Picture, PictureForm } from './to-rgb.js';

interface PnmHeader {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** What stands for full light. */
  readonly most: number;
  readonly isBits: boolean;
  readonly isText: boolean;
  readonly dataAt: number;
}

/** Opens a PBM, PGM or PPM, binary or as text, or a PAM, as Pillow does. Of 16 bits a grey picture keeps the high byte. */
export function openPnm(bytes: Uint8Array): OpenedPicture {
  const header = bytes[1] === 0x37 ? readPamHeader(bytes) : readPnmHeader(bytes);
  if (header.width <= 0 || header.height <= 0) throw damagedImage('PNM image', 'it has no pixels');
  if (!(header.most >= 1 && header.most <= 65_535)) throw unsupportedImage(`PNM images with the maximum ${header.most}`);
  return { width: header.width, height: header.height, decode: () => decodePnm(bytes, header) };
}

function readPnmHeader(bytes: Uint8Array): PnmHeader {
  const kind = (bytes[1] as number) - 0x30;
  const isBits = kind === 1 || kind === 4;
  const next = tokenReader(bytes, 2);
  const [width, height] = [next(), next()];
  const most = isBits ? 1 : next();
  return { width, height, most, channels: kind % 3 === 0 ? 3 : 1, isBits, isText: kind < 4, dataAt: next.end() };
}

function readPamHeader(bytes: Uint8Array): PnmHeader {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 4096)).toString('latin1');
  const end = /\nENDHDR\r?\n/.exec(text);
  if (!end) throw damagedImage('PAM image', 'its header has no end');
  const value = (name: string): number => Number(new RegExp(`^${name}\\s+(\\d+)`, 'm').exec(text.slice(0, end.index + 1))?.[1]);
  const channels = value('DEPTH');
  if (!(channels >= 1 && channels <= 4)) throw unsupportedImage(`PAM images with ${channels} channels`);
  const size = { width: value('WIDTH'), height: value('HEIGHT') };
  return { ...size, channels, most: value('MAXVAL'), isBits: false, isText: false, dataAt: end.index + end[0].length };
}

/** Numbers between blanks and comments; `end` is where the pixels begin, one blank after the last. */
function tokenReader(bytes: Uint8Array, start: number) {
  let at = start;
  const isBlank = (byte: number | undefined): boolean => byte !== undefined && (byte === 32 || (byte >= 9 && byte <= 13));
  const next = (): number => {
    for (;;) {
      if (bytes[at] === 0x23) while (at < bytes.length && bytes[at] !== 10 && bytes[at] !== 13) at++;
      else if (isBlank(bytes[at])) at++;
      else break;
    }
    let value = 0;
    const first = at;
    for (; (bytes[at] as number) >= 0x30 && (bytes[at] as number) <= 0x39 && at - first < 10; at++)
      value = value * 10 + ((bytes[at] as number) - 0x30);
    if (at === first)
      throw damagedImage('PNM image', at >= bytes.length ? 'it ends too early' : 'it has something else where a number belongs');
    return value;
  };
  /** One digit of a bitmap: they may stand without blanks. */
  const digit = (): number => {
    while (isBlank(bytes[at]) || bytes[at] === 0x23) {
      if (bytes[at] === 0x23) while (at < bytes.length && bytes[at] !== 10) at++;
      else at++;
    }
    const value = (bytes[at++] ?? 0) - 0x30;
    if (value !== 0 && value !== 1) throw damagedImage('PNM image', 'it has something else where a bit belongs');
    return value;
  };
  return Object.assign(next, { digit, end: () => at + 1 });
}

const FORMS: readonly PictureForm[] = ['grey', 'grey-alpha', 'rgb', 'rgba'];

function decodePnm(bytes: Uint8Array, header: PnmHeader): Picture {
  const { width, height, channels, most, isBits, isText, dataAt } = header;
  const count = width * height * channels;
  const size = isBits ? Math.ceil(width / 8) * height : count * (most > 255 ? 2 : 1);
  if (!isText && dataAt + size > bytes.length) throw damagedImage('PNM image', 'its pixels go on beyond the end of the file');
  const samples = new Uint8Array(count);
  const form = FORMS[channels - 1] as PictureForm;
  if (isBits) {
    const next = tokenReader(bytes, dataAt - 1);
    const stride = Math.ceil(width / 8);
    for (let i = 0; i < count; i++) {
      const [x, y] = [i % width, Math.trunc(i / width)];
      const bit = isText ? next.digit() : ((bytes[dataAt + y * stride + (x >> 3)] as number) >> (7 - (x & 7))) & 1;
      samples[i] = bit === 1 ? 0 : 255; // 1 is ink
    }
    return { samples, width, height, form, isIndexed: true };
  }
  const next = isText ? tokenReader(bytes, dataAt - 1) : undefined;
  const isWide = most > 255;
  const scale = toScale(most, isWide && channels === 1);
  for (let i = 0; i < count; i++) {
    const at = dataAt + i * (isWide ? 2 : 1);
    const value = next ? next() : isWide ? (bytes[at] as number) * 256 + (bytes[at + 1] as number) : (bytes[at] as number);
    samples[i] = scale(value);
  }
  return { samples, width, height, form };
}

/** Pillow's scaling to 0..255, halves to the even number; of wide grey, to 16 bits first. */
function toScale(most: number, isWideGrey: boolean): (value: number) => number {
  if (most === 255) return (value) => value;
  const top = isWideGrey ? 65_535 : 255;
  return (value) => {
    const scaled = Math.min(top, roundHalfEven((value / most) * top));
    return isWideGrey ? scaled >> 8 : scaled;
  };
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
