/** In the words of MIME types. */
const SIGNATURES: readonly (readonly [string, RegExp])[] = [
  ['jpeg', /^\xff\xd8\xff/],
  ['png', /^\x89PNG\r\n/],
  ['gif', /^GIF8[79]a/],
  ['webp', /^RIFF[\s\S]{4}WEBP/],
  ['heic', /^[\s\S]{4}ftyp(?:hei|hev|mif1|msf1)/],
  ['tiff', /^(?:II[*+]\0|MM\0[*+])/],
  ['jxl', /^[\s\S]{4}JXL /],
  ['svg', /^(?:\xef\xbb\xbf)?\s*<(?:\?xml|svg)/],
  ['pdf', /^%PDF-/],
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
export const IMAGE_FORMATS = [...SIGNATURES.map(([format]) => format), 'avif'];

/** The format that the first bytes of a file tell, or undefined: its name does not count. */
export function imageFormatOf(bytes: Uint8Array): string | undefined {
  if (isAvif(bytes)) return 'avif';
  const head = Buffer.from(bytes.subarray(0, 32)).toString('latin1');
  return SIGNATURES.find(([, signature]) => signature.test(head))?.[0];
}
