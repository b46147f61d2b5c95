import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Manifest } from '../../checkpoints/manifest.js';
import { LabelwiseError, messageOf } from '../../errors.js';
import { readJsonIfThere } from '../../files/json-file.js';
import { GRAPH_FILES, type GraphFiles, readGraphFiles } from '../graph-files.js';
import { replaceFolder, stateOfFolder } from '../kept-folder.js';
import { type GraphRoom, keepGraphs, locateWeights, type PreparedGraphs } from '../prepare-graphs.js';
import { INT8_FILE, INT8_FILES } from './int8-files.js';

/** Where `models quantize` keeps the int8 copy of a checkpoint; the manifest is that of dtype int8. */
export function int8FolderOf(manifest: Pick<Manifest, 'fingerprint'>, home: string): string {
  return join(home, 'int8', manifest.fingerprint);
}

const reportSchema = z.object({
  photos: z.number().int(),
  prompts: z.number().int(),
  /** Lowest and mean cosine between the embeddings of the copy and of the weights as trained. */
  imageCosine: z.object({ lowest: z.number(), mean: z.number() }),
  textCosine: z.object({ lowest: z.number(), mean: z.number() }),
  /** The share of photos whose first label is the same. */
  top1Agreement: z.number(),
  bytes: z.number().int(),
  sourceBytes: z.number().int(),
});

/** How an int8 copy did against the weights that it was made from, on the machine that made it. */
export type Int8Report = z.infer<typeof reportSchema>;

/** The report of a checkpoint's int8 copy, where there is one. */
export async function readInt8Report(manifest: Pick<Manifest, 'fingerprint'>, home: string): Promise<Int8Report | undefined> {
  return reportSchema.safeParse(await readJsonIfThere(int8FolderOf(manifest, home), 'report.json').catch(() => undefined)).data;
}

/**
 * The graphs of an int8 copy; one that was damaged is made again from the weights, as it was.
 *
 * @throws LabelwiseError `DTYPE_UNAVAILABLE` where none was made, `CHECKPOINT_DAMAGED` where a damaged one cannot be replaced
 */
export async function openInt8Copy(manifest: Manifest, { home, isDequantized, onWarning, signal }: GraphRoom): Promise<PreparedGraphs> {
  const dataFolder = int8FolderOf(manifest, home);
  const state = await stateOfFolder(dataFolder, INT8_FILES, home);
  if (state === 'missing')
    throw new LabelwiseError('DTYPE_UNAVAILABLE', `${manifest.name} has no int8 copy yet.`, {
      hint: `Make one: labelwise models quantize ${manifest.name}. If its repository has int8 ONNX files, \`onnx\` with \`dtype\` int8 runs those.`,
    });
  if (state === 'damaged') {
    onWarning?.(`The int8 copy of ${manifest.name} in ${dataFolder} is damaged, and is made again.`);
    await remake(manifest, dataFolder, { home, signal });
  }
  const graphs = isDequantized ? await dequantizedGraphs(manifest, dataFolder, home) : await readGraphFiles(dataFolder);
  return { ...graphs, dataFolder, dataFiles: [INT8_FILE] };
}

/** The graphs of the same weights for an engine that quantises activations by itself, kept beside the others. */
async function dequantizedGraphs(manifest: Manifest, dataFolder: string, home: string): Promise<GraphFiles> {
  const folder = join(dataFolder, 'dequantized');
  const state = await stateOfFolder(folder, GRAPH_FILES, home);
  if (state === 'whole') return readGraphFiles(folder);
  const [{ createInt8Plan }, { writeFamily }] = await Promise.all([import('./int8-plan.js'), import('../write-graphs.js')]);
  const graphs = await writeFamily(manifest, (await locateWeights(manifest)).weights, createInt8Plan({ isDequantized: true }).format);
  await keepGraphs(folder, graphs, state === 'damaged');
  return graphs;
}

async function remake(manifest: Manifest, folder: string, { home, signal }: GraphRoom): Promise<void> {
  const { writeInt8Copy } = await import('./write-int8-copy.js');
  const report = await readInt8Report(manifest, home);
  const unfinished = `${folder}.${process.pid}`;
  try {
    await writeInt8Copy(manifest, unfinished, { signal });
    if (report) await writeFile(join(unfinished, 'report.json'), JSON.stringify(report, null, 2));
    await replaceFolder(unfinished, folder);
  } catch (cause) {
    if (cause instanceof LabelwiseError) throw cause;
    throw new LabelwiseError('CHECKPOINT_DAMAGED', `The int8 copy in ${folder} is damaged and cannot be replaced: ${messageOf(cause)}.`, {
      hint: `Delete that folder, and make the copy again: labelwise models quantize ${manifest.name}.`,
      cause,
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true }).catch(() => {}); // the folder around it may be read-only
  }
}
