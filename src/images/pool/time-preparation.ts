import type { Preparation, PreparedImage } from '../preparation.js';
import { prepareImage } from '../prepare-image.js';

/** How long the thread took, without its waiting. */
export interface PrepareTimes {
  readonly decodeMs: number;
  readonly preprocessMs: number;
}

export interface TimedPreparation {
  readonly image: PreparedImage;
  readonly times: PrepareTimes;
  /** How many pixels were in memory at once. */
  readonly pixels: number;
}

/** Prepares an image in a thread that has nothing else to do, and times it. */
export async function timePreparation(bytes: Uint8Array, how: Preparation, buffer?: ArrayBuffer): Promise<TimedPreparation> {
  const began = performance.now();
  let decoded = { ms: 0, pixels: 0 };
  const onDecoded: Preparation['onDecoded'] = (found) => {
    decoded = found;
  };
  const image = await prepareImage(bytes, { ...how, mayBlock: true, onDecoded }, buffer);
  return { image, times: { decodeMs: decoded.ms, preprocessMs: performance.now() - began - decoded.ms }, pixels: decoded.pixels };
}
