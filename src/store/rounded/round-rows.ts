import { isUnit, norm } from '../../core/embedding.js';
import { DAMAGED_ROW, type Grid, NO_EMBEDDING } from './rounded-rows.js';

/** How far the numbers of a sample reach from their mean is widened, for the rows that are not in it. */
const MARGIN = 1.15;

/** The mean of each column and its step, from a sample of embeddings. */
export function chooseGrid(sample: readonly Float32Array[], dimension: number): Pick<Grid, 'means' | 'steps'> {
  const means = new Float32Array(dimension);
  const steps = new Float32Array(dimension);
  for (let i = 0; i < dimension; i++) {
    let sum = 0;
    for (const row of sample) sum += row[i] as number;
    const mean = sum / Math.max(1, sample.length);
    let reach = 0;
    for (const row of sample) reach = Math.max(reach, Math.abs((row[i] as number) - mean));
    means[i] = mean;
    steps[i] = Math.max((reach * MARGIN) / 127, 1e-9);
  }
  return { means, steps };
}

/** Writes the codes of one row and returns its error. The embedding is taken at unit length, as a cosine takes it. */
export function roundRow(embedding: Float32Array | null, { means, steps }: Pick<Grid, 'means' | 'steps'>, codes: Int8Array): number {
  if (!embedding) return NO_EMBEDDING;
  if (!isUnit(embedding)) return DAMAGED_ROW;
  const length = norm(embedding);
  let sum = 0;
  for (let i = 0; i < embedding.length; i++) {
    const value = (embedding[i] as number) / length;
    const code = Math.max(-127, Math.min(127, Math.round((value - (means[i] as number)) / (steps[i] as number))));
    codes[i] = code;
    sum += (value - (means[i] as number) - code * (steps[i] as number)) ** 2;
  }
  return Math.sqrt(sum) * (1 + 1e-6) + 1e-7; // never less than it is, in float32 either
}
