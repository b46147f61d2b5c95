import { basename } from 'node:path';
import { LabelwiseError, messageOf } from '../../errors.js';
import { toPathBytes } from '../../files/byte-path.js';
import { decodeText } from '../../files/decode-text.js';
import { readRegularFile } from '../../files/read-regular-file.js';
import { invalid } from '../dataset-errors.js';
import { parseDelimited } from './parse-delimited.js';

/** Whether a file may be a manifest, by its name. */
export const isManifest = (path: string): boolean => /\.(?:csv|tsv|jsonl|ndjson)$/i.test(path);

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
 * @throws LabelwiseError `DATASET_INVALID` for text that is not UTF-8, and for a quote that never closes: nothing after it can be read
 */
export async function readManifestRows(path: string): Promise<ManifestRows> {
  const text = await readText(path);
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

async function readText(path: string): Promise<string> {
  const bytes = await readRegularFile(toPathBytes(path)).catch((cause: unknown) => {
    throw new LabelwiseError('INPUT_UNREADABLE', `${path} cannot be read: ${messageOf(cause)}.`, { hint: 'Check its permissions.', cause });
  });
  try {
    return decodeText(bytes);
  } catch (cause) {
    throw invalid(`${path} is not UTF-8 text: ${messageOf(cause)}.`, 'Save it as UTF-8 (in Excel, "CSV UTF-8").', cause);
  }
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
