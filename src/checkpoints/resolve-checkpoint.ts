import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { LabelwiseError } from '../errors.js';
import { readJsonIfThere } from '../files/json-file.js';
import { refuseLfsPointers } from '../files/lfs-pointer.js';
import { packageFile } from '../files/package-root.js';
import { listFolder } from '../hub/hub-cache.js';
import { type CheckpointFolder, EMBEDDED_MODEL } from './checkpoint-folder.js';
import { chooseFiles } from './choose-files.js';
import { weightFamilyOf } from './families.js';
import type { ResolveHubOptions } from './hub/resolve-hub.js';
import { belowRoot, layoutRoot, MODULES, refuseOtherModules } from './layout-root.js';
import { readLogitsFromFolder } from './logit-scale.js';
import { modelPaths } from './model-files.js';

export const embeddedFolder = (): string => packageFile('models/pocket');

/** Where a model name leads: the embedded model, a folder, or a repository on the hub. */
export type CheckpointReference =
  | { kind: 'embedded' }
  | { kind: 'folder'; folder: string }
  | { kind: 'hub'; repo: string; revision: string };

const pathOf = (model: string): string => (model.startsWith('~/') ? join(homedir(), model.slice(2)) : model);

/**
 * Parses the name of a model: "pocket", a folder, or `owner/name` with an optional `@revision`. Relative paths start in `cwd`.
 *
 * @throws LabelwiseError `CHECKPOINT_NOT_FOUND`
 */
export async function parseReference(model: string, cwd = ''): Promise<CheckpointReference> {
  if (model === EMBEDDED_MODEL) return { kind: 'embedded' };
  const path = pathOf(model);
  const folder = resolve(cwd, path);
  const isFolder = await stat(folder).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  if (isFolder) return { kind: 'folder', folder };
  const id = /^([\w.-]+\/[\w.-]+)(?:@([\w./-]+))?$/.exec(model);
  const looksLikePath = isAbsolute(path) || /^\.{1,2}(?:[\\/]|$)/.test(path);
  const revision = id?.[2] ?? 'main';
  if (id?.[1] === undefined || looksLikePath || revision.split('/').includes('..')) {
    throw new LabelwiseError('CHECKPOINT_NOT_FOUND', `There is no model "${model}": no such folder, and no name of the form owner/name.`, {
      hint: 'Use "pocket" (embedded), the folder of a checkpoint, or a name on the hub such as openai/clip-vit-base-patch32.',
    });
  }
  return { kind: 'hub', repo: id[1], revision };
}

/** Downloads a checkpoint's files if necessary, and returns which of them to run. */
export async function resolveCheckpoint(model: string, options: ResolveHubOptions): Promise<CheckpointFolder> {
  const reference = await parseReference(model, options.cwd);
  if (reference.kind === 'hub') {
    const { resolveHub } = await import('./hub/resolve-hub.js');
    const checkpoint = await resolveHub(reference.repo, reference.revision, options);
    return {
      ...checkpoint,
      logits:
        checkpoint.logits ?? (await readLogitsFromFolder(checkpoint.folder, await listFolder(checkpoint.folder), checkpoint.files.model)),
    };
  }
  return reference.kind === 'embedded'
    ? openFolder(EMBEDDED_MODEL, 'embedded', embeddedFolder(), options)
    : openFolder(model, 'folder', reference.folder, options);
}

async function openFolder(name: string, source: 'embedded' | 'folder', top: string, options: ResolveHubOptions): Promise<CheckpointFolder> {
  const all = await listFolder(top);
  const root = layoutRoot(all);
  if (root !== '') refuseOtherModules(name, await readJsonIfThere(top, MODULES));
  const [folder, listing] = [join(top, root), belowRoot(all, root)];
  const modelType = weightFamilyOf(await readJsonIfThere(folder, 'config.json'));
  const files = chooseFiles(name, listing, { dtype: options.dtype, onnx: options.onnx, modelType });
  await refuseLfsPointers([...modelPaths(files.model), ...files.companions].map((path) => join(folder, path)));
  return { name, source, folder, files, logits: await readLogitsFromFolder(folder, listing, files.model) };
}
