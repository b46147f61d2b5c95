import type { Embedding } from '../embedding.js';
import { type MatrixProduct, toMatrix } from '../matrix-product.js';
import type { ClassEmbeddings } from '../ports.js';
import { SAME, setAgainst } from './none-of-these.js';

/** How many pairs a warning names. */
const SHOWN = 3;

/**
 * Warns of labels that mean nearly the same to the encoder, such as couch and sofa: they share the probability of what they both name. A label and
 * one above it in a tree may be close.
 */
export async function warnOfSynonyms(
  { labelSet: { labels }, vectors, encoder }: ClassEmbeddings,
  background: readonly Embedding[],
  { multiply, onWarning }: { multiply: MatrixProduct; onWarning: (message: string) => void },
): Promise<void> {
  const centred = toMatrix(setAgainst(vectors, background).labels);
  const cosines = await multiply(centred, centred); // [labels, labels]
  const shown: string[] = [];
  let more = 0;
  for (const [i, a] of labels.entries())
    for (let j = i + 1; j < labels.length; j++) {
      const b = labels[j] as (typeof labels)[number];
      if ((cosines[i * labels.length + j] as number) < SAME || a.parent === b.name || b.parent === a.name) continue;
      if (shown.length < SHOWN) shown.push(`"${a.name}" and "${b.name}"`);
      else more++;
    }
  if (shown.length === 0) return;
  onWarning(
    `${shown.join(', ')}${more > 0 ? `, and ${more} more pairs` : ''} mean nearly the same to ${encoder.name}, so they share their probability. Keep one of them, or make one a synonym of the other.`,
  );
}
