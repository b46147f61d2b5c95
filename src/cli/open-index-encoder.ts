import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Encoder } from '../encoders/load-encoder.js';
import { loadEncoder } from '../encoders/load-encoder.js';
import type { IndexFile } from '../store/current-images.js';
import { encoderOptions, type Run } from './open-model.js';

/** The model that an index was made with, in the same number format, unless the command line or the settings name another. */
export async function openIndexEncoder(run: Run, { model, dtype }: Pick<IndexFile, 'model' | 'dtype'>): Promise<Encoder> {
  const options = { ...encoderOptions(run), openImageCache: undefined }; // the index keeps the embeddings itself
  const chosen = run.config.isModelNamed || model === undefined ? toReference(run) : model;
  return loadEncoder({
    ...options,
    model: chosen,
    dtype: options.dtype ?? (chosen === model ? (dtype as typeof options.dtype) : undefined),
  });
}

/** How to open this run's model again from any folder. */
export const toReference = ({ config, io }: Run): string => {
  const folder = resolve(io.cwd, config.model);
  return config.model !== DEFAULT_MODEL && existsSync(folder) ? folder : config.model;
};

const DEFAULT_MODEL = 'pocket';
