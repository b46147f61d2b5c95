import type { ManifestRow } from './read-rows.js';

/** The labels of a manifest's rows: text, numbers, or lists of these. */
export interface LabelValues {
  readonly rows: readonly unknown[];
  /** All names that occur, sorted; undefined where labels are numbers. */
  readonly names: readonly string[] | undefined;
  /** The line on which a name occurs first. */
  readonly lineOf: ReadonlyMap<string, number>;
  readonly isMultiLabel: boolean;
  readonly type: string;
}

const SEPARATOR = /\s*[;|]\s*/;

/** Reads the label column. In CSV and TSV a column called labels, categories, tags or objects may hold several, parted by `;` or `|`. */
export function readLabelValues(rows: readonly ManifestRow[], column: string, isDelimited: boolean): LabelValues {
  const raw = rows.map((row) => ('values' in row ? row.values[column] : undefined));
  const mayBeSeveral = isDelimited && /s$/.test(column) && !/class$/.test(column);
  const isMultiLabel = raw.some((value) => Array.isArray(value) || (mayBeSeveral && SEPARATOR.test(String(value ?? ''))));
  const parted = raw.map((value) => (isMultiLabel ? toList(value, isDelimited) : value));
  const all = parted.flat().filter((value) => value !== undefined && value !== null && value !== '');
  const areNumbers =
    all.length > 0 && all.every((value) => typeof value === 'number' || (isDelimited && /^-?\d+$/.test(String(value).trim())));
  const read = (value: unknown): unknown => (areNumbers && typeof value === 'string' && value !== '' ? Number(value) : toName(value));
  const lineOf = new Map<string, number>();
  const values = parted.map((value) => (Array.isArray(value) ? value.map(read) : read(value)));
  if (!areNumbers)
    for (const [i, value] of values.entries())
      for (const name of [value].flat())
        if (typeof name === 'string' && name !== '' && !lineOf.has(name)) lineOf.set(name, rows[i]?.line ?? 0);
  const kind = areNumbers ? 'integer' : 'text';
  return {
    rows: values,
    names: areNumbers ? undefined : [...lineOf.keys()].sort(),
    lineOf,
    isMultiLabel,
    type: isMultiLabel ? `list of ${kind}` : kind,
  };
}

function toList(value: unknown, isDelimited: boolean): unknown {
  if (Array.isArray(value) || value === undefined) return value;
  return String(value ?? '').trim() === '' ? [] : isDelimited ? String(value).trim().split(SEPARATOR) : [value];
}

/** Texts without space around them; numbers and booleans among them as JSON writes them. Objects cannot be names. */
function toName(value: unknown): unknown {
  if (typeof value === 'string') return value.normalize('NFC').trim();
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
