import { resolve } from 'node:path';
import { isNewEmbedded, NEW_EMBEDDED } from '../checkpoints/checkpoint-folder.js';
import type { Collection } from '../core/collection.js';
import type { EncoderIdentity } from '../core/ports.js';
import type { Encoder } from '../encoders/load-encoder.js';
import { LabelwiseError } from '../errors.js';
import type { LockOptions } from '../files/with-lock.js';
import type { IndexFile, ModelReference } from '../store/current-images.js';
import type { ModelSettings, TaskOptions, Workspace } from './workspace.js';

/** What the database says of its index; the defaults where nothing was indexed. */
export async function readIndexFacts(workspace: Workspace): Promise<IndexFile> {
  const { readIndexFile } = await import('../store/current-images.js');
  return readIndexFile(await workspace.database());
}

/** The indexed images, to be read. @throws LabelwiseError `INDEX_NOT_FOUND` */
export async function openCollection(workspace: Workspace, { onWarning = workspace.warn }: TaskOptions): Promise<Collection> {
  const { openImageCollection } = await import('../store/image-collection.js');
  return openImageCollection(await workspace.database(), { onWarning });
}

/** The model that an index was made with, in the same number format and from the same files, unless the settings name another. */
export async function openIndexEncoder(workspace: Workspace, file: ModelReference, options: TaskOptions): Promise<Encoder> {
  const reference = chooseReference(workspace, file) as Pick<ModelSettings, keyof ModelReference>;
  return workspace.encoder({ ...reference, isUncached: true }, options); // the index keeps the embeddings itself
}

/** What a task on an index opens: what the settings name, else what the index remembers. */
export function chooseReference({ settings }: Workspace, file: ModelReference): ModelReference {
  const { model, dtype, onnx, precision, engine = 'auto' } = settings;
  const isSame = model === undefined || model === file.model || resolve(settings.cwd, model) === file.model;
  const remembered = isSame ? file : {};
  return {
    model: isSame ? file.model : model,
    dtype: dtype ?? (precision === undefined ? remembered.dtype : undefined),
    onnx: onnx ?? remembered.onnx,
    precision: precision ?? (dtype === undefined ? remembered.precision : undefined),
    engine: engine === 'auto' ? (remembered.engine ?? engine) : engine,
  };
}

/** How to open an encoder again, from any folder. */
export function referenceOf({ info, manifest, settings }: Encoder, { engine: _, ...chosen }: ModelReference): ModelReference {
  const isShared = settings.precision === 'fp32' && !info.fingerprint.includes('-openvino'); // either engine gives these embeddings
  return {
    ...chosen,
    model: manifest.source === 'folder' ? manifest.folder : (chosen.model ?? manifest.name),
    engine: isShared ? undefined : settings.engine,
  };
}

/** How a task takes a lock of the database. */
export const lockOptions = ({ settings }: Workspace, { signal }: TaskOptions): LockOptions => ({ signal, staleMs: settings.lockStaleMs });

/** @throws LabelwiseError `INDEX_MISMATCH` for a model other than that of the collection, or other files of the same */
export function refuseOtherEncoder({ encoder }: Pick<Collection, 'encoder'>, other: EncoderIdentity): void {
  if (encoder.fingerprint === other.fingerprint) return;
  const change = `change over with: labelwise index migrate --model ${other.name}`;
  throw new LabelwiseError(
    'INDEX_MISMATCH',
    `The images were indexed with ${encoder.name} (${encoder.fingerprint}) and cannot be compared with ${other.name} (${other.fingerprint}).`,
    {
      hint: isNewEmbedded(encoder, other)
        ? NEW_EMBEDDED
        : encoder.name === other.name
          ? `These are other files of the same model. Give \`dtype\`, \`precision\` and \`onnx\` as when the images were indexed, or ${change}`
          : `Leave out \`model\` (and LABELWISE_MODEL): the index opens its own. Or ${change}`,
    },
  );
}

/** Why an image that was named has no embedding in the index: it is not there, or could not be used. */
export async function notIndexed(workspace: Workspace, paths: readonly string[], name: string): Promise<LabelwiseError> {
  const { openImageIndex } = await import('../store/image-index.js');
  const index = await openImageIndex(await workspace.database());
  const rows = await index.files().finally(() => index.close());
  const failed = rows.find((row) => paths.includes(row.path) && row.error_code !== null);
  if (failed === undefined)
    return new LabelwiseError('INPUT_NOT_FOUND', `${name} is not in the index.`, {
      hint: 'Index its folder first: labelwise index FOLDER. `image` searches with a file that is not indexed.',
    });
  return new LabelwiseError(
    'INPUT_NOT_FOUND',
    `${name} is in the index as a file that could not be used: ${failed.error_code}: ${failed.error_message}`,
    { hint: 'When the file is repaired, run "labelwise index" again.' },
  );
}
