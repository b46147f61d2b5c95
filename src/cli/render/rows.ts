import { LabelwiseError } from '../../errors.js';
import { createLineWriter, type RowFormat, type RowRenderers, type RowWriter } from '../../files/line-writer.js';

export type { RowRenderers, RowWriter };

import { toPathBytes } from '../../files/byte-path.js';
import { type CliIo, write, writeLine } from '../../local/io.js';

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

/** Prints paths alone, in the bytes that the file system has. @throws LabelwiseError `INVALID_ARGUMENT` beside another format */
export async function printPaths(
  rows: readonly { readonly path: string }[],
  { io, format, end }: { io: CliIo; format: Format; end: string },
): Promise<void> {
  if (format !== 'human') throw new LabelwiseError('INVALID_ARGUMENT', `Expected --paths or --${format}, got both.`);
  for (const { path } of rows) await write(io.stdout, Buffer.concat([toPathBytes(path), Buffer.from(end)]));
}
