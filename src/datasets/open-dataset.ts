import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { LabelwiseError } from '../errors.js';
import { strangeKind } from '../files/strange-kind.js';
import type { Surroundings } from '../hub/surroundings.js';
import { openCifar } from './cifar/open-cifar.js';
import { invalid, notFound } from './dataset-errors.js';
import { isArchive, openFolder } from './folder/open-folder.js';
import { openManifestFile } from './manifest/open-manifest-file.js';
import { isManifest } from './manifest/read-rows.js';
import type { OpenDatasetOptions } from './open-options.js';
import type { OpenedDataset } from './opened-dataset.js';
import { openParquetPath } from './repo/open-parquet-folder.js';

/** owner/name, with @revision if wanted. */
const HUB_NAME = /^([\w.-]+\/[\w.-]+?)(?:@(.+))?$/;

/**
 * Opens labelled pictures: a data set on the hub (owner/name[@revision]), a folder with Parquet files in the hub's layout, a
 * Parquet file, one folder of images per label, a manifest (CSV, TSV, JSONL), or CIFAR's binary archives.
 *
 * @throws LabelwiseError `DATASET_NOT_FOUND`, `DATASET_INVALID` (with a list of the choices), `DATASET_DAMAGED`
 * @example
 * const dataset = await openDataset('cifar100-mini', { split: 'test', labelColumn: 'fine_label' });
 * for await (const example of dataset.examples()) console.log(example.id);
 */
export async function openDataset(source: string, options: OpenDatasetOptions & Surroundings): Promise<OpenedDataset> {
  if (options.labelsBy === 'order' && options.labelNames === undefined)
    throw invalid(
      'Expected labels beside `labelsBy`: they would rename those of the data in their order.',
      'Give the labels, or leave it out.',
    );
  const dataset = await open(source, options);
  refuseUnused(dataset, options);
  return dataset;
}

/** An option that this kind of data set has no use for: it would look as if it had chosen something. @throws LabelwiseError `DATASET_INVALID` */
function refuseUnused({ name, facts, revision }: OpenedDataset, options: OpenDatasetOptions): void {
  const { config, imageColumn, labelColumn } = facts;
  const unused = Object.entries({ config, revision, imageColumn, labelColumn }).find(
    ([option, value]) => value === undefined && options[option as keyof OpenDatasetOptions] !== undefined,
  );
  if (unused !== undefined)
    throw invalid(`Expected no \`${unused[0]}\` for ${name}: a data set of this kind (${facts.kind}) has none.`, 'Leave it out.');
}

async function open(source: string, options: OpenDatasetOptions & Surroundings): Promise<OpenedDataset> {
  const path = resolve(source);
  const kind = await stat(path).then(
    (stats) => strangeKind(stats) ?? 'a file',
    () => 'nothing',
  );
  if (kind === 'a folder') return openFolder(path, options);
  if (kind === 'a file') {
    if (/\.parquet$/i.test(path)) return openParquetPath(path, options);
    if (isManifest(path)) return openManifestFile(path, options);
    if (/\.(?:tar|tar\.gz|tgz)$/i.test(path)) return openCifar(path, options);
    if (isArchive(path)) throw invalid(`${source} is an archive, and labelwise reads only folders.`, 'Unpack it, and name the folder.');
    throw invalid(
      `${source} is not a data set that labelwise reads.`,
      'Name a folder, a .parquet, .csv, .tsv or .jsonl file, or a CIFAR binary archive.',
    );
  }
  if (kind !== 'nothing') throw invalid(`Expected a data set, got ${kind}: ${source}.`, 'Copy what it gives into a file.');
  if (HUB_NAME.test(source)) return openFromHub(source, options);
  throw notFound(`There is no data set ${source}.`, 'Check the spelling and the folder you are in.');
}

/** A name with one slash may also be a folder that is misspelt: an error says that both were looked for. */
async function openFromHub(source: string, options: OpenDatasetOptions & Surroundings): Promise<OpenedDataset> {
  const [, name = '', revision] = HUB_NAME.exec(source) ?? [];
  const { openHubDataset } = await import('./repo/open-hub-dataset.js');
  try {
    return await openHubDataset(name, { ...options, revision: options.revision ?? revision });
  } catch (error) {
    if (!(error instanceof LabelwiseError) || !/^HUB_(?:NOT_FOUND|OFFLINE|UNREACHABLE|UNAUTHORIZED)$/.test(error.code)) throw error;
    const message = `${error.message} There is no file or folder ${source} here either.`;
    throw new LabelwiseError(error.code, message, { ...(error.hint === undefined ? {} : { hint: error.hint }), cause: error });
  }
}
