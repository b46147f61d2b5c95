import { dotProduct, type Embedding } from './embedding.js';
import type { ClassEmbeddings } from './ports.js';

type Scored = Pick<ClassEmbeddings, 'vectors' | 'offsets'>;

/** The similarities of an image with all labels. [labels] */
export const similaritiesOf = (image: Embedding, { vectors, offsets }: Scored): Float32Array =>
  addOffsets(
    Float32Array.from(vectors, (vector) => dotProduct(image, vector)),
    offsets,
  );

/** Adds what a label that was taught has beside its vector, in place; without offsets nothing changes. similarities: [images, labels] */
export function addOffsets(similarities: Float32Array, offsets: Float32Array | undefined): Float32Array {
  if (offsets)
    for (let i = 0; i < similarities.length; i++) similarities[i] = (similarities[i] as number) + (offsets[i % offsets.length] as number);
  return similarities;
}
