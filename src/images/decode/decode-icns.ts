import { damagedImage, unsupportedImage } from './image-faults.js';
import type { OpenedPicture } from './opened-picture.js';
import type { Picture } from './to-rgb.js';

/** The largest picture of a Mac's icon: a PNG or a JPEG 2000 of its own, or a bitmap. */
export type IcnsPicture = { readonly file: Uint8Array } | { readonly bitmap: OpenedPicture };

/** The sides of pictures by their types, the largest first; where two are equal, in Pillow's order. */
const FILES: readonly (readonly [string, number])[] = [
  ['ic10', 1024],
  ['ic09', 512],
  ['ic14', 512],
  ['ic08', 256],
  ['ic13', 256],
  ['ic07', 128],
  ['it32', 128],
  ['icp6', 64],
  ['ic12', 64],
  ['ih32', 48],
  ['icp5', 32],
  ['ic11', 32],
  ['il32', 32],
  ['icp4', 16],
  ['is32', 16],
];

/** The beginnings of PNG and JPEG 2000: an icon in an icon has no end. */
const PICTURE = /^(?:\x89PNG|\xff\x4f\xff|[\s\S]{4}jP {2})/;

/** Finds the largest picture, as Pillow does; alpha is dropped. */
export function openIcns(bytes: Uint8Array): IcnsPicture {
  const parts = readParts(bytes);
  const [type, side] = FILES.find(([name]) => parts.has(name)) ?? [];
  if (type === undefined || side === undefined) throw unsupportedImage('ICNS icons without a picture of 24 bits');
  const data = parts.get(type) as Uint8Array;
  if (!type.endsWith('32')) {
    if (PICTURE.test(Buffer.from(data.subarray(0, 12)).toString('latin1'))) return { file: data };
    throw unsupportedImage('ICNS icons whose largest picture is neither PNG nor JPEG 2000');
  }
  const runs = type === 'it32' ? data.subarray(4) : data; // four zeros come first
  return { bitmap: { width: side, height: side, decode: () => decodeBitmap(runs, side) } };
}

function readParts(bytes: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const parts = new Map<string, Uint8Array>();
  for (let at = 8; at + 8 <= bytes.length; ) {
    const type = Buffer.from(bytes.subarray(at, at + 4)).toString('latin1');
    const length = view.getUint32(at + 4);
    if (length < 8 || at + length > bytes.length) throw damagedImage('ICNS icon', 'a picture of it goes on beyond the end of the file');
    parts.set(type, bytes.subarray(at + 8, at + length));
    at += length;
  }
  if (parts.size === 0) throw damagedImage('ICNS icon', 'it ends within its header');
  return parts;
}

/** Red, green and blue one after the other, each with run lengths; or all pixels as they are. */
function decodeBitmap(runs: Uint8Array, side: number): Picture {
  const pixels = side * side;
  const samples = new Uint8Array(pixels * 3);
  if (runs.length === samples.length) return { samples: new Uint8Array(runs), width: side, height: side, form: 'rgb' };
  let at = 0;
  for (let channel = 0; channel < 3; channel++)
    for (let pixel = 0; pixel < pixels; ) {
      const head = runs[at++];
      if (head === undefined) throw damagedImage('ICNS icon', 'its pixels go on beyond the end of the file');
      const length = head < 128 ? head + 1 : head - 125;
      for (let i = 0; i < length && pixel < pixels; i++) samples[pixel++ * 3 + channel] = runs[head < 128 ? at + i : at] ?? 0;
      at += head < 128 ? length : 1;
    }
  return { samples, width: side, height: side, form: 'rgb' };
}
