import { join } from 'node:path';
import { z } from 'zod';
import { readJsonIfThere } from '../files/json-file.js';
import type { RangeReader } from '../files/range-reader.js';
import type { KnownLogits } from './checkpoint-folder.js';
import type { ModelFiles } from './model-files.js';
import { jointModelsOf } from './onnx/joint-models.js';
import { withFileRanges } from './safetensors/file-ranges.js';
import { readSafetensorsScalars } from './safetensors/read-scalars.js';
import { WEIGHTS_INDEX, WHOLE_WEIGHTS } from './safetensors/read-weights.js';

/** CLIPSegForImageSegmentation keeps its CLIP apart; ALIGN divides by a temperature. */
const NAMES = ['logit_scale', 'logit_bias', 'clip.logit_scale', 'temperature'] as const;
const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/** The trained scale and bias from a safetensors file: `logit_scale` is stored as a natural logarithm. */
export async function readTrainedLogits(read: RangeReader, file: string): Promise<KnownLogits | undefined> {
  const scalars = await readSafetensorsScalars(read, NAMES, file);
  const logScale = scalars.get('logit_scale') ?? scalars.get('clip.logit_scale');
  const temperature = scalars.get('temperature');
  if (logScale === undefined && temperature === undefined) return undefined;
  const logitScale = logScale === undefined ? 1 / (temperature as number) : Math.exp(logScale);
  return { logitScale, logitBias: scalars.get('logit_bias'), source: 'weights' };
}

/** The weights files that may hold `logit_scale`, from the listing and, for sharded weights, the index. */
export function weightsFilesOf(listing: readonly string[], index: unknown): string[] {
  const map = indexSchema.safeParse(index).data?.weight_map;
  const shard = map?.logit_scale ?? map?.['clip.logit_scale'] ?? map?.temperature;
  return [...WHOLE_WEIGHTS, ...(shard === undefined ? [] : [shard])].filter((path) => listing.includes(path));
}

/**
 * Looks for the trained scale and bias on disk: in the weights that are run, in other weights of the folder (timm's may lie beside OpenCLIP's),
 * then among the constants of a joint ONNX model.
 */
export async function readLogitsFromFolder(
  folder: string,
  listing: readonly string[],
  model: ModelFiles,
): Promise<KnownLogits | undefined> {
  const readFrom = (file: string) => withFileRanges(join(folder, file), (read) => readTrainedLogits(read, file));
  const own = model.kind === 'safetensors' ? model.weights : [];
  for (const file of own) {
    const found = await readFrom(file);
    if (found) return found;
  }
  const others = weightsFilesOf(listing, await readJsonIfThere(folder, WEIGHTS_INDEX)).filter((file) => !own.includes(file));
  for (const file of others) {
    const found = await readFrom(file).catch(() => undefined); // nothing else is read of it
    if (found) return found;
  }
  return model.kind === 'safetensors' ? undefined : findJointLogits(folder, listing);
}

async function findJointLogits(folder: string, listing: readonly string[]): Promise<KnownLogits | undefined> {
  for (const file of jointModelsOf(listing)) {
    const { readJointLogits } = await import('./onnx/joint-logits.js'); // protobufjs is slow to load
    const found = await readJointLogits(folder, file).catch(() => undefined); // whoever runs it says what is wrong with it
    if (found) return found;
  }
  return undefined;
}
