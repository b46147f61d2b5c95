import type { Table } from '@lancedb/lancedb';
import type { Table as ArrowTable, FixedSizeList, RecordBatch } from 'apache-arrow';
import { inStoreWords } from '../connect.js';

/** The embeddings of rows, or these columns of them, with their ids. */
export const takeEmbeddings = (table: Table, ids: readonly number[], columns: readonly string[] = ['embedding']): Promise<ArrowTable> =>
  inStoreWords('the index cannot be read', () => table.takeRowIds(ids.map(BigInt)).select([...columns]).withRowId().toArrow());

export const idsOf = (rows: ArrowTable | RecordBatch): Float64Array => Float64Array.from(rows.getChild('_rowid') ?? [], Number);

/** The ids of rows and their embeddings, which are not copied. */
export function* embeddingsOf(rows: ArrowTable | RecordBatch): Generator<[id: number, embedding: Float32Array | null]> {
  const ids = idsOf(rows);
  let at = 0;
  for (const list of rows.getChild('embedding')?.data ?? []) {
    const { listSize } = list.type as FixedSizeList;
    const numbers = list.children[0];
    const values = numbers?.values as Float32Array;
    const first = numbers?.offset === 0 ? list.offset : 0; // a slice keeps its offset in the list alone
    for (let row = 0; row < list.length; row++) {
      const from = (first + row) * listSize;
      yield [ids[at++] as number, list.getValid(row) ? values.subarray(from, from + listSize) : null];
    }
  }
}
