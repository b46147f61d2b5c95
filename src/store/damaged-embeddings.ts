import { isUnit } from '../core/embedding.js';
import { type Matrix, sliceRows } from '../core/matrix-product.js';

/** Readers of the index leave rows out whose embedding is not of unit length, and say so. */
export interface DamageOptions {
  readonly onWarning?: ((message: string) => void) | undefined;
}

export const DAMAGED =
  'Some rows of the index have damaged embeddings and are left out; "labelwise index verify --repair" names them and embeds their files again.';

/** Embeddings, and what is known of the image of each. */
interface Rows<T> {
  readonly images: readonly T[];
  readonly embeddings: Matrix;
}

/** A block without the rows whose embedding is damaged; itself where there are none. */
export function withoutDamaged<T>(block: Rows<T>, { onWarning }: DamageOptions): Rows<T> {
  const { images, embeddings } = block;
  const { dimension } = embeddings;
  const rowOf = (row: number): Float32Array => sliceRows(embeddings, row, row + 1).values;
  const sound = images.map((_, row) => row).filter((row) => isUnit(rowOf(row)));
  if (sound.length === images.length) return block;
  onWarning?.(DAMAGED);
  const values = new Float32Array(sound.length * dimension); // [sound, dimension]
  for (const [to, row] of sound.entries()) values.set(rowOf(row), to * dimension);
  return { images: sound.map((row) => images[row] as T), embeddings: { values, rows: sound.length, dimension } };
}
