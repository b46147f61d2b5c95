import { type CheckpointOptions, openManifest as open } from '../checkpoints/open-manifest.js';
import { refuseUnknownFields, type Schema } from '../core/known-fields.js';
import { openDataset as openLabelled } from '../datasets/open-dataset.js';
import type { OpenDatasetOptions } from '../datasets/open-options.js';
import { type LoadEncoderOptions, loadEncoder as load } from '../encoders/load-encoder.js';
import { readSurroundings, type Surroundings } from '../hub/surroundings.js';
import { type ClassifierOptions, createClassifier as create } from '../tasks/create-classifier.js';
import { CLASSIFIER, ENCODER } from './fields.js';
import { openWorkspace as openVerbs } from './open-workspace.js';
import type { Workspace, WorkspaceOptions } from './workspace.js';

/** The home and the hub of the process (LABELWISE_HOME, HF_HOME, HF_TOKEN ...), unless the caller names others. */
type Optional<T> = T & Partial<Surroundings>;

function withSurroundings<T extends object>(options: Optional<T>): T & Surroundings {
  const { home, hub } = options;
  if (home !== undefined && hub !== undefined) return { ...options, home, hub };
  const found = readSurroundings(process.env);
  return { ...found, ...options, home: home ?? found.home, hub: hub ?? found.hub };
}

function known<T extends object>(taker: string, options: Optional<T>, fields: Schema<T & Surroundings>): T & Surroundings {
  refuseUnknownFields(taker, options, fields);
  return withSurroundings(options);
}

/**
 * Creates a classifier: loads the model, puts the labels into prompts and embeds them once.
 *
 * @throws LabelwiseError when the labels, templates, model or device cannot be used
 * @example
 * await using classifier = await createClassifier({ labels: ['cat', 'dog', 'red panda'] });
 * const [{ predictions }] = await classifier.classify('photo.jpg');
 */
export const createClassifier = async (options: Optional<ClassifierOptions> = {}) => create(known('createClassifier', options, CLASSIFIER));

/**
 * Opens a workspace: a database, a model, and the verbs that work on them. Nothing is read, loaded or made before a verb asks for it.
 *
 * @throws LabelwiseError `INVALID_ARGUMENT`
 * @example
 * await using workspace = openWorkspace({ db: './photos.db' });
 * await workspace.index({ folders: ['photos'] });
 * const { images } = await workspace.search({ query: 'a dog on the beach', topK: 3 });
 */
export const openWorkspace = (options: WorkspaceOptions): Workspace => openVerbs(withSurroundings(options ?? {}));

/**
 * Loads a checkpoint: downloads what is missing and reads its manifest.
 *
 * @throws LabelwiseError `CHECKPOINT_*`, `INVALID_ARGUMENT` for an odd logit scale, `DTYPE_UNAVAILABLE`, `DEVICE_UNAVAILABLE` or `HUB_*`
 */
export const loadEncoder = async (options: Optional<LoadEncoderOptions> = {}) => load(known('loadEncoder', options, ENCODER));

/** Downloads a checkpoint if necessary and reads its facts. No weights are loaded. `refresh` checks the hub for changes. */
export const openManifest = (options: Optional<CheckpointOptions & { readonly refresh?: boolean }> = {}) => open(withSurroundings(options));

/**
 * Opens labelled pictures: a data set on the hub (owner/name[@revision]), a folder with Parquet files in the hub's layout, a
 * Parquet file, one folder of images per label, a manifest (CSV, TSV, JSONL), or CIFAR's binary archives.
 *
 * @throws LabelwiseError `DATASET_NOT_FOUND`, `DATASET_INVALID` (with a list of the choices), `DATASET_DAMAGED`
 * @example
 * const dataset = await openDataset('cifar100-mini', { split: 'test', labelColumn: 'fine_label' });
 * for await (const example of dataset.examples()) console.log(example.id);
 */
export const openDataset = (source: string, options: Optional<OpenDatasetOptions> = {}) => openLabelled(source, withSurroundings(options));
