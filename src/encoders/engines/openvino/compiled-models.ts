import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../../files/make-folder.js';
import { withLock } from '../../../files/with-lock.js';
import { writeAtomically } from '../../../files/write-atomically.js';
import { sealFolder, stateOfFolder } from '../../../graphs/kept-folder.js';
import type { ModelSource, OpenVinoSettings } from '../protocol.js';

type Compile = (path: string, folder: string) => unknown;

const GRAPH = 'graph.onnx';

/**
 * Compiles a model, or opens what an earlier run compiled.
 *
 * OpenVINO keeps compiled models with their weights, and finds them by the path and the times of the model's file. So each graph has a folder of
 * its own in the home, named by its content and the encoder's fingerprint. OpenVINO follows no link to weights outside the folder of the graph: they
 * are linked into it (or copied, from another disk) while it compiles. What it keeps is sealed, because it checks no content.
 */
export async function openCompiled(model: ModelSource, { folder: room, home }: OpenVinoSettings, compile: Compile): Promise<unknown> {
  const graph = typeof model === 'string' ? model : model.graph;
  const folder = join(room, createHash('sha256').update(graph).digest('hex').slice(0, 16));
  await makeFolder(folder);
  if ((await stateOfFolder(folder, await keptIn(folder), home)) !== 'whole') await forget(folder);
  const path = typeof model === 'string' ? model : await placeGraph(folder, model.graph);
  const isKept = (await keptIn(folder)).length > 0;
  if (isKept) return compile(path, folder);
  return withLock(folder, async () => {
    const compiled = await withWeights(model, folder, () => compile(path, folder));
    await sealFolder(folder, await keptIn(folder));
    return compiled;
  });
}

const keptIn = async (folder: string): Promise<string[]> => (await readdir(folder)).filter((name) => name.endsWith('.blob')).sort();

const forget = async (folder: string): Promise<void> => {
  for (const name of await keptIn(folder)) await rm(join(folder, name), { force: true });
};

/** OpenVINO looks at the file's times: one that is right already stays as it is. */
async function placeGraph(folder: string, graph: Uint8Array): Promise<string> {
  const path = join(folder, GRAPH);
  const found = await readFile(path).catch(() => undefined);
  if (!found?.equals(graph)) await writeAtomically(path, graph);
  return path;
}

async function withWeights<T>(model: ModelSource, folder: string, work: () => T): Promise<T> {
  if (typeof model === 'string') return work();
  const placed: string[] = [];
  try {
    for (const name of model.dataFiles) {
      const [from, to] = [join(model.dataFolder, name), join(folder, name)];
      await rm(to, { force: true });
      placed.push(to);
      await link(from, to).catch(() => copyFile(from, to, constants.COPYFILE_FICLONE));
    }
    return work();
  } finally {
    for (const path of placed) await rm(path, { force: true }).catch(() => {}); // Windows keeps a file that is mapped
  }
}
