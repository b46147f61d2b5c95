import type { Metadata } from 'sharp';
import { readOrientation } from '../resize/turn-plan.js';
import { readTiffHeader } from './tiff-header.js';
import { CHANNELS, type Picture } from './to-rgb.js';

const ORIENTATION_TAG = 0x112;

/** The orientation, 1 to 8, that Pillow's exif_transpose follows: EXIF's, else a PNG's raw profile's, else XMP's. */
export function findOrientation({ orientation, comments, xmp }: Pick<Metadata, 'orientation' | 'comments' | 'xmp'>): number {
  return orientation ?? inRawProfile(comments) ?? inXmp(xmp) ?? 1;
}

/** Programs before PNG's eXIf chunk wrote EXIF as text: a name, a length, then hexadecimal digits. */
function inRawProfile(comments: Metadata['comments']): number | undefined {
  const text = comments?.find(({ keyword }) => keyword === 'Raw profile type exif')?.text;
  if (text === undefined) return undefined;
  const exif = Buffer.from(text.split('\n').slice(3).join(''), 'hex');
  return readTiffHeader(exif.subarray(exif.toString('latin1', 0, 4) === 'Exif' ? 6 : 0))?.values(ORIENTATION_TAG)[0];
}

export function inXmp(xmp: Uint8Array | undefined): number | undefined {
  const match = /tiff:Orientation(?:="|>)([0-9])/.exec(Buffer.from(xmp ?? []).toString('latin1'));
  return match ? Number(match[1]) : undefined;
}

/** The picture turned or mirrored as its orientation says. */
export function orient(picture: Picture, orientation: number): Picture {
  if (!(orientation >= 2 && orientation <= 8)) return picture;
  const { samples, width, height, form } = picture;
  const channels = CHANNELS[form];
  const { isTurned, isMirrored, isFlipped } = readOrientation(orientation);
  const size = isTurned ? { width: height, height: width } : { width, height };
  const turned = new Uint8Array(samples.length);
  let to = 0;
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) {
      const [column, row] = isTurned ? [y, x] : [x, y];
      const from = ((isFlipped ? height - 1 - row : row) * width + (isMirrored ? width - 1 - column : column)) * channels;
      for (let channel = 0; channel < channels; channel++) turned[to++] = samples[from + channel] as number;
    }
  }
  return { ...picture, samples: turned, ...size };
}
