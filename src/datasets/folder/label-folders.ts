import { isUtf8 } from 'node:buffer';
import { toPathBytes } from '../../files/byte-path.js';
import { invalid, listNames } from '../dataset-errors.js';
import type { ListedFile } from '../list-files.js';
import { type FolderPart, isInFolder, topOf } from './find-parts.js';

type NameLabel = (file: ListedFile) => string;

const outermost: NameLabel = ({ path }) => topOf(path).normalize('NFC');
const innermost: NameLabel = ({ path }) => (path.split('/').at(-2) as string).normalize('NFC');

/**
 * Which folder of an image names its label: the outermost, where images lie at several depths or right in it (as in torchvision). Where all
 * lie equally deep, `datasets` of Python takes the innermost: so does this, unless both could be meant.
 *
 * @throws LabelwiseError `DATASET_INVALID` for two levels of folders, and for a label that is not UTF-8
 */
export function chooseLabelFolder(parts: readonly FolderPart[], name: string, given: readonly string[] | undefined): NameLabel {
  const labelled = parts.flatMap(({ pictures }) => pictures.filter(isInFolder));
  refuseBytes(labelled, name);
  const depths = new Set(labelled.map(({ path }) => path.split('/').length));
  if (depths.size !== 1 || depths.has(2)) return outermost;
  const [outer, inner] = [new Set(labelled.map(outermost)), new Set(labelled.map(innermost))];
  if (inner.size === 1) return outermost;
  if (outer.size === 1) return innermost;
  const isGiven = (labels: ReadonlySet<string>): boolean => given !== undefined && [...labels].every((label) => given.includes(label));
  if (isGiven(outer) !== isGiven(inner)) return isGiven(outer) ? outermost : innermost;
  throw invalid(
    `${name} has folders in folders (${labelled[0]?.path}): labels may be ${listNames([...outer], 3)}, or ${listNames([...inner], 3)}.`,
    'Say which labels are meant with `labelNames`, or write a metadata.csv with the columns file_name and label.',
  );
}

/** A label goes into prompts: it has to be text. */
function refuseBytes(labelled: readonly ListedFile[], name: string): void {
  for (const { path, place } of labelled) {
    const bytes = toPathBytes(place);
    if (place.startsWith('file://') && !isUtf8(bytes.subarray(0, bytes.lastIndexOf('/'))))
      throw invalid(`A folder of ${name} has a name that is not UTF-8, and cannot be a label: ${path}.`, 'Rename the folder.');
  }
}
