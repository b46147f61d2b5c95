import { tiffDirectories } from './decode/tiff-directories.js';

/** Raw files that begin in their own way. */
const SIGNATURES: readonly (readonly [string, RegExp])[] = [
  ['raf', /^FUJIFILMCCD-RAW/],
  ['cr3', /^[\s\S]{4}ftypcrx /],
  ['orf', /^(?:IIR[OS]|MMOR)/],
  ['rw2', /^IIU\0/],
  ['cr2', /^II\*\0[\s\S]{4}CR/],
];

/** Formats that are TIFF files: those of a maker, or of Adobe. */
const MAKERS: readonly (readonly [string, RegExp])[] = [
  ['nef', /^NIKON/i],
  ['arw', /^SONY/i],
  ['pef', /^(?:PENTAX|RICOH)/i],
  ['srw', /^SAMSUNG/i],
];

export const RAW_FORMATS = ['dng', 'cr2', 'cr3', 'nef', 'arw', 'raf', 'orf', 'rw2', 'pef', 'srw'];

const [PHOTOMETRIC, MAKE, DNG_VERSION] = [262, 271, 50_706];
/** Samples of a sensor, or of one without a mosaic. */
const SENSOR = [32_803, 34_892];

/** The raw format of a file, by its bytes; undefined for all other files. */
export function rawFormatOf(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
  const own = SIGNATURES.find(([, signature]) => signature.test(head))?.[0];
  if (own !== undefined || !/^(?:II\*\0|MM\0\*)/.test(head)) return own;
  const directories = tiffDirectories(bytes);
  const [first] = directories;
  if (first?.has(DNG_VERSION)) return 'dng';
  if (!directories.some((one) => SENSOR.includes(one.number(PHOTOMETRIC) ?? 0))) return undefined;
  const make = first?.text(MAKE) ?? '';
  return MAKERS.find(([, pattern]) => pattern.test(make))?.[0] ?? 'dng';
}
