import { kindOfName } from '../../files/image-names.js';
import { invalid, listNames } from '../dataset-errors.js';
import type { ListedFile } from '../list-files.js';
import { isManifest } from '../manifest/read-rows.js';
import { splitOf } from '../splits.js';

/** A folder of pictures without splits, or one split of it. */
export interface FolderPart {
  /** The name of its folder, where that is a split's. */
  readonly split: string | undefined;
  /** Its files; paths begin below it. */
  readonly files: readonly ListedFile[];
  readonly pictures: readonly ListedFile[];
  /** CSV, TSV and JSONL files directly in it. */
  readonly manifests: readonly ListedFile[];
}

/** Whether a file lies in a folder of the part, which may name its label. */
export const isInFolder = ({ path }: ListedFile): boolean => path.includes('/');
export const topOf = (path: string): string => path.slice(0, path.indexOf('/'));

/**
 * The splits of a folder of pictures, else all of it as one part. Folders that only wrap others are passed through.
 *
 * @throws LabelwiseError `DATASET_INVALID` where some folders are splits and others are not: `datasets` of Python would drop the others
 */
export function findParts(files: readonly ListedFile[], name: string): FolderPart[] {
  const all = toPart(unwrap(files), undefined);
  const tops = distinctTops(all.pictures);
  const splits = tops.filter((top) => splitOf(top) !== undefined);
  if (splits.length === 0) return [all];
  const parts = splits.map((split) => toPart(below(all.files, split), split));
  if (splits.length === tops.length) return parts;
  const holdsMore = parts.some(({ pictures, manifests }) => manifests.length > 0 || pictures.some(isInFolder));
  if (!holdsMore) return [all]; // "car", "bus" and "train" are labels
  const others = tops.filter((top) => !splits.includes(top));
  const misfit = all.pictures.find(({ path }) => others.includes(topOf(path)));
  throw invalid(
    `${name} holds splits (${listNames(splits)}) beside folders that are not splits (${listNames(others, 5)}): ${misfit?.path} fits neither way.`,
    `Name the folder of one split, for example ${name}/${splits[0]}, or move the other folders away.`,
  );
}

/** The files below the only folder with pictures, as long as there is one around all of them and folders in it. */
function unwrap(files: readonly ListedFile[]): readonly ListedFile[] {
  const { pictures, manifests } = toPart(files, undefined);
  const [top, ...others] = distinctTops(pictures);
  const isWrapper = others.length === 0 && manifests.length === 0 && pictures.every(({ path }) => path.split('/').length > 2);
  return top !== undefined && isWrapper && splitOf(top) === undefined ? unwrap(below(files, top)) : files;
}

function toPart(files: readonly ListedFile[], split: string | undefined): FolderPart {
  const pictures = files.filter(({ path }) => kindOfName(path) === 'image');
  return { split, files, pictures, manifests: files.filter(({ path }) => !path.includes('/') && isManifest(path)) };
}

const below = (files: readonly ListedFile[], folder: string): ListedFile[] =>
  files.filter(({ path }) => path.startsWith(`${folder}/`)).map((file) => ({ ...file, path: file.path.slice(folder.length + 1) }));

/** The folders right below the part in which its files lie. */
export const distinctTops = (files: readonly ListedFile[]): string[] => [
  ...new Set(files.filter(isInFolder).map(({ path }) => topOf(path))),
];
