import { invalid, listNames } from '../dataset-errors.js';
import type { ListedFile } from '../list-files.js';
import { looksLikeManifest } from '../manifest/open-manifest-file.js';
import type { OpenDatasetOptions } from '../open-options.js';
import { distinctTops, type FolderPart } from './find-parts.js';

/** The name that `datasets` of Python reads labels from; other tables beside folders of images mean nothing to it. */
const METADATA = /^metadata\./i;

/**
 * The manifest to read a part by, or undefined where its folders name the labels.
 *
 * @throws LabelwiseError `DATASET_INVALID` for several manifests, and for one beside folders that name labels too
 */
export async function chooseManifest(
  { pictures, manifests }: FolderPart,
  name: string,
  options: OpenDatasetOptions,
): Promise<ListedFile | undefined> {
  const metadata = manifests.filter(({ path }) => METADATA.test(path));
  const folders = distinctTops(pictures);
  const candidates = metadata.length > 0 ? metadata : manifests;
  if (metadata.length > 0 || folders.length < 2) {
    if (candidates.length < 2) return candidates[0];
    throw invalid(`${name} has several manifests: ${listNames(candidates.map(({ path }) => path))}.`, 'Name one of them.');
  }
  for (const { path, place } of manifests) {
    if (await looksLikeManifest(place, options))
      throw invalid(
        `${name} has folders that may be labels (${listNames(folders, 5)}), and ${path}, which names labels too.`,
        `To read the manifest, name it: ${name}/${path}. To read the folders, move it away.`,
      );
    options.onWarning?.(`${name}/${path} is not a list of images and labels, and is left out.`);
  }
  return undefined;
}
