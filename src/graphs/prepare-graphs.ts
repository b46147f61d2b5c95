import { createHash } from 'node:crypto';
import { realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Manifest } from '../checkpoints/manifest.js';
import { modelPaths } from '../checkpoints/model-files.js';
import { readWeights, type StoredTensor, type Weights } from '../checkpoints/safetensors/read-weights.js';
import { LabelwiseError } from '../errors.js';
import { makeFolder } from '../files/make-folder.js';
import { GRAPH_FILES, type GraphFiles, readGraphFiles, writeGraphFiles } from './graph-files.js';
import { replaceFolder, sealFolder, stateOfFolder } from './kept-folder.js';

/** Raised when the graphs that come out of the same files change. */
export const WRITER_VERSION = 10;

/** Where graphs are kept, and whom to tell of damage. */
export interface GraphRoom {
  readonly home: string;
  /** Whether ONNX Runtime is to open them without packing their weights. */
  readonly isUnpacked?: boolean | undefined;
  /** Whether int8 weights are for OpenVINO, which quantises activations by itself. */
  readonly isDequantized?: boolean | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Graphs that are ready to run, and the folder and files where their weights lie. */
export interface PreparedGraphs extends GraphFiles {
  readonly dataFolder: string;
  readonly dataFiles: readonly string[];
}

/** A checkpoint as far as its graphs depend on it. */
export type GraphSource = Pick<Manifest, 'name' | 'folder' | 'modelType' | 'config' | 'model'>;

/**
 * The graphs of a checkpoint's weights: from the folder where they are kept, by what they depend on, or written anew.
 *
 * ONNX Runtime follows no symbolic link to weights and reads none outside a model's folder; the hub's snapshots are links. It is
 * given the graph as bytes and told the real folder of the weights instead, so that nothing is linked or copied.
 *
 * @throws LabelwiseError `CHECKPOINT_DAMAGED` or `CHECKPOINT_UNSUPPORTED`
 */
export async function prepareGraphs(source: GraphSource, { home, isUnpacked = false, onWarning }: GraphRoom): Promise<PreparedGraphs> {
  const { dataFolder, weights } = await locateWeights(source);
  const key = createHash('sha256')
    .update(JSON.stringify([WRITER_VERSION, source.modelType, source.config, [...weights], ...(isUnpacked ? ['unpacked'] : [])]))
    .digest('hex')
    .slice(0, 32);
  const dataFiles = [...new Set([...weights.values()].map(({ file }) => file))];
  const kept = join(home, 'graphs', key);
  const state = await stateOfFolder(kept, GRAPH_FILES, home);
  if (state === 'whole') {
    const graphs = await readGraphFiles(kept).catch(() => undefined);
    if (graphs) return { ...graphs, dataFolder, dataFiles };
  }
  const [{ writeFamily }, { FLOAT_FORMAT, UNPACKED_FORMAT }] = await Promise.all([
    import('./write-graphs.js'),
    import('./formats/float-format.js'),
  ]);
  const graphs = await writeFamily(source, weights, isUnpacked ? UNPACKED_FORMAT : FLOAT_FORMAT);
  const isKept = await keepGraphs(kept, graphs, state === 'damaged');
  if (state === 'damaged')
    onWarning?.(
      `The graphs of ${source.name} in ${kept} were damaged: they ${isKept ? 'were written again' : 'cannot be replaced, delete that folder'}.`,
    );
  return { ...graphs, dataFolder, dataFiles };
}

/** A checkpoint's tensors by the real names of their files, which have to lie in one folder. */
export async function locateWeights(
  source: Pick<GraphSource, 'name' | 'folder' | 'model'>,
): Promise<{ dataFolder: string; weights: Weights }> {
  const weights = await readWeights(source.folder, modelPaths(source.model));
  const real = new Map<string, string>();
  for (const file of modelPaths(source.model)) real.set(file, await realpath(join(source.folder, file)));
  const folders = new Set([...real.values()].map((path) => dirname(path)));
  if (folders.size > 1) {
    throw new LabelwiseError(
      'CHECKPOINT_UNSUPPORTED',
      `The shards of ${source.name} lie in ${folders.size} folders: ${[...folders].join(', ')}.`,
      {
        hint: 'Put the .safetensors files themselves, not links to them, into the folder of the checkpoint.',
      },
    );
  }
  const located = [...weights].map(([name, tensor]): [string, StoredTensor] => [
    name,
    { ...tensor, file: basename(real.get(tensor.file) as string) },
  ]);
  return { dataFolder: [...folders][0] as string, weights: new Map(located) };
}

/** Keeps the graphs for the next start, whole or not at all; a home that cannot be written is no reason to stop. */
export async function keepGraphs(folder: string, graphs: GraphFiles, isReplaced: boolean): Promise<boolean> {
  const unfinished = `${folder}.${process.pid}`;
  try {
    await makeFolder(unfinished);
    await writeGraphFiles(unfinished, graphs);
    await sealFolder(unfinished, GRAPH_FILES);
    await (isReplaced ? replaceFolder(unfinished, folder) : rename(unfinished, folder));
    return true;
  } catch {
    await rm(unfinished, { recursive: true, force: true }).catch(() => {}); // another process was first, or the home is read-only
    return false;
  }
}
