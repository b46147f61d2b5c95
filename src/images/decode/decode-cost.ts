import type { Metadata } from 'sharp';

/** Bytes of one sample. */
const SAMPLE_BYTES: Record<string, number> = { uchar: 1, char: 1, ushort: 2, short: 2, double: 8, complex: 8, dpcomplex: 16 };
/** Chroma samples and luma samples for each pixel of a JPEG. */
const JPEG_SAMPLES: Record<string, number> = { '4:2:0': 1.5, '4:2:2': 2 };

/** The bytes that decoding an image takes at its peak, estimated from its header: its pixels, and what its format has to keep beside them. */
export function decodeCost({
  format,
  width = 0,
  height = 0,
  channels = 4,
  depth,
  isProgressive,
  chromaSubsampling,
  autoOrient,
}: Metadata): number {
  const pixels = width * height;
  const decoded = pixels * Math.max(3, channels) * (SAMPLE_BYTES[depth ?? ''] ?? 4);
  const isTurned = autoOrient?.width !== width; // a turn needs the whole picture before its first row
  // Other formats keep the whole picture too.
  const beside = format === 'jpeg' ? coefficientCost({ width, height, channels, isProgressive, chromaSubsampling }) : decoded;
  return decoded + beside + (isTurned ? decoded : 0);
}

/** Bytes of a JPEG's coefficients: a progressive one keeps all of them until its last scan, of 2 bytes each. */
function coefficientCost({
  width = 0,
  height = 0,
  channels = 3,
  isProgressive,
  chromaSubsampling,
}: Pick<Metadata, 'width' | 'height' | 'channels' | 'isProgressive' | 'chromaSubsampling'>): number {
  return isProgressive ? width * height * 2 * (JPEG_SAMPLES[chromaSubsampling ?? ''] ?? channels) : 0;
}

/** Rows of a JPEG that its decoder and the resize keep at once, with room to spare. */
const ROWS_KEPT = 256;

/** The bytes that it takes to decode a JPEG row by row. */
export const rowsCost = (metadata: Metadata): number => metadata.width * 3 * ROWS_KEPT + coefficientCost(metadata);
