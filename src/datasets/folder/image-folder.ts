import { basename, join } from 'node:path';
import { fingerprint } from '../../core/fingerprint.js';
import { throwIfAborted } from '../../errors.js';
import { kindOfName } from '../../files/image-names.js';
import { invalid, listNames, notFound } from '../dataset-errors.js';
import { describeFiles } from '../describe-files.js';
import { matchLabels } from '../match-labels.js';
import type { OpenDatasetOptions } from '../open-options.js';
import type { OpenedDataset } from '../opened-dataset.js';
import { chooseName, splitOf } from '../splits.js';

/** Byte order, not the language's: the same on every machine, and that of Python's sorted(). */
const inOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * A folder of images for each label, possibly below a folder for each split (train/cat/1.jpg). Labels are the folders' names, sorted,
 * unless `labelNames` says others. `paths` are all files below.
 */
export async function openImageFolder(folder: string, paths: readonly string[], options: OpenDatasetOptions): Promise<OpenedDataset> {
  const name = basename(folder);
  const images = paths.filter((path) => kindOfName(path) === 'image');
  const unreadable = paths.filter((path) => kindOfName(path) === 'unreadable');
  if (unreadable.length > 0)
    options.onWarning?.(
      `${unreadable.length} images of ${name} are in formats that labelwise does not read, and are left out: ${listNames(unreadable)}.`,
    );
  const { inSplit, split, splits } = chooseFolder(images, name, options.split);
  const labelled = inSplit.filter((path) => path.includes('/'));
  if (labelled.length === 0) {
    throw images.length === 0
      ? notFound(
          `${folder} has no images and no Parquet files.`,
          'Name a folder with a folder of images for each label, a manifest or a Parquet folder.',
        )
      : invalid(
          `The images of ${folder} lie in no folders that would name their labels.`,
          'Make a folder for each label, or a manifest (CSV, TSV, JSONL).',
        );
  }
  const loose = inSplit.length - labelled.length;
  if (loose > 0) options.onWarning?.(`${loose} images of ${name} lie in no folder for a label, and are left out.`);
  const own = [...new Set(labelled.map(labelOf))].sort(inOrder);
  const labels = matchLabels(own, options, name);
  const root = split === undefined ? folder : join(folder, split);
  const ordered = labelled.toSorted((a, b) => inOrder(labelOf(a), labelOf(b)) || inOrder(a, b));
  const files = await describeFiles(
    ordered.map((path) => join(root, path)),
    options.signal,
  );
  return {
    name,
    split,
    revision: undefined,
    fingerprint: fingerprint({ paths: ordered, files: files.mark, split, labelNames: labels.labelNames }),
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
      for (let i = from; i < ordered.length; i++) {
        throwIfAborted(signal);
        const path = ordered[i] as string;
        yield { id: path, image: join(root, path), labels: [labels.placeOfName(labelOf(path)) as number] };
      }
    },
  };
}

const labelOf = (path: string): string => path.slice(0, path.indexOf('/'));

/** Folders are splits where all of them are named so and hold folders themselves. */
function chooseFolder(images: readonly string[], name: string, wanted: string | undefined) {
  const tops = [...new Set(images.filter((path) => path.includes('/')).map(labelOf))].sort(inOrder);
  const areSplits =
    tops.length > 0 && tops.every((top) => splitOf(top) !== undefined) && images.every((path) => path.split('/').length !== 2);
  if (!areSplits) {
    if (wanted !== undefined) throw invalid(`${name} has no splits, got --split ${wanted}.`, 'Name its folder without a split.');
    return { inSplit: images, split: undefined, splits: [] };
  }
  const split = chooseName(tops, wanted, name);
  return {
    inSplit: images.filter((path) => path.startsWith(`${split}/`)).map((path) => path.slice(split.length + 1)),
    split,
    splits: tops,
  };
}
