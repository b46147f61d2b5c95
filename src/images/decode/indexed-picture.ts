import type { Picture } from './to-rgb.js';

/** A palette's colours, red, green and blue one after the other, for the numbers of pixels; a number beyond it is black. */
export function toIndexedPicture(
  numbers: Uint8Array, // [height, width]
  palette: Uint8Array,
  { width, height }: { width: number; height: number },
): Picture {
  const samples = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const from = (numbers[i] as number) * 3;
    for (let channel = 0; channel < 3; channel++) samples[i * 3 + channel] = palette[from + channel] ?? 0;
  }
  const isGrey = palette.every((value, i) => value === Math.trunc(i / 3));
  return { samples, width, height, form: 'rgb', isIndexed: !isGrey };
}

/** Numbers of 1, 2, 4 or 8 bits, the first in the highest bits, row by row. */
export function unpackBits(bytes: Uint8Array, at: number, { width, height, bits, stride }: BitRows): Uint8Array {
  const numbers = new Uint8Array(width * height);
  const perByte = 8 / bits;
  const mask = (1 << bits) - 1;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const byte = bytes[at + y * stride + Math.trunc(x / perByte)] ?? 0;
      numbers[y * width + x] = (byte >> (8 - bits * ((x % perByte) + 1))) & mask;
    }
  return numbers;
}

interface BitRows {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  /** Bytes of a row. */
  readonly stride: number;
}

/** Five bits as eight, as Pillow does it. */
export const from5Bits = (value: number): number => Math.trunc(((value & 31) * 255) / 31);

/** The same picture with its last row first. */
export function flipRows({ samples, width, height, ...picture }: Picture): Picture {
  const stride = samples.length / height;
  const flipped = new Uint8Array(samples.length);
  for (let y = 0; y < height; y++) flipped.set(samples.subarray(y * stride, (y + 1) * stride), (height - 1 - y) * stride);
  return { ...picture, samples: flipped, width, height };
}
