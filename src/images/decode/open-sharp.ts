import type { Sharp } from 'sharp';
import { installationFault } from '../../files/installation-fault.js';

/** Opens encoded bytes in sharp, with the settings that give Pillow's pixels. */
export type OpenSharp = (bytes: Uint8Array) => Sharp;

/** @throws LabelwiseError `INSTALLATION_DAMAGED` where sharp or its native library is missing */
export async function loadSharp(): Promise<OpenSharp> {
  const { default: sharp } = await import('sharp').catch((cause: unknown) => {
    throw installationFault('sharp, which decodes images,', cause);
  });
  sharp.cache(false); // images come once: what libvips keeps is never asked for again
  sharp.concurrency(1); // there are as many images at once as cores
  return (bytes) => sharp(bytes, { limitInputPixels: false, failOn: 'error', ignoreIcc: true });
}
