import type { Metadata } from 'sharp';
import { LabelwiseError } from '../errors.js';
import { isLfsPointer } from '../files/lfs-pointer.js';
import { heifCodec, isHeif, openAvif } from './decode/decode-avif.js';
import { decodeCost, rowsCost } from './decode/decode-cost.js';
import { openIcns } from './decode/decode-icns.js';
import { openIco } from './decode/decode-ico.js';
import { readTiffForm, type TiffForm } from './decode/decode-tiff.js';
import { findOpener } from './decode/find-opener.js';
import { damagedImage, toImageFault, unsupportedImage } from './decode/image-faults.js';
import { type OpenRows, openJpegRows } from './decode/jpeg-rows.js';
import { type OpenSharp, sharpOpener } from './decode/open-sharp.js';
import type { OpenedPicture } from './decode/opened-picture.js';
import { findOrientation, inXmp, orient } from './decode/orientation.js';
import { findRawPreview } from './decode/raw-preview.js';
import { type Picture, type PictureForm, toRgb } from './decode/to-rgb.js';
import { imageFormatOf, isAvif } from './image-format.js';
import { decodeBudget } from './pool/byte-budget.js';
import { RAW_FORMATS } from './raw-format.js';
import type { ImageLimits } from './read-image.js';
import type { RgbImage } from './rgb-image.js';

/** An image's pixels, with the size that it has: fast decoding gives fewer. */
export interface DecodedImage extends RgbImage {
  readonly original: { readonly width: number; readonly height: number };
  /** The samples before they became RGB, where `keepsForm` asks for them. */
  readonly unconverted?: Picture;
}

export interface DecodeOptions {
  /**
   * The shorter side that the encoder's resize makes. Given, a JPEG of at least six times this is decoded at a fraction of its
   * size, never below twice this: faster, but no longer Pillow's very pixels (docs/guides/speed.md). Other images are not touched.
   */
  readonly atLeast?: number | undefined;
  /** Keep the samples as the file stores them too, for a transform that resizes before it converts to RGB. */
  readonly keepsForm?: boolean | undefined;
  /** Waits until there is memory to decode; by default, this process's own budget. */
  readonly acquire?: ((bytes: number) => Promise<() => void>) | undefined;
}

/**
 * Decodes to 8-bit RGB with the pixels that Pillow's ImageOps.exif_transpose(image).convert('RGB') gives: orientation of EXIF or XMP
 * applied, alpha dropped, grey repeated, colour profiles ignored, CMYK inverted plainly, first frame. 16-bit grey gives its high
 * byte, which Pillow clips to white (docs/reference/image-formats.md).
 *
 * @throws LabelwiseError `IMAGE_UNSUPPORTED`, `IMAGE_DAMAGED`, `IMAGE_TOO_LARGE` or `NATIVE_LIBRARY_MISSING`
 */
export async function decodeImage(bytes: Uint8Array, limits: ImageLimits, options: DecodeOptions = {}): Promise<DecodedImage> {
  return decodeOpened(await openImage(bytes, limits, options), options);
}

/** The second half of decodeImage. */
export async function decodeOpened({ bytesNeeded, original, decode }: OpenedImage, options: DecodeOptions): Promise<DecodedImage> {
  const release = await (options.acquire ?? ((count) => decodeBudget.acquire(count)))(bytesNeeded);
  try {
    const picture = await decode();
    const { width, height, form, isIndexed } = picture;
    const isConverted = form === 'rgb' && !isIndexed;
    const unconverted = options.keepsForm && !isConverted ? { unconverted: picture } : {};
    return { data: toRgb(picture), width, height, original: original ?? { width, height }, ...unconverted };
  } finally {
    release();
  }
}

/** An image whose header was read and accepted. */
export interface OpenedImage {
  readonly bytesNeeded: number;
  /** The size the right way up, where it will be decoded to another. */
  readonly original?: { readonly width: number; readonly height: number } | undefined;
  decode(): Promise<Picture>;
  /** Where it can be decoded row by row too. */
  readonly byRows?: StoredRows | undefined;
}

