import { formatBytes } from '../files/format-bytes.js';
import { renderTable } from '../files/table.js';
import type { BadExample, Example } from './dataset.js';
import type { OpenedDataset } from './opened-dataset.js';

/** A row of a data set for people and JSON. */
export interface ExampleRow {
  readonly id: string;
  readonly labels?: readonly string[];
  /** A path or address, or how many bytes there are. */
  readonly image?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

function describeExample(example: Example | BadExample, labelNames: readonly string[]): ExampleRow {
  if ('error' in example) return { id: example.id, error: { code: example.error.code, message: example.error.message } };
  const { image } = example;
  const shown = image instanceof Uint8Array ? formatBytes(image.length) : String(image);
  return { id: example.id, labels: example.labels.map((place) => labelNames[place] ?? ''), image: shown };
}

/** The first examples of a data set. */
export async function firstRows(dataset: OpenedDataset, count: number, signal: AbortSignal): Promise<ExampleRow[]> {
  const rows: ExampleRow[] = [];
  if (count === 0) return rows;
  for await (const example of dataset.examples({ signal })) {
    rows.push(describeExample(example, dataset.labelNames));
    if (rows.length >= count) break;
  }
  return rows;
}

/** What a data set is, in lines; its labels are cut where they are many. */
export function describeDataset(dataset: OpenedDataset, rows: readonly ExampleRow[]): string[] {
  const { facts } = dataset;
  const choice = (all: readonly string[]): string => (all.length > 1 ? ` (there is ${all.join(', ')})` : '');
  const lines: (readonly [string, string | undefined])[] = [
    [
      'data set',
      `${dataset.name}, ${facts.kind}, ${facts.files.toLocaleString('en')} file${facts.files === 1 ? '' : 's'}, ${formatBytes(facts.bytes)}`,
    ],
    ['revision', dataset.revision],
    ['config', facts.configs.length > 1 ? `${facts.config}${choice(facts.configs)}` : undefined],
    ['split', dataset.split === undefined ? undefined : `${dataset.split}${choice(facts.splits)}`],
    ['size', `${dataset.size.toLocaleString('en')} examples`],
    ['columns', facts.columns.length === 0 ? undefined : facts.columns.map(({ name, type }) => `${name} (${type})`).join(', ')],
    ['read from', facts.imageColumn === undefined ? undefined : `images from ${facts.imageColumn}, labels from ${facts.labelColumn}`],
    ['labels', `${dataset.labelNames.length}${dataset.isMultiLabel ? ', several an image' : ''}: ${shorten(dataset.labelNames)}`],
    ['fingerprint', dataset.fingerprint],
  ];
  const heads = lines.filter((line) => line[1] !== undefined).map(([name, value]) => `${name.padEnd(12)} ${value}`);
  if (rows.length === 0) return heads;
  const cells = rows.map(({ id, labels, image, error }) => (error ? [id, error.message, ''] : [id, labels?.join(', ') ?? '', image ?? '']));
  return [...heads, '', ...renderTable(['id', 'labels', 'image'], cells)];
}

function shorten(names: readonly string[]): string {
  return names.length <= 24 ? names.join(', ') : `${names.slice(0, 20).join(', ')} and ${names.length - 20} more (all with \`json\`)`;
}
