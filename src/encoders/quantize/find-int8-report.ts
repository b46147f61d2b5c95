import type { Manifest } from '../../checkpoints/manifest.js';
import { openManifest } from '../../checkpoints/open-manifest.js';
import { type Int8Report, readInt8Report } from '../../graphs/quantize/int8-copy.js';
import type { Surroundings } from '../../hub/surroundings.js';

/** The report of the int8 copy of a model's weights, whatever dtype its manifest is of. */
export async function findInt8Report(manifest: Manifest, surroundings: Surroundings): Promise<Int8Report | undefined> {
  const model = manifest.source === 'hub' ? `${manifest.name}@${manifest.revision}` : manifest.folder;
  return readInt8Report(
    manifest.dtype === 'int8' ? manifest : await openManifest({ model, dtype: 'int8', ...surroundings }),
    surroundings.home,
  );
}
