import type { Metadata } from 'sharp';
import { LabelwiseError, messageOf } from '../errors.js';
import { loadSharp } from './load-sharp.js';
import type { ImageLimits } from './read-image.js';
import type { RgbImage } from './rgb-image.js';

/** An image's pixels, with the size that it has: fast decoding gives fewer. */
export interface DecodedImage extends RgbImage {
  readonly original: { readonly width: number; readonly height: number };
}

export interface DecodeOptions {
  /**
   * The shorter side that the encoder's resize makes. Given, a JPEG of at least six times this is decoded at a fraction of its
   * size, never below twice this: faster, but no longer Pillow's very pixels (docs/guides/speed.md). Other images are not touched.
   */
  readonly atLeast?: number | undefined;
}

/**
 * Decodes to 8-bit RGB with the pixels that Pillow's ImageOps.exif_transpose(image).convert('RGB') gives: EXIF orientation
 * applied, alpha dropped, grey repeated, colour profiles ignored, CMYK inverted plainly, the high byte of 16 bits, first frame.
 *
 * @throws LabelwiseError `IMAGE_UNSUPPORTED`, `IMAGE_DAMAGED` or `IMAGE_TOO_LARGE`
 */
export async function decodeImage(bytes: Uint8Array, limits: ImageLimits, { atLeast }: DecodeOptions = {}): Promise<DecodedImage> {
  const sharp = loadSharp();
  const options = { limitInputPixels: false, failOn: 'error', ignoreIcc: true } as const;
  const metadata = await sharp(bytes, options)
    .metadata()
    .catch((error: unknown) => {
      const size = pngSize(bytes); // libpng refuses to begin with such sizes, and says nothing of them
      if (size) refuseIfLarger(size, limits);
      throw toUnsupported(bytes, error);
    });
  refuse(metadata, limits);
  const isCmyk = metadata.space === 'cmyk';
  let image = sharp(bytes, options).autoOrient();
  const small = isCmyk || metadata.format !== 'jpeg' || atLeast === undefined ? undefined : shrunkSize(metadata, atLeast);
  if (small) image = image.resize({ ...small, fit: 'fill' });
  image = isCmyk ? image.pipelineColourspace('cmyk').toColourspace('cmyk') : image.toColourspace('srgb').removeAlpha();
  const { data, info } = await image
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => {
      throw new LabelwiseError('IMAGE_DAMAGED', `The ${metadata.format} image is cut short or broken: ${firstLine(error)}.`, {
        hint: 'Copy it again from where it came, or open and save it in an image program.',
        cause: error,
      });
    });
  const { width, height, channels } = info;
  const rgb = isCmyk ? cmykToRgb(data, channels, width * height) : channels === 3 ? data : repeatGrey(data, channels, width * height);
  return { data: rgb, width, height, original: small ? metadata.autoOrient : { width, height } };
}

/**
 * The size to ask for so that libjpeg decodes at 1/8, 1/4 or 1/2. sharp has no such setting of its own: it picks the fraction
 * from the reduction, and where that is just 8, 4 or 2 it takes the next weaker one. So one more is asked for, and libvips
 * (lanczos3) does the rest, 9/8, 5/4 or 3/2.
 */
function shrunkSize({ autoOrient }: Metadata, atLeast: number): { width: number; height: number } | undefined {
  const { width, height } = autoOrient;
  const factor = [9, 5, 3].find((candidate) => Math.floor(Math.min(width, height) / candidate) >= 2 * atLeast);
  return factor === undefined ? undefined : { width: Math.floor(width / factor), height: Math.floor(height / factor) };
}

function refuse(metadata: Metadata, limits: ImageLimits): void {
  const { format, width = 0, height = 0 } = metadata;
  if ((format === 'svg' || format === 'pdf') && !limits.allowSvg) {
    throw new LabelwiseError('IMAGE_UNSUPPORTED', `Expected a picture made of pixels, got ${format?.toUpperCase()}.`, {
      hint: 'Save it as PNG first, or allow it with --allow-svg (allowSvg) if you trust the file.',
    });
  }
  refuseIfLarger({ width, height }, limits);
}

function refuseIfLarger({ width, height }: { width: number; height: number }, { maxImageMegapixels }: ImageLimits): void {
  const megapixels = (width * height) / 1e6;
  if (megapixels <= maxImageMegapixels) return;
  const shown = [1, 3, 6].map((digits) => megapixels.toFixed(digits)).find((text) => Number(text) > maxImageMegapixels) ?? `${megapixels}`;
  throw new LabelwiseError(
    'IMAGE_TOO_LARGE',
    `Expected at most ${maxImageMegapixels} megapixels, got ${megapixels < 1e4 ? shown : Math.round(megapixels).toLocaleString('en')} (${width} x ${height}).`,
    { hint: 'Raise the limit with --max-image-megapixels (maxImageMegapixels) if you trust the file.' },
  );
}

/** The size in the header of a PNG. */
function pngSize(bytes: Uint8Array): { width: number; height: number } | undefined {
  const head = Buffer.from(bytes.subarray(0, 24));
  if (head.length < 24 || head.toString('latin1', 0, 16) !== '\x89PNG\r\n\x1A\n\0\0\0\rIHDR') return undefined;
  return { width: head.readUInt32BE(16), height: head.readUInt32BE(20) };
}

function toUnsupported(bytes: Uint8Array, error: unknown): LabelwiseError {
  const brand = Buffer.from(bytes.subarray(4, 12)).toString('latin1');
  if (/^ftyp(?:hei|hev|mif1|msf1)/.test(brand)) {
    return new LabelwiseError('IMAGE_UNSUPPORTED', 'The image is HEIC, and the decoder here lacks its codec (HEVC).', {
      hint: 'Export it as JPEG, or install sharp built against a libvips with HEVC.',
      cause: error,
    });
  }
  const line = firstLine(error);
  if (/unsupported image format/.test(line)) {
    return new LabelwiseError('IMAGE_UNSUPPORTED', 'Expected a JPEG, PNG, WebP, GIF, TIFF or AVIF image, got something else.', {
      hint: 'Look at what the file really holds; its name alone does not make it an image.',
      cause: error,
    });
  }
  const reason = /corrupt header/.test(line) ? 'its header cannot be read' : line;
  return new LabelwiseError('IMAGE_DAMAGED', `The image is cut short or broken: ${reason}.`, {
    hint: 'Copy it again from where it came, or open and save it in an image program.',
    cause: error,
  });
}

function firstLine(error: unknown): string {
  return (messageOf(error).split('\n')[0] ?? '').replace(/\.$/, '');
}

function repeatGrey(data: Uint8Array, channels: number, pixels: number): Uint8Array {
  const rgb = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) rgb.fill(data[i * channels] as number, i * 3, i * 3 + 3);
  return rgb;
}

/** Pillow's cmyk2rgb, its rounding of a * b / 255 included. */
function cmykToRgb(data: Uint8Array, channels: number, pixels: number): Uint8Array {
  const rgb = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) {
    const light = 255 - (data[i * channels + 3] as number);
    for (let channel = 0; channel < 3; channel++) {
      const product = (data[i * channels + channel] as number) * light + 128;
      rgb[i * 3 + channel] = light - ((product + (product >> 8)) >> 8);
    }
  }
  return rgb;
}
