import { damagedImage, unsupportedImage } from './image-faults.js';
import { toIndexedPicture } from './indexed-picture.js';
import type { OpenedPicture } from './opened-picture.js';
import { CHANNELS, type Picture, type PictureForm } from './to-rgb.js';

const END = 'it ends before its picture does';
/** Of each colour mode that is read. Multichannel and duotone show their first channel, as in Pillow. */
const FORMS: Readonly<Record<number, PictureForm>> = { 1: 'grey', 2: 'grey', 3: 'rgb', 4: 'cmyk', 7: 'grey', 8: 'grey' };
const [INDEXED, CMYK] = [2, 4];
const MODES: Readonly<Record<number, string>> = { 0: 'one bit a pixel', 9: 'Lab colours' };
const COMPRESSIONS = ['raw', 'run-length', 'zip', 'zip'];

interface PsdHeader {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** Bytes of a sample: of two, the high byte counts. */
  readonly depth: number;
  readonly mode: number;
  readonly palette: Uint8Array;
  readonly isRunLength: boolean;
  readonly dataAt: number;
}

/**
 * Opens the composite of a PSD: the picture of all layers that Photoshop saves with "Maximize compatibility". Pillow reads the same, of 8 bits a
 * channel. Without one, a program may have written a white picture there.
 */
export function openPsd(bytes: Uint8Array): OpenedPicture {
  try {
    const header = readHeader(bytes);
    return { width: header.width, height: header.height, decode: () => decodePsd(bytes, header) };
  } catch (error) {
    if (error instanceof RangeError) throw damagedImage('PSD image', END, error);
    throw error;
  }
}

function readHeader(bytes: Uint8Array): PsdHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [version, channels, height, width] = [view.getUint16(4), view.getUint16(12), view.getUint32(14), view.getUint32(18)];
  const [bits, mode] = [view.getUint16(22), view.getUint16(24)];
  if (version === 2) throw unsupportedImage('PSB files, the large form of PSD');
  if (version !== 1 || width === 0 || height === 0) throw damagedImage('PSD image', 'its header cannot be read');
  const form = FORMS[mode];
  if (form === undefined) throw unsupportedImage(`PSD images with ${MODES[mode] ?? `the colour mode ${mode}`}`);
  if (bits !== 8 && bits !== 16) throw unsupportedImage(`PSD images of ${bits} bits a channel`);
  if (channels < CHANNELS[form]) throw damagedImage('PSD image', 'it has too few channels');
  const coloursAt = 30;
  let at = coloursAt + view.getUint32(26);
  for (let section = 0; section < 2; section++) at += 4 + view.getUint32(at); // resources, then layers
  const compression = view.getUint16(at);
  if (compression > 1) throw unsupportedImage(`PSD images compressed with ${COMPRESSIONS[compression] ?? `method ${compression}`}`);
  const header = { width, height, channels, depth: bits / 8, mode, isRunLength: compression === 1, dataAt: at + 2 };
  const least = compression === 1 ? height * channels * 2 : width * height * channels * header.depth;
  if (bytes.length < header.dataAt + least) throw damagedImage('PSD image', END);
  return { ...header, palette: bytes.subarray(coloursAt, coloursAt + 768) };
}

function decodePsd(bytes: Uint8Array, header: PsdHeader): Picture {
  const { width, height, depth, mode, palette } = header;
  const form = FORMS[mode] as PictureForm;
  const channels = CHANNELS[form];
  const samples = new Uint8Array(width * height * channels);
  const rowOf = header.isRunLength ? unpackRows(bytes, header) : (row: number) => bytes.subarray(header.dataAt + row * width * depth);
  for (let channel = 0; channel < channels; channel++)
    for (let y = 0; y < height; y++) {
      const row = rowOf(channel * height + y);
      for (let x = 0; x < width; x++) {
        const value = row[x * depth] as number;
        samples[(y * width + x) * channels + channel] = mode === CMYK ? 255 - value : value; // a PSD counts light, not ink
      }
    }
  if (mode !== INDEXED) return { samples, width, height, form };
  const colours = Uint8Array.from({ length: 768 }, (_, i) => palette[(i % 3) * 256 + Math.trunc(i / 3)] ?? 0);
  return toIndexedPicture(samples, colours, header);
}

/** Rows of all channels, one after the other, each with its length in a table before them (PackBits). */
function unpackRows(bytes: Uint8Array, { width, height, channels, depth, dataAt }: PsdHeader): (row: number) => Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const rows = height * channels;
  let [next, at] = [0, dataAt + rows * 2];
  const row = new Uint8Array(width * depth);
  return (wanted) => {
    for (; next < wanted; next++) at += view.getUint16(dataAt + next * 2);
    const end = at + view.getUint16(dataAt + wanted * 2);
    if (end > bytes.length) throw damagedImage('PSD image', END);
    let to = 0;
    for (let from = at; from < end && to < row.length; ) {
      const head = bytes[from++] as number;
      if (head === 128) continue;
      const length = head < 128 ? head + 1 : 257 - head;
      for (let i = 0; i < length && to < row.length; i++) row[to++] = bytes[head < 128 ? from + i : from] ?? 0;
      from += head < 128 ? length : 1;
    }
    if (to < row.length) throw damagedImage('PSD image', 'a row of it is too short');
    return row;
  };
}
