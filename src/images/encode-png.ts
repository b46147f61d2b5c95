import { loadSharp } from './load-sharp.js';

/** An RGB picture as PNG, without loss. `rgb` is [height, width, 3]. */
export async function encodePng(rgb: Uint8Array, width: number, height: number): Promise<Uint8Array> {
  return loadSharp()(rgb, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 1 })
    .toBuffer();
}
