import { join } from 'node:path';
import { z } from 'zod';
import { LabelwiseError } from '../../errors.js';
import { readJson } from '../../files/json-file.js';
import { withFileRanges } from './file-ranges.js';
import { readSafetensorsHeader, type TensorEntry } from './read-header.js';

/** A tensor of a checkpoint: its place in one of the checkpoint's files. */
export interface StoredTensor extends TensorEntry {
  /** The file's name inside the checkpoint. */
  readonly file: string;
}

/** All tensors of a checkpoint by name; their values stay on disk. */
export type Weights = ReadonlyMap<string, StoredTensor>;

/** Names that whole weights go by, and the index of sharded ones. */
export const WHOLE_WEIGHTS = ['model.safetensors', 'open_clip_model.safetensors'] as const;
export const WEIGHTS_INDEX = 'model.safetensors.index.json';

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string().regex(/^[\w][\w.-]*\.safetensors$/)) });

/** The shards that an index names; each tensor's file. @throws LabelwiseError `CHECKPOINT_DAMAGED` */
export function parseWeightsIndex(json: unknown): Record<string, string> {
  const parsed = indexSchema.safeParse(json);
  if (parsed.success && Object.keys(parsed.data.weight_map).length > 0) return parsed.data.weight_map;
  throw new LabelwiseError('CHECKPOINT_DAMAGED', `Expected ${WEIGHTS_INDEX} to map each tensor to a .safetensors file beside it.`, {
    hint: 'Compare the file with the one in the repository on the hub.',
  });
}

/**
 * Reads the headers of a checkpoint's weights, whole or sharded.
 *
 * @throws LabelwiseError `CHECKPOINT_DAMAGED` or `CHECKPOINT_INCOMPLETE`
 */
export async function readWeights(folder: string, files: readonly string[]): Promise<Weights> {
  const weights = new Map<string, StoredTensor>();
  for (const file of files) {
    const header = await withFileRanges(join(folder, file), (read, size) => readSafetensorsHeader(read, file, size));
    for (const [name, entry] of header) {
      const other = weights.get(name);
      if (other) throw new LabelwiseError('CHECKPOINT_DAMAGED', `${file} and ${other.file} both hold ${name}.`);
      weights.set(name, { ...entry, file });
    }
  }
  if (files.length > 1) await checkIndex(folder, weights);
  return weights;
}

async function checkIndex(folder: string, weights: Weights): Promise<void> {
  for (const [name, file] of Object.entries(parseWeightsIndex(await readJson(folder, WEIGHTS_INDEX)))) {
    if (weights.get(name)?.file === file) continue;
    throw new LabelwiseError('CHECKPOINT_DAMAGED', `${WEIGHTS_INDEX} says that ${file} holds ${name}, and it does not.`, {
      hint: 'The index and its shards are of different versions: download them together.',
    });
  }
}
