import { LabelwiseError, messageOf } from '../../errors.js';

/** An image that ends early or does not follow its format. */
export function damagedImage(name: string, reason: string, cause?: unknown): LabelwiseError {
  return new LabelwiseError('IMAGE_DAMAGED', `The ${name} is cut short or broken: ${reason}.`, {
    hint: 'Copy it again from where it came, or open and save it in an image program.',
    cause,
  });
}

/** An image that may well be whole, in a form that is not decoded here. */
export function unsupportedImage(what: string, cause?: unknown): LabelwiseError {
  return new LabelwiseError('IMAGE_UNSUPPORTED', `labelwise does not support ${what}.`, {
    hint: 'Open it in an image program and save it as JPEG or PNG (8 bits a channel).',
    cause,
  });
}

/** What libvips says when it meets something that is whole and that its libraries do not read. */
const UNSUPPORTED: readonly (readonly [RegExp, string])[] = [
  [/Unsupported JPEG data precision (\d+)/, 'JPEG images of $1 bits a channel'],
  [/Unsupported JPEG process: SOF type (0x\w+)/, 'lossless, hierarchical or arithmetic-coded JPEG images (SOF type $1)'],
  [/Unsupported color conversion request/, 'lossless JPEG images'],
  [/Requested feature was omitted at compile time|arithmetic/i, 'arithmetic-coded JPEG images'],
  [/(\w+) compression support is not configured/, 'TIFF images compressed with $1'],
  [/Compression scheme (\d+) .*not implemented/, 'TIFF images with compression $1'],
  [/Unsupported (?:codec|feature)|Support for this compression format has not been built in/i, 'the codec of this HEIF image'],
];

/** Why sharp could not decode: its last line is the reason, those before it are what followed from it. */
export function toImageFault(name: string, error: unknown): LabelwiseError {
  const lines = messageOf(error)
    .trim()
    .split('\n')
    .filter((line) => !/^\s*\([\d.]+\)$/.test(line)); // a code of libheif's, wrapped
  const reason = (lines.at(-1) ?? '').replace(/\.$/, '');
  for (const [pattern, what] of UNSUPPORTED) {
    const line = lines.find((candidate) => pattern.test(candidate));
    if (line) return unsupportedImage(what.replace(/\$1/, pattern.exec(line)?.[1] ?? ''), error);
  }
  return damagedImage(name, /corrupt header/.test(reason) ? 'its header cannot be read' : reason, error);
}
