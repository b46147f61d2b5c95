import { extname } from 'node:path';
import { toPathBytes, toPathText } from '../files/byte-path.js';

/** How a sidecar is named: after the whole file name (digiKam, darktable) or in place of its ending (Lightroom, Bridge, for raw files). */
export const SIDECAR_NAMES = ['photo.jpg.xmp', 'photo.xmp'] as const;
export type SidecarName = (typeof SIDECAR_NAMES)[number];

/** Where the sidecar of an image lies; both paths as in the index. */
export function sidecarPath(image: string, name: SidecarName): string {
  const path = name === 'photo.jpg.xmp' ? `${image}.xmp` : `${image.slice(0, image.length - extname(image).length)}.xmp`;
  return toPathText(toPathBytes(path)); // what made the image's name no UTF-8 may be gone with its ending
}
