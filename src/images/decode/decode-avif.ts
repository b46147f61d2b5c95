import { heifBrandsOf } from '../image-format.js';
import { readAv1Colours } from './av1-colours.js';
import { type AvifDescription, type Box, describeAvif, withColours } from './avif-boxes.js';
import type { OpenSharp } from './open-sharp.js';
import { CHANNELS, type Picture } from './to-rgb.js';
import { chooseYuvMatrix, type YuvMatrix, yuvToRgb } from './yuv-to-rgb.js';

/** An AVIF made ready for libvips: its bytes, changed so that planes come out as they are stored. */
export interface OpenedAvif {
  readonly bytes: Uint8Array;
  /** What `irot` and `imir` ask for, as EXIF numbers it; 1 where they are absent. */
  readonly orientation: number;
  decode(open: OpenSharp): Promise<Picture>;
}

/** Whether a file says that it is of the HEIF family. */
export const isHeif = (bytes: Uint8Array): boolean => heifBrandsOf(bytes).some((brand) => /^(?:hei|hev|mif1|msf1|avi[fs])/.test(brand));

/** The boxes that hold a codec's settings. */
const CODECS: Record<string, string> = {
  av1C: 'AV1',
  hvcC: 'HEVC',
  vvcC: 'VVC',
  avcC: 'AVC',
  jpgC: 'JPEG',
  j2kH: 'JPEG 2000',
  uncC: 'uncompressed',
};

/** The codec of a HEIF's first picture; undefined where its description cannot be read. */
export function heifCodec(bytes: Uint8Array): string | undefined {
  const properties = describeAvif(new DataView(bytes.buffer, bytes.byteOffset, bytes.length))?.properties;
  return properties?.map(({ type }) => CODECS[type]).find((codec) => codec !== undefined);
}

/**
 * Opens an AVIF so that it decodes to Pillow's pixels. libheif repeats chroma where libavif, which Pillow uses, interpolates it. So
 * the colours are declared to be red, green and blue: libheif then hands out the planes as they are, and the conversion is done here.
 * Rotation, mirror and crop are undone likewise: Pillow applies the first two after the conversion, and ignores the crop.
 */
export function openAvif(original: Uint8Array): OpenedAvif {
  const bytes = new Uint8Array(addColours(original) ?? original);
  const view = new DataView(bytes.buffer);
  bytes.set(Buffer.from('avif'), 8); // an animation (avis) describes its first picture as a still image does; sharp refuses the brand
  const description = describeAvif(view);
  if (!description) return { bytes, orientation: 1, decode: (open) => decodePlain(open, bytes) };
  const orientation = readOrientation(view, description.properties);
  undoGeometry(view, description.properties);
  const planes = readPlanes(view, description);
  if (planes) for (const { start } of description.colours) declareRgb(view, start);
  return {
    bytes,
    orientation,
    async decode(open) {
      const picture = await decodePlain(open, bytes);
      if (planes && CHANNELS[picture.form] >= 3) yuvToRgb(picture, planes);
      return description.isPremultiplied && picture.form === 'rgba' ? { ...picture, samples: unattenuate(picture.samples) } : picture;
    },
  };
}

/** Where only the stream says what its colours are, as in sharp's own files, a `colr` box that says it too. */
function addColours(bytes: Uint8Array): Uint8Array | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const description = describeAvif(view);
  if (!description?.places || description.streamAt === undefined || description.properties.some((box) => description.colours.includes(box)))
    return undefined;
  const colours = readAv1Colours(bytes.subarray(description.streamAt));
  return colours && withColours(bytes, description.places, colours);
}

async function decodePlain(open: OpenSharp, bytes: Uint8Array): Promise<Picture> {
  const { data, info } = await open(bytes).toColourspace('srgb').raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const form = (['grey', 'grey-alpha', 'rgb', 'rgba'] as const)[channels - 1] ?? 'rgba';
  return { samples: data, width, height, form };
}

/** Colours over alpha, as libyuv's ARGBUnattenuate rounds them: by a table of 65536 / alpha, and 256 for opaque. [height, width, 4] */
function unattenuate(samples: Uint8Array): Uint8Array {
  const mapped = new Uint8Array(samples);
  for (let i = 0; i < samples.length; i++) {
    const alpha = samples[i | 3] as number;
    const inverse = alpha === 0 ? 0 : alpha === 255 ? 256 : Math.min(0xffff, Math.trunc(0x10000 / alpha));
    if ((i & 3) !== 3) mapped[i] = Math.min(255, Math.trunc(((samples[i] as number) * 257 * inverse) / 65536));
  }
  return mapped;
}

/** Matrix 0 means that the planes are green, blue and red; in full range they are copied. */
function declareRgb(view: DataView, colr: number): void {
  view.setUint16(colr + 8, 0);
  view.setUint8(colr + 10, 0x80);
}

/** How the first picture's planes become RGB, where libavif has libyuv do it and the file itself says how. */
function readPlanes(view: DataView, { properties, colours }: AvifDescription): YuvMatrix | undefined {
  const colr = properties.find((box) => colours.includes(box));
  const av1c = properties.find(({ type }) => type === 'av1C');
  if (!colr || !av1c) return undefined;
  const flags = view.getUint8(av1c.start + 2);
  const [isGrey, isHalfWide, isHalfHigh] = [16, 8, 4].map((bit) => (flags & bit) !== 0) as [boolean, boolean, boolean];
  return chooseYuvMatrix({
    isGrey,
    isHalfWide,
    isHalfHigh,
    primaries: view.getUint16(colr.start + 4),
    matrix: view.getUint16(colr.start + 8),
    isFullRange: (view.getUint8(colr.start + 10) & 0x80) !== 0,
  });
}

/** Pillow's irot_imir_to_exif_orientation: quarter turns against the clock, then a mirror. */
function readOrientation(view: DataView, properties: readonly Box[]): number {
  const value = (wanted: string): number | undefined => {
    const box = properties.find(({ type }) => type === wanted);
    return box && view.getUint8(box.start);
  };
  const turns = (value('irot') ?? 0) & 3;
  const axis = value('imir');
  if (axis === undefined) return [1, 8, 3, 6][turns] as number;
  return (((axis & 1) === 1 ? [2, 7, 4, 5] : [4, 5, 2, 7]) as number[])[turns] as number;
}

function undoGeometry(view: DataView, properties: readonly Box[]): void {
  const size = properties.find(({ type }) => type === 'ispe');
  for (const { type, start } of properties) {
    if (type === 'irot') view.setUint8(start, 0);
    if (type === 'imir') {
      view.setUint32(start - 4, 0x69726f74); // "irot"
      view.setUint8(start, 0);
    }
    if (type !== 'clap' || !size) continue;
    const whole = [view.getUint32(size.start + 4), 1, view.getUint32(size.start + 8), 1, 0, 1, 0, 1];
    for (const [i, number] of whole.entries()) view.setUint32(start + 4 * i, number);
  }
}
