import type { Collection } from '../core/collection.js';
import type { EncoderIdentity } from '../core/ports.js';
import { LabelwiseError } from '../errors.js';
import type { Run } from './context.js';

/** The images that were indexed, to be read. @throws LabelwiseError when nothing was indexed */
export async function openCollection({ config, warn }: Run): Promise<Collection> {
  const { openImageCollection } = await import('../store/image-collection.js');
  return openImageCollection(config.db, { onWarning: warn });
}

/** @throws LabelwiseError `INDEX_MISMATCH` for a model other than that of the collection, or other files of the same */
export function refuseOtherEncoder({ encoder }: Pick<Collection, 'encoder'>, other: EncoderIdentity): void {
  if (encoder.fingerprint === other.fingerprint) return;
  const change = `change over with: labelwise index migrate --model ${other.name}`;
  throw new LabelwiseError(
    'INDEX_MISMATCH',
    `The images were indexed with ${encoder.name} (${encoder.fingerprint}) and cannot be compared with ${other.name} (${other.fingerprint}).`,
    {
      hint:
        encoder.name === other.name
          ? `These are other files of the same model. Give --dtype and --onnx as when the images were indexed, or ${change}`
          : `Leave out --model (and LABELWISE_MODEL): the index opens its own. Or ${change}`,
    },
  );
}
