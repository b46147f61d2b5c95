import { invalid, listNames } from '../dataset-errors.js';
import type { OpenDatasetOptions } from '../open-options.js';
import type { Column } from './columns.js';
import type { Feature } from './features.js';

/** Which columns hold the pictures and the labels, and how to read the labels. */
export interface ChosenColumns {
  readonly image: string;
  readonly label: string;
  /** The names of the labels' numbers, where the data says them. */
  readonly labelNames: readonly string[] | undefined;
  readonly isText: boolean;
  readonly isMultiLabel: boolean;
}

const IMAGE_NAMES = ['image', 'img', 'jpg', 'png', 'picture', 'photo'];
const LABEL_NAMES = ['label', 'labels', 'class', 'category', 'fine_label', 'cls', 'target'];
const LABEL_TYPES = ['integer', 'text', 'boolean', 'list of integer', 'list of text'];

/** Whether a column can hold encoded images. */
export const isImageColumn = ({ type }: Column): boolean => type === 'image bytes' || type === 'bytes';

/**
 * Finds the two columns: as told, else as the data set says of itself, else by type and name.
 *
 * @throws LabelwiseError `DATASET_INVALID` that lists the columns
 */
export function chooseColumns(
  columns: readonly Column[],
  features: readonly Feature[],
  name: string,
  options: OpenDatasetOptions,
): ChosenColumns {
  const image = chooseImage(columns, features, name, options.imageColumn);
  const label = chooseLabel(columns, features, name, options);
  const feature = features.find((f) => f.name === label.name);
  return {
    image,
    label: label.name,
    labelNames: feature?.labelNames,
    isText: label.type.endsWith('text'),
    isMultiLabel: label.type.startsWith('list'),
  };
}

function chooseImage(columns: readonly Column[], features: readonly Feature[], name: string, wanted: string | undefined): string {
  if (wanted !== undefined) {
    const column = findColumn(columns, wanted, name, 'image');
    if (isImageColumn(column)) return wanted;
    throw invalid(
      `The column "${wanted}" of ${name} holds ${column.type}, not images. ${describe(columns)}`,
      'Choose another with `imageColumn`.',
    );
  }
  const said = columns.filter((column) => isImageColumn(column) && features.some((f) => f.name === column.name && f.kind === 'image'));
  const found = preferred(said, IMAGE_NAMES) ?? preferred(columns.filter(isImageColumn), IMAGE_NAMES);
  if (found) return found.name;
  throw invalid(
    `${name} has no column with images. ${describe(columns)}`,
    'Name one with `imageColumn`. It has to hold encoded images, such as JPEG.',
  );
}

function chooseLabel(columns: readonly Column[], features: readonly Feature[], name: string, options: OpenDatasetOptions): Column {
  const isLabel = ({ type }: Column): boolean => LABEL_TYPES.includes(type);
  if (options.labelColumn !== undefined) {
    const column = findColumn(columns, options.labelColumn, name, 'label');
    if (isLabel(column)) return column;
    throw invalid(
      `The column "${column.name}" of ${name} holds no labels but ${column.type}. ${describe(columns)}`,
      'Choose another with `labelColumn`.',
    );
  }
  const said = columns.filter((column) => isLabel(column) && features.some((f) => f.name === column.name && f.kind === 'label'));
  const byName = columns.filter((column) => isLabel(column) && LABEL_NAMES.includes(column.name));
  const found = preferred(said, LABEL_NAMES) ?? preferred(byName, LABEL_NAMES);
  if (!found) throw invalid(`${name} has no column that is plainly its labels. ${describe(columns)}`, 'Name it with `labelColumn`.');
  const others = said.filter((column) => column !== found).map((column) => column.name);
  if (others.length > 0)
    options.onWarning?.(
      `the labels of ${name} are taken from the column ${found.name}; it also has ${listNames(others)}. Choose with \`labelColumn\`.`,
    );
  return found;
}

function findColumn(columns: readonly Column[], wanted: string, name: string, role: 'image' | 'label'): Column {
  const column = columns.find((c) => c.name === wanted);
  if (column) return column;
  throw invalid(`${name} has no column "${wanted}". ${describe(columns)}`, `Choose one with \`${role}Column\`.`);
}

/** The one with the first of these names, else the first. */
function preferred(columns: readonly Column[], names: readonly string[]): Column | undefined {
  const rank = ({ name }: Column): number => (names.includes(name) ? names.indexOf(name) : names.length);
  return columns.toSorted((a, b) => rank(a) - rank(b))[0];
}

function describe(columns: readonly Column[]): string {
  return `Its columns are ${listNames(columns.map(({ name, type }) => `${name} (${type})`))}.`;
}