/** The rows of a picture as its file stores it. */
export interface StoredRows {
  readonly bytesNeeded: number;
  readonly width: number;
  readonly height: number;
  /** EXIF's, 1 to 8: how the picture is turned upright. */
  readonly orientation: number;
  /** undefined where that cannot be done here */
  open(): OpenRows | undefined;
}

/** The first half of decodeImage: reads the header. @throws LabelwiseError as decodeImage does */
export async function openImage(bytes: Uint8Array, limits: ImageLimits, options: DecodeOptions): Promise<OpenedImage> {
  const open = sharpOpener();
  const format = imageFormatOf(bytes);
  if (format !== undefined && RAW_FORMATS.includes(format)) return openRaw(bytes, format, { limits, options });
  if (format === 'icns') {
    const icon = openIcns(bytes);
    return 'file' in icon ? openImage(icon.file, limits, options) : toOpened(icon.bitmap, limits);
  }
  if (format === 'ico' || format === 'cur') {
    const icon = openIco(bytes);
    return 'png' in icon ? openImage(icon.png, limits, options) : toOpened(icon.bitmap, limits);
  }
  const opener = format === 'heic' && heifCodec(bytes) === 'AV1' ? undefined : await findOpener(format);
  if (opener) return toOpened(await opener(bytes), limits);
  if (isAvif(bytes)) {
    const avif = openAvif(bytes);
    const metadata = await readMetadata(open, avif.bytes, limits);
    const orientation = metadata.exif || avif.orientation !== 1 ? avif.orientation : (inXmp(metadata.xmp) ?? 1);
    return { bytesNeeded: decodeCost(metadata), decode: async () => orient(await faultsOf('avif', avif.decode(open)), orientation) };
  }
  const metadata = await readMetadata(open, bytes, limits);
  if (metadata.format === 'tiff') {
    const tiff = readTiffForm(bytes);
    const orientation = findOrientation(metadata);
    const { decode } = tiff;
    if (decode)
      return { bytesNeeded: decodeCost(metadata), decode: async () => orient(await faultsOf('tiff', decode(open, metadata)), orientation) };
    return decodeBySharp(bytes, { open, metadata, tiff }, options);
  }
  return decodeBySharp(bytes, { open, metadata, tiff: undefined }, options);
}

function toOpened(picture: OpenedPicture, limits: ImageLimits): OpenedImage {
  const { width, height, bytesNeeded = width * height * 6 } = picture;
  refuseIfLarger(picture, limits);
  return { bytesNeeded, decode: async () => picture.decode() };
}

/** The preview of full size in a raw file; it is turned as it says itself, else as the file does. */
async function openRaw(
  bytes: Uint8Array,
  format: string,
  { limits, options }: { limits: ImageLimits; options: DecodeOptions },
): Promise<OpenedImage> {
  const preview = findRawPreview(bytes);
  if (!preview) throw unsupportedImage(`${format.toUpperCase()} files without a preview: it reads no samples of a sensor`);
  const open = sharpOpener();
  const metadata = await readMetadata(open, preview.bytes, limits);
  const turn = metadata.orientation ?? preview.orientation;
  return decodeBySharp(preview.bytes, { open, metadata, tiff: undefined, turn }, options);
}

async function readMetadata(open: OpenSharp, bytes: Uint8Array, limits: ImageLimits): Promise<Metadata> {
  const metadata = await open(bytes)
    .metadata()
    .catch((error: unknown) => {
      const size = pngSize(bytes); // libpng refuses to begin with such sizes, and says nothing of them
      if (size) refuseIfLarger(size, limits);
      throw toUnreadable(bytes, error);
    });
  refuse(metadata, limits);
  return metadata;
}

