import { basename } from 'node:path';
import type { Surroundings } from '../../hub/surroundings.js';
import { isCifar, openCifar } from '../cifar/open-cifar.js';
import { invalid, listNames } from '../dataset-errors.js';
import { type ListedFile, listFiles } from '../list-files.js';
import { openManifestFile } from '../manifest/open-manifest-file.js';
import { isManifest } from '../manifest/read-rows.js';
import type { OpenDatasetOptions } from '../open-options.js';
import type { OpenedDataset } from '../opened-dataset.js';
import { holdsImages } from '../parquet/parquet-dataset.js';
import { openParquetFolder } from '../repo/open-parquet-folder.js';
import { chooseName } from '../splits.js';
import { chooseManifest } from './choose-manifest.js';
import { type FolderPart, findParts, isInFolder } from './find-parts.js';
import { type ImageFolder, openImageFolder } from './image-folder.js';

type Options = OpenDatasetOptions & Surroundings;

/**
 * A folder with Parquet files, CIFAR's binary files, a manifest, or folders of images, possibly in a folder for each split.
 *
 * @throws LabelwiseError `DATASET_INVALID` where it could be read in two ways, with what to do
 */
export async function openFolder(folder: string, options: Options): Promise<OpenedDataset> {
  const files = await listFiles(folder, options);
  const paths = files.map(({ path }) => path);
  const parquet = files.filter(({ path }) => /\.parquet$/i.test(path));
  if (isCifar(paths)) return openCifar(folder, options);
  if (parquet.length > 0 && (await holdsPictures(parquet, files, options))) return openParquetFolder(folder, paths, options);
  const archives = paths.filter(isArchive);
  if (archives.length > 0)
    options.onWarning?.(`labelwise does not read archives. Unpack these, or move them out of ${folder}: ${listNames(archives)}.`);
  const parts = findParts(files, basename(folder));
  const [whole] = parts;
  return whole?.split === undefined
    ? openPart({ folder, part: whole as FolderPart, parts, splits: [] }, options)
    : openSplits({ folder, files, parts }, options);
}

/** Python's `datasets` reads the images in archives, too. */
export const isArchive = (name: string): boolean => /\.(?:zip|tar|tar\.gz|tgz|tar\.(?:bz2|xz|zst)|7z|rar)$/i.test(name);

/** Among folders of images, Parquet files may be tables of something else, such as exported embeddings. */
async function holdsPictures(parquet: readonly ListedFile[], files: readonly ListedFile[], options: Options): Promise<boolean> {
  const parts = findParts(files, 'the folder');
  if (!parts.some(({ pictures }) => pictures.some(isInFolder))) return true;
  for (const { path, place } of parquet) {
    if (await holdsImages(place)) return true;
    if (basename(path) === 'metadata.parquet')
      throw invalid(`${path} names the labels of images, and labelwise does not read labels from it.`, 'Save it as metadata.csv.');
  }
  options.onWarning?.(`Parquet files without images are left out: ${listNames(parquet.map(({ path }) => path))}.`);
  return false;
}

interface Splits {
  readonly folder: string;
  readonly files: readonly ListedFile[];
  readonly parts: readonly FolderPart[];
}

async function openSplits({ folder, files, parts }: Splits, options: Options): Promise<OpenedDataset> {
  const name = basename(folder);
  const manifests = files.filter(({ path }) => !path.includes('/') && isManifest(path));
  const above = { split: undefined, files, pictures: parts.flatMap(toLabelled), manifests };
  const manifest = await chooseManifest(above, name, options);
  const usable = manifest ? parts : parts.filter((part) => part.manifests.length > 0 || part.pictures.some(isInFolder));
  const unlabelled = parts.filter((part) => !usable.includes(part));
  if (usable.length === 0 || unlabelled.some(({ split }) => split === options.split)) throw withoutLabels(unlabelled, name);
  const splits = usable.map(({ split }) => split as string);
  const split = chooseName(splits, options.split, name);
  if (unlabelled.length > 0)
    options.onWarning?.(
      `the split ${listNames(unlabelled.map((part) => part.split as string))} of ${name} has no labels, and is left out.`,
    );
  if (manifest) return openManifestFile(manifest.place, { ...options, split: undefined }, { split, splits, isForAll: true });
  return openPart({ folder, part: usable.find((part) => part.split === split) as FolderPart, parts: usable, splits }, options);
}

/** The images that lie in folders of a split, by their paths from above it. */
const toLabelled = ({ split, pictures }: FolderPart): ListedFile[] =>
  pictures.filter(isInFolder).map((file) => ({ ...file, path: `${split}/${file.path}` }));

function withoutLabels(parts: readonly FolderPart[], name: string) {
  const [part] = parts as [FolderPart];
  const example = part.pictures[0]?.path ?? '';
  return invalid(
    `The split "${part.split}" of ${name} has no labels: its images, such as ${part.split}/${example}, are in no folder for a label.`,
    `Make a folder for each label (${part.split}/cat/1.jpg), or a metadata.csv in it with the columns file_name and label.`,
  );
}

async function openPart(source: ImageFolder, options: Options): Promise<OpenedDataset> {
  const { part, splits } = source;
  const name = basename(source.folder);
  const { split } = part;
  if (split === undefined && options.split !== undefined)
    throw invalid(`${name} has no splits, got the split ${options.split}.`, 'Name its folder without a split.');
  const manifest = await chooseManifest(part, split === undefined ? name : `${name}/${split}`, options);
  if (manifest) return openManifestFile(manifest.place, { ...options, split: undefined }, { split, splits });
  return openImageFolder(source, options);
}
