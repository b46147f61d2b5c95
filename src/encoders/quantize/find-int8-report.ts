import { existsSync } from 'node:fs';
import type { Manifest } from '../../checkpoints/manifest.js';
import { openManifest } from '../../checkpoints/open-manifest.js';
import { type Int8Report, int8FolderOf, readInt8Report } from '../../graphs/quantize/int8-copy.js';
import type { Surroundings } from '../../hub/surroundings.js';

/** The report of the int8 copy of a model's weights, whatever dtype its manifest is of; `damaged` for a copy that has lost its report. */
export async function findInt8Report(manifest: Manifest, { home, hub, cwd }: Surroundings): Promise<Int8Report | 'damaged' | undefined> {
  const model = manifest.source === 'hub' ? `${manifest.name}@${manifest.revision}` : manifest.folder;
  const copied = manifest.dtype === 'int8' ? manifest : await openManifest({ model, dtype: 'int8', home, hub, cwd });
  return (await readInt8Report(copied, home)) ?? (existsSync(int8FolderOf(copied, home)) ? 'damaged' : undefined);
}
