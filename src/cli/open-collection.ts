import type { Collection } from '../core/collection.js';
import type { EncoderIdentity } from '../core/ports.js';
import { LabelwiseError } from '../errors.js';
import type { Run } from './open-model.js';

/** The images that were indexed, to be read. @throws LabelwiseError when nothing was indexed */
export async function openCollection({ config }: Run): Promise<Collection> {
  const { openImageCollection } = await import('../store/image-collection.js');
  return openImageCollection(config.db);
}

/** @throws LabelwiseError `INDEX_MISMATCH` for a model other than that of the collection */
export function refuseOtherEncoder({ encoder }: Pick<Collection, 'encoder'>, other: EncoderIdentity): void {
  if (encoder.fingerprint === other.fingerprint) return;
  throw new LabelwiseError(
    'INDEX_MISMATCH',
    `The images were indexed with ${encoder.name} (${encoder.fingerprint}) and cannot be compared with ${other.name} (${other.fingerprint}).`,
    { hint: `Use --model ${encoder.name}, or index them anew with the other model.` },
  );
}
