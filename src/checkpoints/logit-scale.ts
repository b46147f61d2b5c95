import { join } from 'node:path';
import { z } from 'zod';
import { readJsonIfThere } from '../files/json-file.js';
import type { RangeReader } from '../files/range-reader.js';
import type { KnownLogits } from './checkpoint-folder.js';
import { withFileRanges } from './safetensors/file-ranges.js';
import { readSafetensorsScalars } from './safetensors/read-scalars.js';
import { WEIGHTS_INDEX, WHOLE_WEIGHTS } from './safetensors/read-weights.js';

const NAMES = ['logit_scale', 'logit_bias'] as const;
const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/** The trained scale and bias from a safetensors file: `logit_scale` is stored as a natural logarithm. */
export async function readTrainedLogits(read: RangeReader, file: string): Promise<KnownLogits | undefined> {
  const scalars = await readSafetensorsScalars(read, NAMES, file);
  const logScale = scalars.get('logit_scale');
  if (logScale === undefined) return undefined;
  return { logitScale: Math.exp(logScale), logitBias: scalars.get('logit_bias') ?? 0, source: 'weights' };
}

/** The weights file that holds `logit_scale`, from the listing and, for sharded weights, the index. */
export function weightsFileOf(listing: readonly string[], index: unknown): string | undefined {
  const whole = WHOLE_WEIGHTS.find((path) => listing.includes(path));
  if (whole) return whole;
  const shard = indexSchema.safeParse(index).data?.weight_map.logit_scale;
  return shard !== undefined && listing.includes(shard) ? shard : undefined;
}

/** Looks for the trained scale in the weights that lie in the folder. */
export async function readLogitsFromFolder(folder: string, listing: readonly string[]): Promise<KnownLogits | undefined> {
  const file = weightsFileOf(listing, await readJsonIfThere(folder, WEIGHTS_INDEX));
  return file === undefined ? undefined : withFileRanges(join(folder, file), (read) => readTrainedLogits(read, file));
}
