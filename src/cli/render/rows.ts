import { LabelwiseError } from '../../errors.js';
import { createLineWriter, type RowFormat, type RowRenderers, type RowWriter } from '../../files/line-writer.js';

export type { RowRenderers, RowWriter };

import { type CliIo, writeLine } from '../io.js';

/** How data is printed. */
export type Format = RowFormat;

export function formatOf(flags: { json?: true | undefined; ndjson?: true | undefined; csv?: true | undefined }): Format {
  const chosen = (['json', 'ndjson', 'csv'] as const).filter((format) => flags[format]);
  if (chosen.length > 1)
    throw new LabelwiseError(
      'INVALID_ARGUMENT',
      `Expected one of --json, --ndjson and --csv, got ${chosen.map((f) => `--${f}`).join(' and ')}.`,
    );
  return chosen[0] ?? 'human';
}

export function createRowWriter<T>(io: CliIo, format: Format, renderers: RowRenderers<T>): RowWriter<T> {
  return createLineWriter((line) => writeLine(io.stdout, line), format, renderers);
}

/** Prints all rows. */
export async function printRows<T>(
  rows: readonly T[],
  { io, format }: { io: CliIo; format: Format },
  renderers: RowRenderers<T>,
): Promise<void> {
  const writer = createRowWriter(io, format, renderers);
  for (const row of rows) await writer.write(row);
  await writer.end();
}
