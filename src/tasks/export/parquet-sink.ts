import { parquetWriteBuffer } from 'hyparquet-writer';
import { openOutput } from '../../files/open-output.js';
import type { TaskOptions } from '../workspace.js';
import { ELSEWHERE, EXPORT_COLUMNS, type ExportSink, toTagLines } from './export-rows.js';

/** Gathers the lines of all tags column by column, and writes them in one step at the end. */
export async function parquetSink(path: string, { onNote }: TaskOptions): Promise<ExportSink> {
  const file = await openOutput(path, ELSEWHERE);
  const columns: (string | number | null)[][] = Object.keys(EXPORT_COLUMNS).map(() => []);
  return {
    async write(row) {
      for (const line of toTagLines(row)) for (const [i, cell] of line.entries()) columns[i]?.push(cell ?? null);
    },
    async end() {
      const columnData = Object.entries(EXPORT_COLUMNS).map(([name, type], i) => ({ name, type, data: columns[i] ?? [], nullable: true }));
      await file.write(new Uint8Array(parquetWriteBuffer({ columnData, createdBy: 'labelwise' })));
      await file.end();
      onNote?.(`exported: ${path}`);
    },
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}
