import { toCsvLine } from './to-csv-line.js';

/** How rows are written: as lines for people, or in one of three formats for programs. */
export type RowFormat = 'human' | 'json' | 'ndjson' | 'csv';

/** Writes rows as they come, so that memory stays bounded. */
export interface RowWriter<T> {
  write(row: T): Promise<void>;
  end(): Promise<void>;
}

export interface RowRenderers<T> {
  /** Lines for people. */
  readonly human: (row: T) => string[] | Promise<string[]>;
  readonly csvHeader: readonly string[];
  /** What JSON prints of a row, where it is not the row itself. */
  readonly json?: (row: T) => unknown;
  /** One row may be several lines of CSV. By default it is one, with the fields that the header names. */
  readonly csv?: (row: T) => readonly (readonly unknown[])[];
}

/** Writes rows line by line to wherever `print` leads. */
export function createLineWriter<T>(print: (line: string) => Promise<void>, format: RowFormat, renderers: RowRenderers<T>): RowWriter<T> {
  let count = 0;
  const header = toCsvLine(renderers.csvHeader.map(toSnakeCase));
  const toJson = (row: T): string => JSON.stringify(renderers.json ? renderers.json(row) : row);
  return {
    async write(row) {
      const isFirst = count++ === 0;
      if (format === 'human') for (const line of await renderers.human(row)) await print(line);
      else if (format === 'ndjson') await print(toJson(row));
      else if (format === 'json') await print(`${isFirst ? '[' : ','}${toJson(row)}`);
      else {
        if (isFirst) await print(header);
        for (const cells of renderers.csv?.(row) ?? [renderers.csvHeader.map((field) => cellOf(row, field))]) await print(toCsvLine(cells));
      }
    },
    async end() {
      if (format === 'json') await print(count === 0 ? '[]' : ']');
      if (format === 'csv' && count === 0) await print(header);
    },
  };
}

/** A list is one item per line. */
function cellOf(row: unknown, field: string): unknown {
  const value = (row as Record<string, unknown>)[field];
  return Array.isArray(value) ? value.join('\n') : value;
}

/** Columns of CSV are named as SQL and data frames have them, whatever JSON calls the same. */
const toSnakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
