import { damagedImage } from './image-faults.js';
import type { Picture } from './to-rgb.js';

interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly isInterlaced: boolean;
  /** RGB of 256 colours. */
  readonly palette: Uint8Array;
  readonly isGrey: boolean;
  /** The number that fills what the frame does not cover. */
  readonly fill: number;
  /** Where the compressed numbers begin, with the length of a code. */
  readonly dataAt: number;
}

/** A GIF's size, known before anything is decoded. */
export interface OpenedGif {
  readonly width: number;
  readonly height: number;
  decode(): Picture;
}

/**
 * Opens a GIF as Pillow does: its first frame on the whole canvas, transparent pixels in their palette's colour. libvips makes them
 * black, and accepts a frame that is cut short.
 *
 * @throws LabelwiseError `IMAGE_DAMAGED`, here or when it is decoded
 */
export function openGif(bytes: Uint8Array): OpenedGif {
  if (bytes.length < 13) throw cut();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const frame = findFrame(bytes, view);
  const width = Math.max(view.getUint16(6, true), frame.left + frame.width);
  const height = Math.max(view.getUint16(8, true), frame.top + frame.height);
  if (width === 0 || height === 0) throw damagedImage('GIF image', 'it has no pixels');
  return { width, height, decode: () => drawFrame(bytes, frame, { width, height }) };
}

const cut = (): Error => damagedImage('GIF image', 'it ends within its first picture');

function findFrame(bytes: Uint8Array, view: DataView): Frame {
  const flags = bytes[10] as number;
  const globalColours = flags & 128 ? readPalette(bytes, 13, flags) : undefined;
  let at = 13 + (globalColours?.length ?? 0);
  let transparent: number | undefined;
  for (;;) {
    const kind = bytes[at];
    if (kind === 0x2c) break;
    if (kind === undefined || kind === 0x3b) throw damagedImage('GIF image', 'it holds no picture');
    if (kind !== 0x21) {
      at++;
      continue;
    }
    if (bytes[at + 1] === 0xf9 && (bytes[at + 2] ?? 0) >= 4 && (bytes[at + 3] ?? 0) & 1) transparent = bytes[at + 6];
    for (at += 2; bytes[at]; ) at += 1 + (bytes[at] as number);
    at++;
  }
  if (at + 11 > bytes.length) throw cut();
  const [left, top, width, height] = [1, 3, 5, 7].map((offset) => view.getUint16(at + offset, true)) as [number, number, number, number];
  const frameFlags = bytes[at + 9] as number;
  const own = frameFlags & 128 ? readPalette(bytes, at + 10, frameFlags) : undefined;
  const colours = own ?? globalColours;
  const isGrey = colours === undefined || colours.every((value, i) => value === Math.trunc(i / 3));
  const palette = Uint8Array.from({ length: 768 }, (_, i) => (colours ? (colours[i] ?? 0) : Math.trunc(i / 3)));
  const shape = { left, top, width, height, isInterlaced: (frameFlags & 64) !== 0 };
  return { ...shape, palette, isGrey, fill: transparent ?? 0, dataAt: at + 10 + (own?.length ?? 0) };
}

function readPalette(bytes: Uint8Array, at: number, flags: number): Uint8Array {
  const length = 3 << ((flags & 7) + 1);
  if (at + length > bytes.length) throw cut();
  return bytes.subarray(at, at + length);
}

function drawFrame(bytes: Uint8Array, frame: Frame, { width, height }: { width: number; height: number }): Picture {
  const { left, top, palette } = frame;
  const samples = new Uint8Array(width * height * 3);
  const paint = (pixel: number, colour: number): void => {
    for (let channel = 0; channel < 3; channel++) samples[pixel * 3 + channel] = palette[colour * 3 + channel] as number;
  };
  if (width !== frame.width || height !== frame.height) for (let i = 0; i < width * height; i++) paint(i, frame.fill);
  const indices = decompress(bytes, frame.dataAt, frame.width * frame.height);
  let from = 0;
  for (const y of rowsInOrder(frame)) {
    const row = (top + y) * width + left;
    for (let x = 0; x < frame.width; x++) paint(row + x, indices[from++] as number);
  }
  return { samples, width, height, form: 'rgb', isIndexed: !frame.isGrey };
}

function* rowsInOrder({ height, isInterlaced }: Frame): Generator<number> {
  const passes: readonly [number, number][] = isInterlaced
    ? [
        [0, 8],
        [4, 8],
        [2, 4],
        [1, 2],
      ]
    : [[0, 1]];
  for (const [first, step] of passes) for (let y = first; y < height; y += step) yield y;
}

/** LZW of variable code length, at most 12 bits; `count` numbers or an error. */
function decompress(bytes: Uint8Array, at: number, count: number): Uint8Array {
  const rootBits = bytes[at] ?? 0;
  if (rootBits > 11) throw damagedImage('GIF image', `its codes are of ${rootBits} bits`);
  const clear = 1 << rootBits;
  const prefix = new Uint16Array(4096);
  const last = new Uint8Array(4096);
  const stack = new Uint8Array(4097);
  const out = new Uint8Array(count);
  const nextCode = codeReader(bytes, at + 1);
  let [length, next, previous, first, written] = [rootBits + 1, clear + 2, -1, 0, 0];
  while (written < count) {
    const code = nextCode(length);
    if (code === undefined || code === clear + 1) throw cut();
    if (code === clear) {
      [length, next, previous] = [rootBits + 1, clear + 2, -1];
      continue;
    }
    if (previous < 0 ? code > clear : code > next) throw damagedImage('GIF image', 'its compressed data has a code that cannot be there');
    let size = 0;
    let rest = code;
    if (previous >= 0 && code === next) {
      stack[size++] = first;
      rest = previous;
    }
    for (; rest >= clear; rest = prefix[rest] as number) stack[size++] = last[rest] as number;
    first = rest;
    stack[size++] = first;
    if (previous >= 0 && next < 4096) {
      prefix[next] = previous;
      last[next] = first;
      if (next === (1 << length) - 1 && length < 12) length++;
      next++;
    }
    previous = code;
    while (size > 0 && written < count) out[written++] = stack[--size] as number;
  }
  return out;
}

/** Reads codes of a given length from blocks that begin with their own length. */
function codeReader(bytes: Uint8Array, start: number): (length: number) => number | undefined {
  let [at, left, buffer, bits] = [start, 0, 0, 0];
  return (length) => {
    while (bits < length) {
      if (left === 0) {
        left = bytes[at++] ?? 0;
        if (left === 0 || at + left > bytes.length) return undefined;
      }
      buffer |= (bytes[at++] as number) << bits;
      bits += 8;
      left--;
    }
    const code = buffer & ((1 << length) - 1);
    buffer >>>= length;
    bits -= length;
    return code;
  };
}