/** Whatever libvips reads as Pillow does. */
function decodeBySharp(
  bytes: Uint8Array,
  { open, metadata, tiff, turn }: { open: OpenSharp; metadata: Metadata; tiff: TiffForm | undefined; turn?: number },
  { atLeast, keepsForm }: DecodeOptions,
): OpenedImage {
  const orientation = turn ?? findOrientation(metadata);
  const isOwnTurn = orientation !== (metadata.orientation ?? 1);
  const isCmyk = metadata.space === 'cmyk';
  const small = isCmyk || isOwnTurn || metadata.format !== 'jpeg' || atLeast === undefined ? undefined : shrunkSize(metadata, atLeast);
  let image = isOwnTurn ? open(bytes) : open(bytes).autoOrient();
  if (small) image = image.resize({ ...small, fit: 'fill' });
  image = isCmyk ? image.pipelineColourspace('cmyk').toColourspace('cmyk') : image.toColourspace('srgb');
  const keepsAlpha = keepsForm && hasAlpha(bytes, metadata, tiff);
  if (!isCmyk && !keepsAlpha) image = image.removeAlpha();
  return {
    bytesNeeded: decodeCost(metadata),
    original: small && metadata.autoOrient,
    byRows: small ? undefined : findRows(bytes, metadata, orientation),
    async decode() {
      const { data, info } = await faultsOf(metadata.format, image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true }));
      const { width, height, channels } = info;
      const form = isCmyk ? 'cmyk' : ((['grey', 'grey-alpha', 'rgb', 'rgba'] as const)[channels - 1] as PictureForm);
      const samples = isCmyk && channels > 4 ? dropExtra(data, channels) : data;
      const isIndexed = tiff?.isIndexed ?? (metadata.format === 'png' && (metadata.isPalette || metadata.bitsPerSample === 1));
      const picture: Picture = { samples, width, height, form, isIndexed };
      return isOwnTurn ? orient(picture, orientation) : picture;
    },
  };
}

function findRows(bytes: Uint8Array, metadata: Metadata, orientation: number): StoredRows | undefined {
  const { format, space, channels, width, height } = metadata;
  if (format !== 'jpeg' || space !== 'srgb' || channels !== 3) return undefined;
  const turn = orientation >= 1 && orientation <= 8 ? orientation : 1;
  return { bytesNeeded: rowsCost(metadata), width, height, orientation: turn, open: () => openJpegRows(bytes, { width, height }) };
}

/** Whether Pillow opens it with an alpha channel of its own: a PNG's single transparent colour is none, nor is a palette's. */
function hasAlpha(bytes: Uint8Array, metadata: Metadata, tiff: TiffForm | undefined): boolean {
  if (tiff) return tiff.hasAlpha;
  return metadata.hasAlpha && (metadata.format !== 'png' || ((bytes[25] as number) & 4) !== 0);
}

function dropExtra(data: Uint8Array, channels: number): Uint8Array {
  const samples = new Uint8Array((data.length / channels) * 4);
  for (let from = 0, to = 0; from < data.length; from += channels, to += 4) samples.set(data.subarray(from, from + 4), to);
  return samples;
}

/** What sharp rejects with, as the fault of an image. */
function faultsOf<T>(format: string, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw error instanceof LabelwiseError ? error : toImageFault(`${format} image`, error);
  });
}

/**
 * The size to request so that libjpeg decodes at 1/8, 1/4 or 1/2. sharp has no such setting: it picks the fraction
 * from the reduction, and if that is exactly 8, 4 or 2, it takes the next weaker one. So we request one more, and libvips
 * (lanczos3) does the rest, 9/8, 5/4 or 3/2.
 */
function shrunkSize({ autoOrient }: Metadata, atLeast: number): { width: number; height: number } | undefined {
  const { width, height } = autoOrient;
  const factor = [9, 5, 3].find((candidate) => Math.floor(Math.min(width, height) / candidate) >= 2 * atLeast);
  return factor === undefined ? undefined : { width: Math.floor(width / factor), height: Math.floor(height / factor) };
}

