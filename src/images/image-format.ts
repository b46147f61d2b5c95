/** In the words of MIME types. */
const SIGNATURES: readonly (readonly [string, RegExp])[] = [
  ['jpeg', /^\xff\xd8\xff/],
  ['png', /^\x89PNG\r\n/],
  ['gif', /^GIF8[79]a/],
  ['webp', /^RIFF[\s\S]{4}WEBP/],
  ['avif', /^[\s\S]{4}ftypavi[fs]/],
  ['heic', /^[\s\S]{4}ftyp(?:hei|hev|mif1|msf1)/],
  ['tiff', /^(?:II[*+]\0|MM\0[*+])/],
  ['jxl', /^[\s\S]{4}JXL /],
  ['svg', /^(?:\xef\xbb\xbf)?\s*<(?:\?xml|svg)/],
  ['pdf', /^%PDF-/],
];

/** All that an index may say of a file. */
export const IMAGE_FORMATS = SIGNATURES.map(([format]) => format);

/** The format that the first bytes of a file tell, or undefined: its name does not count. */
export function imageFormatOf(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 32)).toString('latin1');
  return SIGNATURES.find(([, signature]) => signature.test(head))?.[0];
}
