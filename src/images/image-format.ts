import { isBmp } from './decode/decode-bmp.js';
import { isCur, isIco } from './decode/decode-ico.js';
import { isPcx } from './decode/decode-pcx.js';
import { isSgi } from './decode/decode-sgi.js';
import { isTga } from './decode/decode-tga.js';
import { RAW_FORMATS, rawFormatOf } from './raw-format.js';

/** In the words of MIME types. */
const SIGNATURES: readonly (readonly [string, RegExp])[] = [
  ['jpeg', /^\xff\xd8\xff/],
  ['png', /^\x89PNG\r\n/],
  ['gif', /^GIF8[79]a/],
  ['webp', /^RIFF[\s\S]{4}WEBP/],
  ['heic', /^[\s\S]{4}ftyp(?:hei|hev|mif1|msf1)/],
  ['tiff', /^(?:II[*+]\0|MM\0[*+])/],
  ['jxl', /^(?:[\s\S]{4}JXL |\xff\n)/],
  ['jp2', /^(?:\0\0\0\fjP {2}\r\n\x87\n|\xff\x4f\xff\x51)/],
  ['pnm', /^P[1-7]\s/],
  ['psd', /^8BPS\0/],
  ['qoi', /^qoif/],
  ['icns', /^icns/],
  ['svg', /^(?:\xef\xbb\xbf)?\s*<(?:\?xml|svg)/],
  ['pdf', /^%PDF-/],
];

/** Those that only several fields of their header tell from something else. */
const HEADERS: readonly (readonly [string, (bytes: Uint8Array) => boolean])[] = [
  ['bmp', isBmp],
  ['ico', isIco],
  ['cur', isCur],
  ['pcx', isPcx],
  ['sgi', isSgi],
  ['tga', isTga],
];

/** Where the brands of a HEIF file are. */
export const HEIF_HEAD_BYTES = 256;

/** The brands of the HEIF family: the file's own, then those that it is compatible with. */
export function heifBrandsOf(bytes: Uint8Array): string[] {
  const head = Buffer.from(bytes.subarray(0, HEIF_HEAD_BYTES)).toString('latin1');
  if (!head.startsWith('ftyp', 4)) return [];
  const brands = head.slice(8, Math.max(12, (bytes[2] as number) * 256 + (bytes[3] as number)));
  return brands.match(/[\s\S]{4}/g)?.filter((_, i) => i !== 1) ?? []; // the second is the version
}

/** Whether a file says that it is an AVIF, animated ones too: many say so only after `mif1`, the brand of all pictures in HEIF. */
export const isAvif = (bytes: Uint8Array): boolean => heifBrandsOf(bytes).some((brand) => /^avi[fs]$/.test(brand));

/** All that an index may say of a file. */
export const IMAGE_FORMATS = [
  ...new Set([...SIGNATURES.map(([format]) => format), 'avif', ...HEADERS.map(([format]) => format), ...RAW_FORMATS]),
];

/** The format that the first bytes of a file tell, or undefined: its name does not count. */
export function imageFormatOf(bytes: Uint8Array): string | undefined {
  if (isAvif(bytes)) return 'avif';
  const raw = rawFormatOf(bytes);
  if (raw !== undefined) return raw;
  const head = Buffer.from(bytes.subarray(0, 32)).toString('latin1');
  return SIGNATURES.find(([, signature]) => signature.test(head))?.[0] ?? HEADERS.find(([, isOne]) => isOne(bytes))?.[0];
}
