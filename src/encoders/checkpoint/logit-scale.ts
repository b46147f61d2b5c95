import { join } from 'node:path';
import { z } from 'zod';
import type { KnownLogits } from './checkpoint-folder.js';
import { readJsonIfThere } from './json-file.js';
import { type RangeReader, readSafetensorsScalars, withFileRanges } from './safetensors-scalars.js';

const NAMES = ['logit_scale', 'logit_bias'] as const;
const WEIGHT_FILES = ['model.safetensors', 'open_clip_model.safetensors'];
const INDEX = 'model.safetensors.index.json';
const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/** The trained scale and bias from a safetensors file: `logit_scale` is stored as a natural logarithm. */
export async function readTrainedLogits(read: RangeReader): Promise<KnownLogits | undefined> {
  const scalars = await readSafetensorsScalars(read, NAMES);
  const logScale = scalars.get('logit_scale');
  if (logScale === undefined) return undefined;
  return { logitScale: Math.exp(logScale), logitBias: scalars.get('logit_bias') ?? 0, source: 'weights' };
}

/** The weights file that holds `logit_scale`, from the listing and, for sharded weights, the index. */
export function weightsFileOf(listing: readonly string[], index: unknown): string | undefined {
  const whole = WEIGHT_FILES.find((path) => listing.includes(path));
  if (whole) return whole;
  const shard = indexSchema.safeParse(index).data?.weight_map.logit_scale;
  return shard !== undefined && listing.includes(shard) ? shard : undefined;
}

export const hasWeightsIndex = (listing: readonly string[]): boolean => listing.includes(INDEX);
export const WEIGHTS_INDEX = INDEX;

/** Looks for the trained scale in the weights that lie in the folder. */
export async function readLogitsFromFolder(folder: string, listing: readonly string[]): Promise<KnownLogits | undefined> {
  const file = weightsFileOf(listing, await readJsonIfThere(folder, INDEX));
  return file === undefined ? undefined : withFileRanges(join(folder, file), readTrainedLogits);
}
