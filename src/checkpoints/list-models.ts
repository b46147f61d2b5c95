import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LabelwiseError } from '../errors.js';
import { readJsonIfThere } from '../files/json-file.js';
import { listFolder, repoFolder } from '../hub/hub-cache.js';
import type { HubSettings } from '../hub/hub-settings.js';
import { EMBEDDED_MODEL } from './checkpoint-folder.js';
import { availableDtypes } from './choose-onnx.js';
import { findWeights } from './choose-weights.js';
import type { Dtype } from './dtypes.js';
import { weightFamilyOf } from './families.js';
import { KNOWN_EXPORTS } from './known-exports.js';
import { belowRoot, layoutRoot } from './layout-root.js';
import { embeddedFolder } from './resolve-checkpoint.js';

/** A model on disk. */
export interface ModelOnDisk {
  readonly name: string;
  readonly source: 'embedded' | 'hub';
  readonly sizeBytes: number;
  /** Whether it has weights that labelwise runs by itself. */
  readonly hasWeights: boolean;
  /** The number formats for which both towers are there as ONNX. */
  readonly dtypes: readonly Dtype[];
  readonly path: string;
}

/** The embedded model and all model repositories in the hub's cache, Python's downloads included. */
export async function listModels({ cacheDir }: HubSettings): Promise<ModelOnDisk[]> {
  const folders = (await readdir(cacheDir).catch(() => [])).filter((name) => name.startsWith('models--')).sort();
  const embedded: ModelOnDisk = {
    name: EMBEDDED_MODEL,
    source: 'embedded',
    sizeBytes: await sizeOf(embeddedFolder()),
    hasWeights: false,
    dtypes: availableDtypes(await listFolder(embeddedFolder())),
    path: embeddedFolder(),
  };
  const cached = folders.map(async (folder): Promise<ModelOnDisk> => {
    const path = join(cacheDir, folder);
    const snapshots = await readdir(join(path, 'snapshots')).catch(() => []);
    const listings = await Promise.all(snapshots.map(async (commit) => readListing(join(path, 'snapshots', commit))));
    return {
      name: folder.slice('models--'.length).replaceAll('--', '/'),
      source: 'hub',
      sizeBytes: await sizeOf(path),
      hasWeights: listings.some(({ files, modelType }) => findWeights(files, modelType) !== undefined),
      dtypes: availableDtypes(listings.flatMap(({ files }) => files)),
      path,
    };
  });
  return [embedded, ...(await Promise.all(cached))];
}

async function readListing(folder: string): Promise<{ files: string[]; modelType: string | undefined }> {
  const all = await listFolder(folder);
  const root = layoutRoot(all);
  const config = await readJsonIfThere(join(folder, root), 'config.json').catch(() => undefined);
  return { files: belowRoot(all, root), modelType: weightFamilyOf(config) };
}

/** Removes a repository from the cache, with the export that stands for it. Gives the bytes that it took. */
export async function removeModel(repo: string, { cacheDir }: HubSettings): Promise<number> {
  let freed = 0;
  for (const name of [repo, KNOWN_EXPORTS[repo]?.onnx].filter((name) => name !== undefined)) {
    if (!/^[\w.-]+\/[\w.-]+$/.test(name)) continue;
    const folder = repoFolder(cacheDir, name);
    freed += await sizeOf(folder);
    await rm(folder, { recursive: true, force: true });
  }
  if (freed === 0)
    throw new LabelwiseError('CHECKPOINT_NOT_FOUND', `There is no model ${repo} in ${cacheDir}.`, {
      hint: 'See what there is: labelwise models list.',
    });
  return freed;
}

/** Bytes of the files below a folder; a link counts as nothing, its target is counted where it is. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries.filter((entry) => entry.isFile()).map(async (entry) => (await lstat(join(entry.parentPath, entry.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
