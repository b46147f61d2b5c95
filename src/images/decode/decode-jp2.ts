import { damagedImage, unsupportedImage } from './image-faults.js';
import { findDecoder } from './load-decoder.js';
import type { OpenedPicture } from './opened-picture.js';
import type { Picture } from './to-rgb.js';

/** The part of OpenJPEG's build that we use. */
interface OpenJpeg {
  J2KDecoder: new () => {
    getEncodedBuffer(length: number): Uint8Array;
    decode(): void;
    getDecodedBuffer(): Uint8Array;
    getFrameInfo(): { width: number; height: number; bitsPerSample: number; componentCount: number; isSigned: boolean };
    delete(): void;
  };
}
type Factory = (options: Readonly<Record<string, unknown>>) => Promise<OpenJpeg>;

const LARGE_PIXELS = 30e6;

let opened: Promise<OpenJpeg> | undefined;
/** What the decoder printed of the picture in hand: it says there why it failed. */
let said = '';

function openOpenJpeg(): Promise<OpenJpeg> {
  const decoder = findDecoder('@cornerstonejs/codec-openjpeg', 'JPEG 2000');
  const factory = decoder.require('dist/openjpegwasm_decode.js') as Factory;
  const listen = (line: string): void => {
    if (/error/i.test(line)) said = line;
  };
  return factory({ wasmBinary: decoder.read('dist/openjpegwasm_decode.wasm'), print: listen, printErr: listen }); // else it prints on stdout
}

/** Opens a JPEG 2000, in its own file format (JP2) or as a bare codestream. */
export async function openJp2(bytes: Uint8Array): Promise<OpenedPicture> {
  const { width, height, components, isSubsampled } = readSize(bytes);
  const colours = readColours(bytes);
  if (colours === 'palette') throw unsupportedImage('JPEG 2000 images with a palette');
  if (isSubsampled) throw unsupportedImage('JPEG 2000 images with chroma of half the size');
  if (components !== 1 && components !== 3)
    throw unsupportedImage(`JPEG 2000 images with ${components} channels, such as those with alpha or in CMYK`); // nor does this build of OpenJPEG
  opened ??= openOpenJpeg();
  opened.catch(() => {
    opened = undefined;
  });
  const library = await opened;
  // OpenJPEG keeps samples in 32 bits, beside what it hands out and our own
  return { width, height, bytesNeeded: width * height * components * 8, decode: () => decode(bytes, library, colours === 'ycbcr') };
}

function decode(bytes: Uint8Array, { J2KDecoder }: OpenJpeg, isYcbcr: boolean): Picture {
  const decoder = new J2KDecoder();
  said = '';
  try {
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    try {
      decoder.decode();
    } catch (cause) {
      opened = undefined; // it has broken down: the next picture gets another one
      throw damagedImage('JPEG 2000 image', said.trim() || 'it cannot be decoded', cause);
    }
    const { width, height, bitsPerSample, componentCount, isSigned } = decoder.getFrameInfo();
    const data = decoder.getDecodedBuffer();
    const count = width * height * componentCount;
    if (width * height > LARGE_PIXELS) opened = undefined; // WebAssembly gives no memory back
    const isWide = bitsPerSample > 8;
    if (said !== '' || isSigned || data.length !== count * (isWide ? 2 : 1))
      throw said === '' ? unsupportedImage('JPEG 2000 images with signed samples') : damagedImage('JPEG 2000 image', said.trim());
    const samples = isWide
      ? Uint8Array.from(new Uint16Array(data.slice().buffer), (value) => value >> (bitsPerSample - 8))
      : Uint8Array.from(data, bitsPerSample === 8 ? undefined : (value) => value << (8 - bitsPerSample));
    return { samples, width, height, form: componentCount === 1 ? 'grey' : isYcbcr ? 'ycbcr' : 'rgb' };
  } finally {
    if (opened) decoder.delete();
  }
}

/** The size in the codestream's first marker, SIZ. */
function readSize(bytes: Uint8Array): { width: number; height: number; components: number; isSubsampled: boolean } {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf('\xff\x4f\xff\x51', 0, 'latin1');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (start < 0 || start + 42 > bytes.length) throw damagedImage('JPEG 2000 image', 'its header cannot be read');
  const [right, bottom, left, top] = [8, 12, 16, 20].map((offset) => view.getUint32(start + offset)) as [number, number, number, number];
  const components = view.getUint16(start + 40);
  const steps = Array.from({ length: Math.min(components, 4) }, (_, i) => [bytes[start + 43 + i * 3], bytes[start + 44 + i * 3]]).flat();
  if (right <= left || bottom <= top || components === 0) throw damagedImage('JPEG 2000 image', 'it has no pixels');
  return { width: right - left, height: bottom - top, components, isSubsampled: steps.some((step) => step !== 1) };
}

/** What the samples of a JP2 mean, as far as its header says so. */
function readColours(bytes: Uint8Array): 'palette' | 'ycbcr' | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 4096));
  if (head.toString('latin1', 4, 8) !== 'jP  ') return undefined;
  const end = head.indexOf('jp2c', 0, 'latin1');
  const header = end < 0 ? head : head.subarray(0, end);
  if (header.includes('pclr')) return 'palette';
  const colr = header.indexOf('colr', 0, 'latin1');
  const isEnumerated = colr >= 0 && header[colr + 4] === 1 && colr + 11 <= header.length;
  return isEnumerated && header.readUInt32BE(colr + 7) === 18 ? 'ycbcr' : undefined;
}
