import { parquetWriteBuffer } from 'hyparquet-writer';
import { writeAtomically } from '../../files/write-atomically.js';
import type { Run } from '../open-model.js';
import { EXPORT_COLUMNS, type ExportSink, toTagLines, unwritable } from './export-rows.js';

/** The types of EXPORT_COLUMNS, in Parquet's words. */
const TYPES = {
  path: 'STRING',
  contentHash: 'STRING',
  size: 'DOUBLE', // a file may have more bytes than INT32 counts
  width: 'INT32',
  height: 'INT32',
  format: 'STRING',
  takenAt: 'STRING',
  camera: 'STRING',
  latitude: 'DOUBLE',
  longitude: 'DOUBLE',
  tag: 'STRING',
  probability: 'DOUBLE',
  labelSet: 'STRING',
} as const satisfies Record<(typeof EXPORT_COLUMNS)[number], string>;

/** Gathers the lines of all tags column by column, and writes them in one step at the end. */
export function parquetSink(path: string, run: Run): ExportSink {
  const columns: (string | number | null)[][] = EXPORT_COLUMNS.map(() => []);
  return {
    async write(row) {
      for (const line of toTagLines(row)) for (const [i, cell] of line.entries()) columns[i]?.push(cell ?? null);
    },
    async end() {
      const columnData = EXPORT_COLUMNS.map((name, i) => ({ name, data: columns[i] ?? [], type: TYPES[name], nullable: true }));
      const bytes = new Uint8Array(parquetWriteBuffer({ columnData, createdBy: 'labelwise' }));
      await writeAtomically(path, bytes).catch((cause: unknown) => {
        throw unwritable(path, cause);
      });
      run.say(`exported: ${path}`);
    },
  };
}
