import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { hashFiles } from '../../hub/file-hashes.js';
import { notFound } from '../dataset-errors.js';
import type { OpenDatasetOptions } from '../open-options.js';
import type { OpenedDataset } from '../opened-dataset.js';
import { openParquetDataset } from '../parquet/parquet-dataset.js';
import { type DatasetCard, parseDatasetCard } from './dataset-card.js';
import { type ChosenSplit, chooseSplit, readLayout } from './layout.js';

/** A folder in the layout of the hub's data sets, or any folder with Parquet files. `paths` are all its files. */
export async function openParquetFolder(
  folder: string,
  paths: readonly string[],
  options: OpenDatasetOptions & { home: string },
): Promise<OpenedDataset> {
  const name = basename(folder);
  const readme = paths.includes('README.md') ? await readFile(join(folder, 'README.md'), 'utf8') : '';
  const card = await parseDatasetCard(readme, options.onWarning);
  const layout = readLayout(paths, card.configs);
  if (layout.length === 0)
    throw notFound(`${folder} has no Parquet files.`, 'Name a folder with *.parquet files, or with a folder of images for each label.');
  return openChosen({ name, folder, revision: undefined, card }, chooseSplit(layout, name, options), options);
}

/** One Parquet file as a data set of its own. */
export async function openParquetPath(path: string, options: OpenDatasetOptions & { home: string }): Promise<OpenedDataset> {
  const card = await parseDatasetCard('');
  const [config] = readLayout([basename(path)], []);
  const split = chooseSplit(config ? [config] : [], basename(path), options);
  return openChosen({ name: basename(path), folder: join(path, '..'), revision: undefined, card }, split, options);
}

export interface RepoFolder {
  readonly name: string;
  readonly folder: string;
  readonly revision: string | undefined;
  readonly card: DatasetCard;
}

/** The files of a split, all on disk. */
export async function openChosen(
  repo: RepoFolder,
  chosen: ChosenSplit,
  options: OpenDatasetOptions & { home: string },
): Promise<OpenedDataset> {
  const files = chosen.paths.map((path) => join(repo.folder, path));
  const hashes = await hashFiles(files, options.home);
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  const shards = files.map((path, i) => ({ path, hash: hashes[i] as string }));
  const { name, revision } = repo;
  const source = { name, split: chosen.split, revision, shards, features: repo.card.featuresOf(chosen.config) };
  const { columns, chosen: read, ...dataset } = await openParquetDataset(source, options);
  return {
    ...dataset,
    facts: {
      kind: 'Parquet',
      configs: chosen.configs,
      config: chosen.config,
      splits: chosen.splits,
      columns,
      imageColumn: read.image,
      labelColumn: read.label,
      files: files.length,
      bytes: sizes.reduce((sum, size) => sum + size, 0),
    },
  };
}
