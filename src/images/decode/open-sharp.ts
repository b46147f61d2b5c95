import type { Sharp } from 'sharp';
import { loadSharp } from '../load-sharp.js';

/** Opens encoded bytes in sharp, with the settings that give Pillow's pixels. */
export type OpenSharp = (bytes: Uint8Array) => Sharp;

/** @throws LabelwiseError `NATIVE_LIBRARY_MISSING` */
export function sharpOpener(): OpenSharp {
  const sharp = loadSharp();
  return (bytes) => sharp(bytes, { limitInputPixels: false, failOn: 'error', ignoreIcc: true });
}
