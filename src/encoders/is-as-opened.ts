import { isDeepStrictEqual } from 'node:util';
import { openManifest } from '../checkpoints/open-manifest.js';
import type { Surroundings } from '../hub/surroundings.js';
import { readCalibrations } from './calibrations.js';
import type { Encoder, LoadEncoderOptions } from './load-encoder.js';
import { dtypeFor } from './plan-engine.js';

/** Whether a model that was opened before would be the same if it were opened now: its files, and what was fitted to it. */
export async function isAsOpened({ manifest, info, logitSource }: Encoder, options: LoadEncoderOptions & Surroundings): Promise<boolean> {
  const now = await openManifest({ ...options, dtype: dtypeFor(options) });
  if (now.fingerprint !== manifest.fingerprint || now.folder !== manifest.folder) return false;
  const calibrations = logitSource === 'given' ? [] : await readCalibrations(now, options.home, () => {});
  return isDeepStrictEqual(calibrations, info.calibrations);
}
