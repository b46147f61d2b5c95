import type { Metadata } from 'sharp';
import { damagedImage, unsupportedImage } from './image-faults.js';
import type { OpenSharp } from './open-sharp.js';
import { readTiffHeader, type TiffHeader } from './tiff-header.js';
import { type Picture, type PictureForm, unpremultiply } from './to-rgb.js';

const TAG = {
  width: 256,
  height: 257,
  stripLengths: 279,
  bits: 258,
  compression: 259,
  photometric: 262,
  samples: 277,
  colourMap: 320,
  extra: 338,
  sampleFormat: 339,
  jpegTables: 347,
  coefficients: 529,
  subsampling: 530,
  range: 532,
} as const;
/** Offsets and lengths of strips and of tiles. */
const RANGES = [
  [273, 279],
  [324, 325],
] as const;
const PHOTOMETRIC = { white: 0, black: 1, rgb: 2, palette: 3, cmyk: 5, ycbcr: 6 } as const;
const JPEG = [6, 7];
const COMPRESSIONS: Record<number, string> = {
  34712: 'JPEG 2000',
  34887: 'LERC',
  34925: 'LZMA',
  50000: 'ZSTD',
  50002: 'JPEG XL',
  52546: 'JPEG XL',
};
const COLOURS: Record<number, string> = { 8: 'Lab', 9: 'Lab (ICC)', 10: 'Lab (ITU)', 32844: 'LogL', 32845: 'LogLuv' };
const [UNSIGNED, SIGNED, FLOAT] = [1, 2, 3];

/** What Pillow makes of a TIFF's samples, where libvips makes something else of them. */
export interface TiffForm {
  /** The samples are not meant as libvips reads them: their bytes, as it reads them under other tags. */
  decode?(open: OpenSharp, metadata: Metadata): Promise<Picture>;
  readonly isIndexed: boolean;
  /** Samples beyond the colours that are no alpha. */
  readonly hasAlpha: boolean;
}

/**
 * Reads a TIFF's tags before it is decoded.
 *
 * @throws LabelwiseError `IMAGE_UNSUPPORTED` with the compression or colours, `IMAGE_DAMAGED` where a strip, tile or tag lies beyond the end
 */
export function readTiffForm(bytes: Uint8Array): TiffForm {
  const header = readTiffHeader(bytes);
  if (!header) throw damagedImage('TIFF image', 'its header cannot be read');
  // libtiff leaves out a tag that it cannot read, and would show a picture without its palette
  if ([...Object.values(TAG), ...RANGES.flat()].some(header.isCut))
    throw damagedImage('TIFF image', 'its tags go on beyond the end of the file');
  const first = (tag: number, otherwise: number): number => header.values(tag)[0] ?? otherwise;
  const [photometric, bits, format] = [first(TAG.photometric, 0), first(TAG.bits, 1), first(TAG.sampleFormat, UNSIGNED as number)];
  refuseForm(header, { photometric, bits, format });
  for (const [offsets, lengths] of RANGES) refuseIfCut(header.values(offsets), header.values(lengths), bytes.length);
  const isIndexed = photometric === PHOTOMETRIC.palette || bits === 1;
  const form = { isIndexed, hasAlpha: [1, 2].includes(first(TAG.extra, 0)) };
  const as = (tag: number, value: number): Uint8Array => header.withValue(tag, value);
  if (isPlainYcbcr(header, photometric)) return { ...form, decode: readYcbcr(header, as(TAG.photometric, PHOTOMETRIC.rgb)) };
  if (photometric === PHOTOMETRIC.rgb && bits === 16 && first(TAG.extra, 0) === 1)
    return { ...form, decode: readPremultiplied(as(TAG.extra, 2)) };
  if (photometric === PHOTOMETRIC.cmyk && bits === 16)
    return { ...form, decode: readSamples(as(TAG.photometric, PHOTOMETRIC.rgb), 'cmyk', (value) => value >> 8) };
  if (format === SIGNED && bits === 8) return { ...form, decode: readSamples(as(TAG.sampleFormat, UNSIGNED as number), 'grey') };
  if (format === SIGNED && bits === 16)
    return {
      ...form,
      decode: readSamples(as(TAG.sampleFormat, UNSIGNED as number), 'grey', (value) => (value < 0x8000 ? Math.min(value, 255) : 0)),
    };
  return form;
}

function refuseForm(header: TiffHeader, { photometric, bits, format }: { photometric: number; bits: number; format: number }): void {
  const compression = COMPRESSIONS[header.values(TAG.compression)[0] ?? 1];
  if (compression) throw unsupportedImage(`TIFF images compressed with ${compression}`);
  const colours = COLOURS[photometric];
  if (colours) throw unsupportedImage(`TIFF images with ${colours} colours`);
  const samples = header.values(TAG.samples)[0] ?? 1;
  if (![1, 2, 4, 8, 16, 32].includes(bits) || (samples > 1 && bits > 16) || format > FLOAT)
    throw unsupportedImage(
      `TIFF images with ${samples > 1 ? `${samples} channels of ` : ''}${bits} bits${format === FLOAT ? ' (floating point)' : ''}`,
    );
  if (format === SIGNED && samples > 1) throw unsupportedImage('TIFF images with signed colours');
}

