import { damagedImage, unsupportedImage } from './image-faults.js';
import { flipRows, from5Bits, toIndexedPicture, unpackBits } from './indexed-picture.js';
import type { OpenedPicture } from './opened-picture.js';
import type { Picture } from './to-rgb.js';

const [RGB, RLE8, RLE4, BITFIELDS] = [0, 1, 2, 3];

const HEADER_SIZES = [12, 40, 52, 56, 64, 108, 124];
const DEPTHS = [1, 4, 8, 16, 24, 32];

/** Whether bytes are a BMP, or what follows its file header. */
export function isBmp(bytes: Uint8Array): boolean {
  const at = bytes[0] === 0x42 && bytes[1] === 0x4d ? 14 : 0;
  if (bytes.length < at + 26) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const size = view.getUint32(at, true);
  const field = at + (size === 12 ? 8 : 12);
  return HEADER_SIZES.includes(size) && (at > 0 || (view.getUint16(field, true) === 1 && DEPTHS.includes(view.getUint16(field + 2, true))));
}

interface BmpHeader {
  readonly width: number;
  readonly height: number;
  readonly isTopDown: boolean;
  readonly bits: number;
  readonly compression: number;
  /** Red, green and blue, where each pixel is 16 or 32 bits. */
  readonly masks: readonly [number, number, number];
  readonly palette: Uint8Array;
  readonly dataAt: number;
}

/** Opens a BMP or DIB as Pillow does: all depths, run lengths, either order of rows; alpha is dropped. */
export function openBmp(bytes: Uint8Array): OpenedPicture {
  const header = readHeader(bytes, bytes[0] === 0x42 ? 14 : 0);
  return { width: header.width, height: header.height, decode: () => decodeBmp(bytes, header) };
}

/** Opens the bitmap of an icon: its header counts the rows of the mask, too. */
export function openIconBitmap(bytes: Uint8Array): OpenedPicture {
  const { height: rows, ...header } = readHeader(bytes, 0);
  const height = Math.trunc(rows / 2);
  return { width: header.width, height, decode: () => decodeBmp(bytes, { ...header, height }) };
}

function readHeader(bytes: Uint8Array, at: number): BmpHeader {
  try {
    return parseHeader(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), bytes, at);
  } catch (error) {
    if (error instanceof RangeError) throw damagedImage('BMP image', 'it ends within its header', error);
    throw error;
  }
}

function parseHeader(view: DataView, bytes: Uint8Array, at: number): BmpHeader {
  const size = view.getUint32(at, true);
  const isOld = size === 12;
  if (!HEADER_SIZES.includes(size)) throw unsupportedImage(`BMP images with a header of ${size} bytes`);
  const width = isOld ? view.getUint16(at + 4, true) : view.getInt32(at + 4, true);
  const rows = isOld ? view.getUint16(at + 6, true) : view.getInt32(at + 8, true);
  const bits = view.getUint16(at + (isOld ? 10 : 14), true);
  const compression = isOld ? (RGB as number) : view.getUint32(at + 16, true);
  if (width <= 0 || rows === 0) throw damagedImage('BMP image', 'it has no pixels');
  if (!DEPTHS.includes(bits)) throw unsupportedImage(`BMP images with ${bits} bits a pixel`);
  if (compression > (BITFIELDS as number) || (compression === BITFIELDS && bits < 16))
    throw unsupportedImage(`BMP images with compression ${compression}`);
  let end = at + size;
  const masks = readMasks(view, { at, bits, compression });
  if (compression === BITFIELDS && size === 40) end += 12;
  const colours = bits > 8 ? 0 : isOld ? 1 << bits : view.getUint32(at + 32, true) || 1 << bits;
  const palette = readPalette(bytes, end, { colours: Math.min(colours, 256), step: isOld ? 3 : 4 });
  const dataAt = at === 0 ? end + Math.min(colours, 256) * (isOld ? 3 : 4) : view.getUint32(10, true);
  return { width, height: Math.abs(rows), isTopDown: rows < 0, bits, compression, masks, palette, dataAt };
}

