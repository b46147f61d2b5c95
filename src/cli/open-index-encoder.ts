import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Dtype } from '../checkpoints/dtypes.js';
import type { Encoder } from '../encoders/load-encoder.js';
import { loadEncoder } from '../encoders/load-encoder.js';
import type { ModelReference } from '../store/current-images.js';
import type { Run } from './context.js';

/** The model that an index was made with, in the same number format and from the same files, unless the command line or the settings name another. */
export async function openIndexEncoder(run: Run, file: ModelReference): Promise<Encoder> {
  const { model, dtype, onnx } = chooseReference(run, file);
  const openImageCache = undefined; // the index keeps the embeddings itself
  return loadEncoder({ ...run.workspace.encoderOptions(), openImageCache, model, dtype: dtype as Dtype | undefined, onnx });
}

/** What a run with an index opens: what is named now, else what the index remembers. */
export function chooseReference(run: Run, file: ModelReference): ModelReference {
  const named = toReference(run);
  const { model } = run.config.isModelNamed || file.model === undefined ? named : file;
  const remembered = model === file.model ? file : {};
  return { model, dtype: named.dtype ?? remembered.dtype, onnx: named.onnx ?? remembered.onnx };
}

/** The model of this run as it can be opened again from any folder. */
export function toReference({ config: { model, dtype, onnx }, io }: Run): ModelReference {
  const folder = resolve(io.cwd, model);
  return { model: model !== DEFAULT_MODEL && existsSync(folder) ? folder : model, dtype, onnx };
}

const DEFAULT_MODEL = 'pocket';
