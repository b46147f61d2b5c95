import { extname } from 'node:path';

/** How a sidecar is named: after the whole file name (digiKam, darktable) or in place of its ending (Lightroom, Bridge, for raw files). */
export const SIDECAR_NAMES = ['photo.jpg.xmp', 'photo.xmp'] as const;
export type SidecarName = (typeof SIDECAR_NAMES)[number];

/** Where the sidecar of an image lies. */
export function sidecarPath(image: string, name: SidecarName): string {
  return name === 'photo.jpg.xmp' ? `${image}.xmp` : `${image.slice(0, image.length - extname(image).length)}.xmp`;
}
