import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../../checkpoints/manifest.js';
import { makeFolder } from '../../files/make-folder.js';
import { writeGraphFiles } from '../graph-files.js';
import { sealFolder } from '../kept-folder.js';
import { locateWeights } from '../prepare-graphs.js';
import { writeFamily } from '../write-graphs.js';
import { INT8_FILE, INT8_FILES } from './int8-files.js';
import { createInt8Plan } from './int8-plan.js';
import { writeInt8File } from './write-int8-file.js';

/** Writes the int8 copy of a checkpoint's weights, the same bytes every time, and gives its size in bytes. @throws LabelwiseError `CHECKPOINT_*`, `ABORTED` */
export async function writeInt8Copy(
  manifest: Manifest,
  folder: string,
  options: { readonly signal?: AbortSignal | undefined; readonly onProgress?: ((done: number, total: number) => void) | undefined },
): Promise<number> {
  await makeFolder(folder);
  const { dataFolder, weights } = await locateWeights(manifest);
  const plan = createInt8Plan();
  const graphs = await writeFamily(manifest, weights, plan.format);
  await writeGraphFiles(folder, graphs);
  await writeInt8File(join(folder, INT8_FILE), plan.tensors, dataFolder, options);
  await sealFolder(folder, INT8_FILES);
  return (await stat(join(folder, INT8_FILE))).size + graphs.image.length + graphs.text.length;
}
