import { parquetWriteBuffer } from 'hyparquet-writer';
import { openOutput } from '../../files/open-output.js';
import type { TaskOptions } from '../workspace.js';
import { ELSEWHERE, EXPORT_COLUMNS, type ExportSink, toTagLines } from './export-rows.js';

/** The types of EXPORT_COLUMNS, in Parquet's words. */
const TYPES = {
  path: 'STRING',
  content_hash: 'STRING',
  size: 'DOUBLE', // a file may have more bytes than INT32 counts
  width: 'INT32',
  height: 'INT32',
  format: 'STRING',
  taken_at: 'STRING',
  camera: 'STRING',
  latitude: 'DOUBLE',
  longitude: 'DOUBLE',
  tag: 'STRING',
  probability: 'DOUBLE',
  label_set: 'STRING',
} as const satisfies Record<(typeof EXPORT_COLUMNS)[number], string>;

/** Gathers the lines of all tags column by column, and writes them in one step at the end. */
export async function parquetSink(path: string, { onNote }: TaskOptions): Promise<ExportSink> {
  const file = await openOutput(path, ELSEWHERE);
  const columns: (string | number | null)[][] = EXPORT_COLUMNS.map(() => []);
  return {
    async write(row) {
      for (const line of toTagLines(row)) for (const [i, cell] of line.entries()) columns[i]?.push(cell ?? null);
    },
    async end() {
      const columnData = EXPORT_COLUMNS.map((name, i) => ({ name, data: columns[i] ?? [], type: TYPES[name], nullable: true }));
      await file.write(new Uint8Array(parquetWriteBuffer({ columnData, createdBy: 'labelwise' })));
      await file.end();
      onNote?.(`exported: ${path}`);
    },
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}
