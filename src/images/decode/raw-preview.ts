import { readTiffHeader } from './tiff-header.js';

/** The largest JPEG within a raw file, and how the camera says that it was held. */
export interface RawPreview {
  readonly bytes: Uint8Array;
  readonly orientation: number;
}

const ORIENTATION = 0x112;

/**
 * Finds the preview of full size that cameras put into their raw files: the JPEG with most pixels, wherever the format keeps it. The samples
 * of the sensor are no JPEG that anything else decodes (lossless, SOF3), or none at all.
 */
export function findRawPreview(bytes: Uint8Array): RawPreview | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let best: { at: number; pixels: number } | undefined;
  for (let at = file.indexOf(START); at >= 0; at = file.indexOf(START, at + 3)) {
    const pixels = jpegPixels(bytes, at);
    if (pixels > (best?.pixels ?? 0)) best = { at, pixels };
  }
  return best && { bytes: bytes.subarray(best.at), orientation: orientationOf(bytes, file) };
}

const START = Buffer.from([0xff, 0xd8, 0xff]);

/** How many pixels a JPEG has that begins here; 0 where there is none that can be decoded. */
function jpegPixels(bytes: Uint8Array, start: number): number {
  let at = start + 2;
  for (let segments = 0; segments < 64 && at + 9 < bytes.length; segments++) {
    if (bytes[at] !== 0xff) return 0;
    const marker = bytes[at + 1] as number;
    if (marker === 0xff) {
      at++;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    const word = (offset: number): number => (bytes[at + offset] as number) * 256 + (bytes[at + offset + 1] as number);
    if (isFrame) return marker <= 0xc2 && bytes[at + 4] === 8 ? word(5) * word(7) : 0;
    if (marker < 0xc0 || word(2) < 2) return 0;
    at += 2 + word(2);
  }
  return 0;
}

/** That of the file: of its first directory, or in a CR3 of the box with the camera's tags. */
function orientationOf(bytes: Uint8Array, file: Buffer): number {
  const box = file.subarray(4, 8).toString('latin1') === 'ftyp' ? file.indexOf('CMT1') : -1;
  const [found = 1] = readTiffHeader(box < 0 ? bytes : bytes.subarray(box + 4))?.values(ORIENTATION) ?? [];
  return found >= 1 && found <= 8 ? found : 1;
}
