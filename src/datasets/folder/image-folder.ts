import { basename } from 'node:path';
import { fingerprint } from '../../core/fingerprint.js';
import { throwIfAborted } from '../../errors.js';
import { unreadableFormatOf } from '../../files/image-names.js';
import { invalid, listNames, notFound } from '../dataset-errors.js';
import { describeFiles } from '../describe-files.js';
import type { ListedFile } from '../list-files.js';
import { matchLabels } from '../match-labels.js';
import type { OpenDatasetOptions } from '../open-options.js';
import type { OpenedDataset } from '../opened-dataset.js';
import { type FolderPart, isInFolder } from './find-parts.js';
import { chooseLabelFolder } from './label-folders.js';

/** Byte order, not the language's: the same on every machine, and that of Python's sorted(). */
const inOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A folder of images, or one split of it. */
export interface ImageFolder {
  readonly folder: string;
  readonly part: FolderPart;
  /** The splits, this one included: their folders are the labels of each. */
  readonly parts: readonly FolderPart[];
  readonly splits: readonly string[];
}

/** A folder of images for each label. Labels are the folders' names, sorted, unless `labelNames` says others. */
export async function openImageFolder(source: ImageFolder, options: OpenDatasetOptions): Promise<OpenedDataset> {
  const { folder, part, parts, splits } = source;
  const { split } = part;
  const name = basename(folder);
  const labelled = part.pictures.filter(isInFolder);
  if (labelled.length === 0) throw withoutLabels(folder, part);
  const labelOf = chooseLabelFolder(parts, name, options.labelNames);
  const own = distinct(parts.flatMap(({ pictures }) => pictures.filter(isInFolder).map(labelOf)));
  warnOfTheRest(part, name, options);
  const ordered = labelled.toSorted((a, b) => inOrder(labelOf(a), labelOf(b)) || inOrder(a.path, b.path));
  // Given labels have to hold those of this split; a label of another split may be missing.
  const labels = matchLabels(
    options.labelsBy === 'order' || options.labelNames === undefined ? own : distinct(labelled.map(labelOf)),
    options,
    name,
  );
  const files = await describeFiles(
    ordered.map(({ place }) => place),
    options.signal,
  );
  return {
    name,
    split,
    revision: undefined,
    fingerprint: fingerprint({ paths: ordered.map(({ path }) => path), files: files.mark, split, labelNames: labels.labelNames }),
    labelNames: labels.labelNames,
    isMultiLabel: false,
    size: ordered.length,
    facts: {
      kind: 'image folder',
      configs: [],
      config: undefined,
      splits,
      columns: [],
      imageColumn: undefined,
      labelColumn: undefined,
      files: ordered.length,
      bytes: files.bytes,
    },
    async *examples({ from = 0, signal } = {}) {
      for (const file of ordered.slice(from)) {
        throwIfAborted(signal);
        yield { id: file.path, image: file.place, labels: [labels.placeOfName(labelOf(file)) as number] };
      }
    },
  };
}

const distinct = (labels: readonly string[]): string[] => [...new Set(labels)].sort(inOrder);

function withoutLabels(folder: string, { pictures, files }: FolderPart) {
  if (pictures.length > 0)
    return invalid(
      `The images of ${folder} are in no folders that would name their labels.`,
      'Make a folder for each label, or a manifest (CSV, TSV, JSONL).',
    );
  const unread = listUnread(files);
  return notFound(
    `${folder} has no images and no Parquet files${unread === '' ? '' : `, only formats that labelwise does not read: ${unread}`}.`,
    'Name a folder with a folder of images for each label, a manifest or a Parquet folder.',
  );
}

/** Nothing is left out in silence. */
function warnOfTheRest({ split, pictures, files }: FolderPart, name: string, { onWarning }: OpenDatasetOptions): void {
  const place = split === undefined ? name : `${name}/${split}`;
  const loose = pictures.filter((file) => !isInFolder(file)).map(({ path }) => path);
  if (loose.length > 0) onWarning?.(`images of ${place} in no folder for a label are left out: ${countNames(loose)}.`);
  const unread = listUnread(files);
  if (unread !== '') onWarning?.(`images of ${place} in formats that labelwise does not read are left out: ${unread}.`);
}

/** "3 BMP (a/1.bmp, ...), 1 RAW (b/2.cr2)", or '' for none. */
function listUnread(files: readonly ListedFile[]): string {
  const byFormat = new Map<string, string[]>();
  for (const { path } of files) {
    const format = unreadableFormatOf(path);
    if (format !== undefined) byFormat.set(format, [...(byFormat.get(format) ?? []), path]);
  }
  return [...byFormat].map(([format, paths]) => `${paths.length} ${format} (${listNames(paths, 3)})`).join(', ');
}

const countNames = (paths: readonly string[]): string => `${paths.length} (${listNames(paths, 3)})`;