function refuse(metadata: Metadata, limits: ImageLimits): void {
  const { format, compression, width = 0, height = 0 } = metadata;
  if ((format === 'svg' || format === 'pdf') && !limits.allowSvg) {
    throw new LabelwiseError('IMAGE_UNSUPPORTED', `Expected a picture made of pixels, got ${format?.toUpperCase()}.`, {
      hint: 'Save it as PNG first, or allow it with `allowSvg` if you trust the file.',
    });
  }
  if (format === 'heif' && compression !== 'av1') throw unsupportedHeif(compression?.toUpperCase() ?? 'HEVC');
  refuseIfLarger({ width, height }, limits);
}

function unsupportedHeif(codec: string, cause?: unknown): LabelwiseError {
  return unsupportedImage(`${codec === 'HEVC' ? 'HEIC' : 'HEIF'} images: the decoder here lacks their codec (${codec})`, cause);
}

function refuseIfLarger({ width, height }: { width: number; height: number }, { maxImageMegapixels }: ImageLimits): void {
  const megapixels = (width * height) / 1e6;
  if (megapixels <= maxImageMegapixels) return;
  const shown = [1, 3, 6].map((digits) => megapixels.toFixed(digits)).find((text) => Number(text) > maxImageMegapixels) ?? `${megapixels}`;
  throw new LabelwiseError(
    'IMAGE_TOO_LARGE',
    `Expected at most ${maxImageMegapixels} megapixels, got ${megapixels < 1e4 ? shown : Math.round(megapixels).toLocaleString('en')} (${width} x ${height}).`,
    { hint: 'Raise the limit with `maxImageMegapixels` if you trust the file.' },
  );
}

/** The size in the header of a PNG. */
function pngSize(bytes: Uint8Array): { width: number; height: number } | undefined {
  const head = Buffer.from(bytes.subarray(0, 24));
  if (head.length < 24 || head.toString('latin1', 0, 16) !== '\x89PNG\r\n\x1A\n\0\0\0\rIHDR') return undefined;
  return { width: head.readUInt32BE(16), height: head.readUInt32BE(20) };
}

/** Formats that are decoded here: a file that begins as one and is not recognised has lost what follows. */
const DECODED = ['jpeg', 'png', 'webp', 'tiff', 'avif'];

function toUnreadable(bytes: Uint8Array, error: unknown): LabelwiseError {
  const codec = heifCodec(bytes);
  if (isHeif(bytes) && (codec === undefined ? !isAvif(bytes) : codec !== 'AV1')) return unsupportedHeif(codec ?? 'HEVC', error);
  const format = imageFormatOf(bytes) ?? '';
  if (format === 'tiff') readTiffForm(bytes); // says what libvips does not
  const fault = toImageFault('image', error);
  if (!/unsupported image format/.test(fault.message)) return fault;
  if (DECODED.includes(format)) return damagedImage(`${format} image`, 'its header cannot be read', error);
  const [found, hint] = otherContent(bytes);
  return new LabelwiseError('IMAGE_UNSUPPORTED', `Expected an image, got ${found}.`, {
    hint,
    cause: error,
  });
}

/** What may be in the place of an image, such as what a failed download leaves, and what to do about it. */
function otherContent(bytes: Uint8Array): readonly [string, string] {
  const text = Buffer.from(bytes.subarray(0, 64)).toString('latin1');
  if (isLfsPointer(text)) return ['a Git LFS pointer', 'Run "git lfs pull" in the folder.'];
  if (/^\s*<(?:!doctype html|html)/i.test(text))
    return ['a page of HTML', 'Download the image again: a server answered with a page instead.'];
  if (text.startsWith('PK\x03\x04')) return ['a ZIP archive', 'Unpack it, and name the folder or its images.'];
  return ['something else', 'Look at what the file really holds; its name alone does not make it an image.'];
}
