import { basename } from 'node:path';
import { LabelwiseError, messageOf } from '../../errors.js';
import { readRegularText } from '../../files/read-regular-file.js';
import { invalid } from '../dataset-errors.js';
import { parseDelimited } from './parse-delimited.js';

/** A line of a manifest as an object, or what is wrong with it. */
export type ManifestRow = { readonly line: number } & (
  | { readonly values: Readonly<Record<string, unknown>> }
  | { readonly problem: string }
);

export interface ManifestRows {
  readonly columns: readonly string[];
  readonly rows: readonly ManifestRow[];
  /** Cells are text alone: numbers and lists have to be read from it. */
  readonly isDelimited: boolean;
}

/**
 * Reads a manifest: .csv, .tsv (or .txt with tabs), .jsonl or .ndjson. A line that cannot be read is a row with its problem.
 *
 * @throws LabelwiseError `DATASET_INVALID` for a quote that never closes: no line after it can be told from the text that it opens
 */
export async function readManifestRows(path: string): Promise<ManifestRows> {
  const text = await readRegularText(path).catch((cause: unknown) => {
    throw new LabelwiseError('INPUT_UNREADABLE', `${path} cannot be read: ${messageOf(cause)}.`, { hint: 'Check its permissions.', cause });
  });
  if (/\.(?:jsonl|ndjson)$/i.test(path)) return readJsonLines(text);
  const { rows: all, openQuoteLine } = parseDelimited(text, /\.csv$/i.test(path) ? ',' : '\t');
  if (openQuoteLine !== undefined)
    throw invalid(
      `Line ${openQuoteLine} of ${basename(path)} opens a quote (") that does not close before a comma or the end of a line.`,
      'Close it, or write each quote that belongs to a text twice, within quotes: "7"" screen".',
    );
  const [header, ...rows] = all;
  const columns = (header?.cells ?? []).map((name) => name.trim());
  return {
    columns,
    isDelimited: true,
    rows: rows.map(({ line, cells }) =>
      cells.length === columns.length
        ? { line, values: Object.fromEntries(columns.map((name, i) => [name, cells[i]])) }
        : { line, problem: `has ${cells.length} cells where the head has ${columns.length}` },
    ),
  };
}

function readJsonLines(text: string): ManifestRows {
  const rows = text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .flatMap((source, i): ManifestRow[] => (source.trim() === '' ? [] : [{ line: i + 1, ...parseLine(source) }]));
  const columns = new Set(rows.flatMap((row) => ('values' in row ? Object.keys(row.values) : [])));
  return { columns: [...columns], rows, isDelimited: false };
}

function parseLine(source: string): { values: Record<string, unknown> } | { problem: string } {
  try {
    const value: unknown = JSON.parse(source);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { values: value as Record<string, unknown> };
  } catch {
    // said below
  }
  return { problem: 'is not a JSON object' };
}
