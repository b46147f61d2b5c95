import { isRunFromWeights } from './families.js';
import type { WeightFiles } from './model-files.js';
import { WEIGHTS_INDEX } from './safetensors/read-weights.js';

const OPEN_CLIP_WEIGHTS = 'open_clip_model.safetensors';
const SHARD = /^model-\d{5}-of-\d{5}\.safetensors$/;

/**
 * The weights that labelwise can run by itself: in transformers' layout when config.json names a family that it writes graphs
 * for, or in OpenCLIP's own.
 */
export function findWeights(listing: readonly string[], modelType: string | undefined): WeightFiles | undefined {
  const has = (path: string): boolean => listing.includes(path);
  if (has('config.json') && modelType !== undefined && isRunFromWeights(modelType)) {
    const weights = has('model.safetensors')
      ? ['model.safetensors']
      : has(WEIGHTS_INDEX)
        ? listing.filter((path) => SHARD.test(path)).sort()
        : [];
    if (weights.length > 0) return { kind: 'safetensors', config: 'config.json', weights };
  }
  if (has('open_clip_config.json') && has(OPEN_CLIP_WEIGHTS)) {
    return { kind: 'safetensors', config: 'open_clip_config.json', weights: [OPEN_CLIP_WEIGHTS] };
  }
  return undefined;
}