/** libvips leaves a tile that it cannot read black; a strip it refuses by itself. */
function refuseIfCut(offsets: readonly number[], lengths: readonly number[], size: number): void {
  const isCut = offsets.some((offset, i) => offset + (lengths[i] ?? 0) > size);
  if (isCut) throw damagedImage('TIFF image', 'its pixels go on beyond the end of the file');
}

/** YCbCr whose chroma is stored for every pixel: libvips takes it for RGB. The rest goes through libtiff's own conversion. */
function isPlainYcbcr(header: TiffHeader, photometric: number): boolean {
  if (photometric !== PHOTOMETRIC.ycbcr || JPEG.includes(header.values(TAG.compression)[0] ?? 1)) return false;
  const [across, down] = header.values(TAG.subsampling);
  if (across !== undefined) return across === 1 && down === 1;
  // The standard's default is 2 by 2, and libtiff reads it so; some writers leave the tag out and mean 1 by 1.
  const [width = 0, height = 0] = [header.values(TAG.width)[0], header.values(TAG.height)[0]];
  return header.values(TAG.stripLengths).reduce((sum, length) => sum + length, 0) === width * height * 3;
}

/** Pillow converts what is not compressed by its own tables, and has libtiff convert the rest. */
function readYcbcr(header: TiffHeader, bytes: Uint8Array): NonNullable<TiffForm['decode']> {
  const read = readSamples(bytes, 'ycbcr');
  if ((header.values(TAG.compression)[0] ?? 1) === 1) return read;
  return async (open, metadata) => {
    const picture = await read(open, metadata);
    return { ...picture, samples: ycbcrByLibtiff(picture.samples, header), form: 'rgb' };
  };
}

/** libtiff's TIFFYCbCrtoRGB, by the coefficients and the reference black and white of the file, in 65536ths. */
function ycbcrByLibtiff(samples: Uint8Array, header: TiffHeader): Uint8Array {
  const given = (tag: number, usual: number[]): number[] => {
    const values = header.fractions(tag);
    return values.length === usual.length ? [...values] : usual;
  };
  const [red, green, blue] = given(TAG.coefficients, [0.299, 0.587, 0.114]) as [number, number, number];
  const range = given(TAG.range, [0, 255, 128, 255, 128, 255]);
  const fixed = (value: number): number => Math.trunc(Math.min(2, Math.max(0, value)) * 65536 + 0.5);
  const stretch = (first: number, offset: number, top: number): Int32Array => {
    const [black, white] = [(range[first] as number) - offset, (range[first + 1] as number) - offset];
    const value = (code: number): number => ((code - offset - Math.trunc(black)) * top) / (white - black || 1);
    return Int32Array.from({ length: 256 }, (_, code) => Math.max(-4096, Math.min(4096, value(code))));
  };
  const [luma, cbs, crs] = [stretch(0, 0, 255), stretch(2, 128, 127), stretch(4, 128, 127)];
  const [redCr, blueCb] = [fixed(2 - 2 * red), fixed(2 - 2 * blue)];
  const [greenCr, greenCb] = [fixed((red * (2 - 2 * red)) / green), fixed((blue * (2 - 2 * blue)) / green)];
  const rgb = new Uint8ClampedArray(samples.length);
  for (let i = 0; i < samples.length; i += 3) {
    const y = luma[samples[i] as number] as number;
    const [cb, cr] = [cbs[samples[i + 1] as number] as number, crs[samples[i + 2] as number] as number];
    rgb[i] = y + ((redCr * cr + 32768) >> 16);
    rgb[i + 1] = y + ((32768 - greenCb * cb - greenCr * cr) >> 16);
    rgb[i + 2] = y + ((blueCb * cb + 32768) >> 16);
  }
  return new Uint8Array(rgb.buffer);
}

/** Pillow takes the high bytes before it divides by alpha. */
function readPremultiplied(bytes: Uint8Array): NonNullable<TiffForm['decode']> {
  const read = readSamples(bytes, 'rgba', (value) => value >> 8);
  return async (open, metadata) => {
    const picture = await read(open, metadata);
    return { ...picture, samples: unpremultiply(picture.samples, 4) };
  };
}

/** Has libvips read samples under tags that make it leave them as they are. */
function readSamples(bytes: Uint8Array, form: PictureForm, toByte?: (value: number) => number): NonNullable<TiffForm['decode']> {
  return async (open, { depth }) => {
    const isWide = depth === 'ushort' || depth === 'short';
    const image = open(bytes).toColourspace(form === 'grey' ? (isWide ? 'grey16' : 'b-w') : isWide ? 'rgb16' : 'srgb');
    const { data, info } = await image.raw({ depth: isWide ? 'ushort' : 'uchar' }).toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    if (!isWide || !toByte) return { samples: data, width, height, form };
    const wide = new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
    return { samples: Uint8Array.from(wide, toByte), width, height, form };
  };
}
