import type { Table } from '@lancedb/lancedb';
import { dotProduct, type Embedding, norm } from '../../core/embedding.js';
import { inStoreWords } from '../connect.js';
import { chunks } from '../image-index.js';
import { MAX_NAMED, type NearestRows, type Row } from '../nearest-rows.js';
import { embeddingsOf, takeEmbeddings } from './open-rounded.js';
import type { OpenedRows } from './rounded-file.js';
import { findCandidates } from './rounded-rows.js';

/**
 * The `count` rows nearest to the query among all rows: the same as a scan finds. Rounded rows say which may be among them, and their
 * similarities are computed from the embeddings of the table.
 *
 * @param wanted the ids of the rows that take part; all by default
 */
export async function nearestExact(
  table: Table,
  rounded: OpenedRows,
  search: { query: Embedding; count: number; wanted?: ReadonlySet<number> | undefined; columns: readonly string[] },
): Promise<NearestRows> {
  const { places, compared } = findCandidates(rounded, rounded.memory, search);
  const near: { id: number; distance: number }[] = [];
  const { query, count } = search;
  const length = norm(query);
  const ids = places.map((at) => rounded.ids[at] as number);
  for (const some of chunks(ids, MAX_NAMED))
    for (const [id, embedding] of embeddingsOf(await takeEmbeddings(table, some)))
      if (embedding) near.push({ id, distance: Math.fround(1 - dotProduct(query, embedding) / (length * norm(embedding))) });
  near.sort((a, b) => a.distance - b.distance || a.id - b.id);
  const distanceOf = new Map(near.slice(0, count).map(({ id, distance }) => [id, distance]));
  const rows: Row[] = [];
  for (const some of chunks([...distanceOf.keys()], MAX_NAMED)) {
    const facts = table
      .takeRowIds(some.map(BigInt))
      .select([...search.columns])
      .withRowId();
    for (const row of await inStoreWords('the index cannot be read', () => facts.toArray()))
      rows.push({ ...row.toJSON(), _distance: distanceOf.get(Number(row._rowid)) });
  }
  const isAll = near.length >= compared && near.length <= count;
  return { rows, border: isAll ? Number.POSITIVE_INFINITY : (near[Math.min(count, near.length) - 1]?.distance ?? 0), isSound: true };
}
