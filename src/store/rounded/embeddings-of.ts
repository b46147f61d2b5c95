import type { Table } from '@lancedb/lancedb';
import type { Table as ArrowTable, FixedSizeList, RecordBatch, Vector } from 'apache-arrow';
import { isUnit } from '../../core/embedding.js';
import { inStoreWords } from '../connect.js';

/** The embeddings of rows, or these columns of them, with their ids. */
export const takeEmbeddings = (table: Table, ids: readonly number[], columns: readonly string[] = ['embedding']): Promise<ArrowTable> =>
  inStoreWords('the index cannot be read', () =>
    table
      .takeRowIds(ids.map(BigInt))
      .select([...columns])
      .withRowId()
      .toArrow(),
  );

/** The crops of rows, by their ids; of rows that have some. */
export async function takeCrops(table: Table, ids: readonly number[]): Promise<Map<number, Float32Array[]>> {
  const query = table.takeRowIds(ids.map(BigInt)).select(['crops']).withRowId();
  const rows = await inStoreWords('the index cannot be read', () => query.toArrow());
  const [found, column] = [idsOf(rows), rows.getChild('crops')];
  const crops = new Map<number, Float32Array[]>();
  for (const [at, id] of found.entries()) {
    const own = column?.get(at) as Iterable<Vector> | null;
    if (own) crops.set(id, Array.from(own, (crop) => crop.toArray() as Float32Array).filter(isUnit));
  }
  return crops;
}

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
