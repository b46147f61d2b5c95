import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fingerprint } from '../../core/fingerprint.js';
import { LabelwiseError, throwIfAborted } from '../../errors.js';
import type { BadExample, Example } from '../dataset.js';
import { badRow, invalid, listNames } from '../dataset-errors.js';
import { describeFiles } from '../describe-files.js';
import { hintFor, type LabelIndex, matchLabels, placesOf } from '../match-labels.js';
import type { OpenDatasetOptions } from '../open-options.js';
import type { OpenedDataset } from '../opened-dataset.js';
import { toPlaces } from '../to-places.js';
import { type LabelValues, readLabelValues } from './label-values.js';
import { type ManifestRow, readManifestRows } from './read-rows.js';

const IMAGE_COLUMNS = ['path', 'file', 'file_name', 'filename', 'image', 'image_path', 'image_file', 'img', 'url', 'image_url', 'uri'];
const LABEL_COLUMNS = ['label', 'labels', 'class', 'category', 'categories', 'label_index', 'class_name', 'target', 'tags', 'objects'];
/** Where images are looked for, from the manifest's own folder on. */
const FOLDERS = ['.', 'images', 'data', 'img', 'photos'];

/** Which split of a folder a manifest is for. */
export interface ManifestSplit {
  readonly split?: string | undefined;
  readonly splits?: readonly string[];
  /** It lies above the splits, and names the images of all: those in the split's folder count. */
  readonly isForAll?: boolean;
}

/**
 * Images and labels named line by line in a CSV, TSV or JSONL file. Paths count from the file's folder (or from `images` and the like
 * beside it); http(s) addresses are fetched when their turn comes.
 */
export async function openManifestFile(
  path: string,
  options: OpenDatasetOptions,
  { split, splits = [], isForAll = false }: ManifestSplit = {},
): Promise<OpenedDataset> {
  const name = split === undefined || isForAll ? basename(path) : `${split}/${basename(path)}`;
  if (options.split !== undefined)
    throw invalid(`${name} has no splits, got the split ${options.split}.`, 'Name the file without a split.');
  const { columns, rows: all, isDelimited } = await readManifestRows(path);
  if (all.length === 0) throw invalid(`${name} has 0 rows.`, 'Expected a head, for example "path,label", and a line for each image.');
  const image = chooseColumn(columns, options.imageColumn, IMAGE_COLUMNS, { name, role: 'image' });
  const label = chooseColumn(columns, options.labelColumn, LABEL_COLUMNS, { name, role: 'label' });
  const read = readLabelValues(all, label, isDelimited);
  const kept = [...all.keys()].filter((i) => !isForAll || isBelow(placeOf(all[i] as ManifestRow, image), `${split}/`));
  const rows = kept.map((i) => all[i] as ManifestRow);
  const values = { ...read, rows: kept.map((i) => read.rows[i]) };
  if (rows.length === 0) throw invalid(`${name} names no image in the folder ${split}.`, 'Choose another split with `split`.');
  if (values.names?.length === 0) throw withoutLabels(rows, { name, label });
  if (options.labelsBy !== 'order') refuseUnknown(values, options, name);
  const labels = matchLabels(values.names, options, `${name} (column ${label})`);
  const places = rows.map((row) => placeOf(row, image));
  const folder = await findFolder(dirname(path), places);
  const files = await describeFiles(
    places.map((place) => (place === '' || isUrl(place) ? undefined : resolve(folder, place))),
    options.signal,
  );
  const ids = uniqueIds(rows, places);
  const reading: Reading = { name, folder, rows, places, ids, values, labels, image, label };
  return {
    name,
    split,
    revision: undefined,
    fingerprint: fingerprint({ rows, image, label, files: files.mark, labelNames: labels.labelNames }),
    labelNames: labels.labelNames,
    isMultiLabel: values.isMultiLabel,
    size: rows.length,
    facts: {
      kind: 'manifest',
      configs: [],
      config: undefined,
      splits,
      columns: columns.map((column) => ({ name: column, type: column === label ? values.type : 'text' })),
      imageColumn: image,
      labelColumn: label,
      files: places.length,
      bytes: files.bytes,
    },
    async *examples({ from = 0, signal } = {}) {
      for (let i = from; i < rows.length; i++) {
        throwIfAborted(signal);
        yield await readRow(reading, i);
      }
    },
  };
}

interface Reading {
  readonly name: string;
  readonly folder: string;
  readonly rows: readonly ManifestRow[];
  readonly places: readonly string[];
  readonly ids: readonly string[];
  readonly values: LabelValues;
  readonly labels: LabelIndex;
  readonly image: string;
  readonly label: string;
}

