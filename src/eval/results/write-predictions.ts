import { openOutput } from '../../files/open-output.js';
import { toCsvLine } from '../../files/to-csv-line.js';
import { type RunRow, readRunBatches, type StoredScore } from '../run/run-log.js';

/** A finished log with the names of its variants. */
export interface PredictionSource {
  readonly log: string;
  readonly variants: readonly string[];
}

type Cell = string | number | null;

const ROWS_IN_GROUP = 5000;

/** The columns of predictions.parquet and predictions.csv; the last three come again for each of the k best labels. */
export function predictionColumns(topK: number): { name: string; type: 'STRING' | 'INT32' | 'DOUBLE' }[] {
  const kept = Array.from({ length: topK }, (_, i) => i + 1);
  return [
    { name: 'variant', type: 'STRING' },
    { name: 'id', type: 'STRING' },
    { name: 'label', type: 'STRING' },
    { name: 'rank', type: 'INT32' },
    { name: 'negative_log_likelihood', type: 'DOUBLE' },
    { name: 'error_code', type: 'STRING' },
    { name: 'error_message', type: 'STRING' },
    ...kept.flatMap((k) => [
      { name: `predicted_${k}`, type: 'STRING' as const },
      { name: `probability_${k}`, type: 'DOUBLE' as const },
      { name: `similarity_${k}`, type: 'DOUBLE' as const },
    ]),
  ];
}

/** Every image of every variant as a row; several labels of one image are parted by `|`. `rank` counts from 1. */
export async function* predictionRows(
  sources: readonly PredictionSource[],
  labelNames: readonly string[],
  topK: number,
): AsyncGenerator<Cell[]> {
  for (const { log, variants } of sources)
    for (const [i, variant] of variants.entries())
      for await (const { rows } of readRunBatches(log)) for (const row of rows) yield toCells(row, { i, variant }, labelNames, topK);
}

function toCells(row: RunRow, at: { i: number; variant: string }, labelNames: readonly string[], topK: number): Cell[] {
  const blank = new Array<Cell>(3 * topK).fill(null);
  if ('error' in row) return [at.variant, row.id, null, null, null, row.error.code, row.error.message, ...blank];
  const { rank, negativeLogLikelihood, top } = row.scores[at.i] as StoredScore;
  const best = top.flatMap(({ label, probability, similarity }) => [labelNames[label] as string, probability, similarity]);
  const truth = row.truths.map((label) => labelNames[label]).join('|');
  const cells: Cell[] = [at.variant, row.id, truth, rank === null ? null : rank + 1, negativeLogLikelihood, null, null, ...best];
  return [...cells, ...blank.slice(best.length)];
}

/** What to do where a file of a report cannot be written. */
export const ELSEWHERE = 'choose another folder with `report`';

/** Writes rows as CSV (RFC 4180). @throws LabelwiseError `DISK_FULL`, `OUTPUT_UNWRITABLE` */
export async function writeCsv(path: string, header: readonly string[], rows: AsyncIterable<readonly Cell[]>): Promise<void> {
  await using file = await openOutput(path, ELSEWHERE);
  const write = (cells: readonly Cell[]): Promise<void> => file.write(`${toCsvLine(cells)}\n`);
  await write(header);
  for await (const row of rows) await write(row);
  await file.end();
}

/** Writes rows as Parquet, one row group in memory at a time. @throws LabelwiseError `DISK_FULL`, `OUTPUT_UNWRITABLE` */
export async function writePredictionsParquet(path: string, topK: number, rows: AsyncIterable<readonly Cell[]>): Promise<void> {
  const { ByteWriter, ParquetWriter } = await import('hyparquet-writer');
  await using file = await openOutput(path, ELSEWHERE);
  const writer = new ByteWriter();
  const columns = predictionColumns(topK);
  const schema = columns.map(({ name, type }) =>
    type === 'STRING'
      ? { name, type: 'BYTE_ARRAY' as const, converted_type: 'UTF8' as const, repetition_type: 'OPTIONAL' as const }
      : { name, type, repetition_type: 'OPTIONAL' as const },
  );
  const parquet = new ParquetWriter({
    writer,
    schema: [{ name: 'root', num_children: columns.length, repetition_type: 'REQUIRED' }, ...schema],
    kvMetadata: [],
  });
  let group: (readonly Cell[])[] = [];
  const drain = async (): Promise<void> => {
    await file.write(writer.getBytes());
    writer.index = 0; // its offset goes on
  };
  const flush = async (): Promise<void> => {
    if (group.length === 0) return;
    await parquet.write({
      columnData: columns.map(({ name }, i) => ({ name, data: group.map((row) => row[i] ?? null) })),
      rowGroupSize: ROWS_IN_GROUP,
    });
    group = [];
    await drain();
  };
  for await (const row of rows) if (group.push(row) >= ROWS_IN_GROUP) await flush();
  await flush();
  await parquet.finish();
  await drain();
  await file.end();
}