function readMasks(
  view: DataView,
  { at, bits, compression }: { at: number; bits: number; compression: number },
): readonly [number, number, number] {
  if (compression === BITFIELDS) return [40, 44, 48].map((offset) => view.getUint32(at + offset, true)) as [number, number, number];
  return bits === 16 ? [0x7c00, 0x3e0, 0x1f] : [0xff0000, 0xff00, 0xff];
}

function readPalette(bytes: Uint8Array, at: number, { colours, step }: { colours: number; step: number }): Uint8Array {
  const palette = new Uint8Array(colours * 3);
  for (let i = 0; i < colours; i++) for (let c = 0; c < 3; c++) palette[i * 3 + c] = bytes[at + i * step + 2 - c] ?? 0;
  return palette;
}

function decodeBmp(bytes: Uint8Array, header: BmpHeader): Picture {
  const { width, height, bits, compression, palette, dataAt, isTopDown } = header;
  const isRunLength = compression === RLE8 || compression === RLE4;
  const stride = Math.trunc((width * bits + 31) / 32) * 4;
  if (!isRunLength && dataAt + stride * (height - 1) + Math.ceil((width * bits) / 8) > bytes.length)
    throw damagedImage('BMP image', 'its pixels go on beyond the end of the file');
  const picture =
    bits > 8
      ? readColours(bytes, header, stride)
      : toIndexedPicture(
          isRunLength ? readRunLengths(bytes, header) : unpackBits(bytes, dataAt, { width, height, bits, stride }),
          palette,
          header,
        );
  return isTopDown ? picture : flipRows(picture);
}

function readColours(bytes: Uint8Array, { width, height, bits, masks, dataAt }: BmpHeader, stride: number): Picture {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const samples = new Uint8Array(width * height * 3);
  const scales = masks.map(toScale);
  let to = 0;
  for (let y = 0; y < height; y++) {
    let at = dataAt + y * stride;
    for (let x = 0; x < width; x++, at += bits / 8) {
      if (bits === 24) {
        for (let c = 0; c < 3; c++) samples[to++] = bytes[at + 2 - c] as number;
        continue;
      }
      const value = bits === 16 ? view.getUint16(at, true) : view.getUint32(at, true);
      for (const scale of scales) samples[to++] = scale(value);
    }
  }
  return { samples, width, height, form: 'rgb' };
}

/** What a mask picks out of a pixel, as eight bits. */
function toScale(mask: number): (value: number) => number {
  if (mask === 0) return () => 0;
  const shift = Math.log2(mask & -mask & 0xffffffff) || 31 - Math.clz32(mask & -mask);
  const most = mask >>> shift;
  return (value) => (most === 31 ? from5Bits(value >>> shift) : Math.trunc((((value & mask) >>> shift) * 255) / most));
}

/** Runs of a number, literal numbers, line ends and jumps; what nothing covers is 0. */
function readRunLengths(bytes: Uint8Array, { width, height, compression, dataAt }: BmpHeader): Uint8Array {
  const numbers = new Uint8Array(width * height);
  const isHalf = compression === RLE4;
  let [at, x, y] = [dataAt, 0, 0];
  const put = (number: number): void => {
    if (x < width && y < height) numbers[y * width + x] = number;
    x++;
  };
  const next = (): number => {
    const byte = bytes[at++];
    if (byte === undefined) throw damagedImage('BMP image', 'its pixels go on beyond the end of the file');
    return byte;
  };
  const half = (byte: number, i: number): number => (isHalf ? (i % 2 === 0 ? byte >> 4 : byte & 15) : byte);
  while (y < height) {
    const [count, value] = [next(), next()];
    if (count > 0) for (let i = 0; i < count; i++) put(half(value, i));
    else if (value === 0) [x, y] = [0, y + 1];
    else if (value === 1) break;
    else if (value === 2) [x, y] = [x + next(), y + next()];
    else {
      const start = at;
      let byte = 0;
      for (let i = 0; i < value; i++) {
        if (!isHalf || i % 2 === 0) byte = next();
        put(half(byte, i));
      }
      at += (at - start) % 2; // literal numbers end on an even byte
    }
  }
  return numbers;
}