async function readRow(reading: Reading, i: number): Promise<Example | BadExample> {
  const row = reading.rows[i] as ManifestRow;
  const [id, place] = [reading.ids[i] as string, reading.places[i] as string];
  const where = `Line ${row.line} of ${reading.name}`;
  if ('problem' in row) return { id, error: badRow(`${where} ${row.problem}.`) };
  if (place.trim() === '')
    return { id, error: badRow(`${where} ${whyNoPlace(row.values[reading.image])} in the column "${reading.image}".`) };
  const labels = toPlaces(reading.values.rows[i], reading.labels);
  if (typeof labels === 'string') return { id, error: badRow(`${where} ${labels} in the column "${reading.label}".`) };
  if (isUrl(place)) return { id, image: place, labels };
  const path = resolve(reading.folder, place);
  const isThere = await stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
  if (isThere) return { id, image: path, labels };
  return { id, error: new LabelwiseError('INPUT_NOT_FOUND', `${where} names ${place}, and there is no file ${path}.`) };
}

/** The image that a row names, or '' for none that could be found. */
function placeOf(row: ManifestRow, image: string): string {
  const place = 'values' in row ? row.values[image] : undefined;
  return typeof place === 'string' ? place : '';
}

const whyNoPlace = (value: unknown): string =>
  typeof value === 'string' || value === null || value === undefined
    ? 'names no image'
    : `has ${shorten(JSON.stringify(value))}, not a path,`;

const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);

const isBelow = (place: string, folder: string): boolean => place.replace(/^(?:\.\/)+/, '').startsWith(folder);

/** Without labels the first bad row says what is wrong with the file. */
function withoutLabels(rows: readonly ManifestRow[], { name, label }: { name: string; label: string }) {
  const bad = rows.find((row) => 'problem' in row);
  const why =
    bad && 'problem' in bad ? `Line ${bad.line} ${bad.problem}.` : `The column "${label}" is empty, or holds no text and no numbers.`;
  return invalid(
    `None of the ${rows.length} rows of ${name} has a label. ${why}`,
    'Correct the file, or choose another column with `labelColumn`.',
  );
}

/** Whether a table names images and labels in columns of the usual names, or of those that were given. */
export async function looksLikeManifest(path: string, { imageColumn, labelColumn }: OpenDatasetOptions): Promise<boolean> {
  const { columns } = await readManifestRows(path);
  const has = (wanted: string | undefined, usual: readonly string[]): boolean =>
    wanted === undefined ? usual.some((name) => columns.includes(name)) : columns.includes(wanted);
  return has(imageColumn, IMAGE_COLUMNS) && has(labelColumn, LABEL_COLUMNS);
}

const isUrl = (place: string): boolean => /^https?:\/\//i.test(place);

function chooseColumn(
  columns: readonly string[],
  wanted: string | undefined,
  usual: readonly string[],
  subject: { name: string; role: 'image' | 'label' },
): string {
  const found = wanted === undefined ? usual.find((name) => columns.includes(name)) : columns.find((name) => name === wanted);
  if (found !== undefined) return found;
  const what = wanted === undefined ? `no column that is plainly its ${subject.role}s` : `no column "${wanted}"`;
  throw invalid(
    `${subject.name} has ${what}. Its columns are ${listNames(columns)}.`,
    `Choose one with \`${subject.role}Column\`; the first line has to be the head.`,
  );
}

/** Names the line, which `matchLabels` cannot. */
function refuseUnknown(values: LabelValues, { labelNames: given, labelAliases }: OpenDatasetOptions, name: string): void {
  if (given === undefined || values.names === undefined) return;
  const known = placesOf(given, labelAliases);
  const unknown = values.names.filter((label) => !known.has(label));
  const [first] = unknown;
  if (first === undefined) return;
  throw invalid(
    `Line ${values.lineOf.get(first)} of ${name} has the label "${first}", which is not among the ${given.length} labels given: ${listNames(given, 10)}. In all ${unknown.length} labels are unknown: ${listNames(unknown, 10)}.`,
    hintFor(values.names, given),
  );
}

async function findFolder(base: string, places: readonly string[]): Promise<string> {
  const sample = places.filter((place) => place !== '' && !isUrl(place)).slice(0, 10);
  for (const place of sample)
    for (const folder of FOLDERS) if (await stat(resolve(base, folder, place)).catch(() => undefined)) return join(base, folder);
  return base;
}

/** A row is called by its image; where several rows name one image, by its line too. */
function uniqueIds(rows: readonly ManifestRow[], places: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const place of places) counts.set(place, (counts.get(place) ?? 0) + 1);
  return rows.map(({ line }, i) => {
    const place = places[i] as string;
    return counts.get(place) === 1 && place !== '' ? place : `${place}#${line}`;
  });
}
