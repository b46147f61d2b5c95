import type { Table } from '@lancedb/lancedb';
import { dotProduct, type Embedding, norm } from '../../core/embedding.js';
import { inStoreWords } from '../connect.js';
import { chunks, type FileRow } from '../image-index.js';
import { MAX_NAMED, type NearestRows, type Row } from '../nearest-rows.js';
import { embeddingsOf, takeEmbeddings } from './embeddings-of.js';
import { NOT_KEPT, readKept } from './kept-rows.js';
import type { OpenedRows } from './rounded-file.js';
import { type CandidateSearch, findCandidates } from './rounded-rows.js';

/** A row that may be near, and what it is compared by. `facts` are there where they were kept. */
interface Near {
  readonly id: number;
  readonly distance: number;
  readonly product: number;
  readonly facts: (() => FileRow) | undefined;
}

/**
 * The `count` rows nearest to the query among all rows, or among those of some ranges: the same as a scan finds. Rounded rows say which may be
 * among them, and their similarities are computed from the embeddings, as they were kept or from the table.
 *
 * @param table opened only where rows are not kept
 * @throws KeptRowsLost
 */
export async function nearestExact(
  table: () => Promise<Table>,
  rounded: OpenedRows,
  search: CandidateSearch & { columns: readonly string[] },
): Promise<NearestRows> {
  const { rows: candidates, compared } = await findCandidates(rounded, rounded.scan, search);
  const { query, count } = search;
  const length = norm(query);
  const near: Near[] = [];
  for await (const { id, embedding, facts } of readRows(table, rounded, candidates)) {
    const product = dotProduct(query, embedding);
    near.push({ id, product, facts, distance: Math.fround(1 - product / (length * norm(embedding))) });
  }
  near.sort((a, b) => a.distance - b.distance || a.id - b.id);
  const shown = near.slice(0, count);
  const missing = shown.flatMap(({ id, facts }) => (facts ? [] : [id]));
  const taken = missing.length === 0 ? undefined : await takeFacts(await table(), missing, search.columns);
  const rows = shown.flatMap(({ id, distance, product, facts }): Row[] => {
    const row = facts?.() ?? taken?.get(id);
    return row ? [{ ...row, _rowid: id, _distance: distance, _product: product }] : [];
  });
  const isAll = near.length >= compared && near.length <= count;
  return { rows, border: isAll ? Number.POSITIVE_INFINITY : (near[Math.min(count, near.length) - 1]?.distance ?? 0), isSound: true };
}

/** The embeddings of candidates, with the other columns where they were kept. */
async function* readRows(
  table: () => Promise<Table>,
  { folder, kept, ids, dimension }: OpenedRows,
  candidates: readonly number[],
): AsyncGenerator<Pick<Near, 'id' | 'facts'> & { readonly embedding: Embedding }> {
  const isKept = folder !== undefined && candidates.every((row) => kept.places[row] !== NOT_KEPT);
  for (const rows of chunks(candidates, MAX_NAMED)) {
    const named = rows.map((row) => ids[row] as number);
    if (isKept) {
      for (const [i, row] of (await readKept(folder, kept, { rows, dimension })).entries())
        yield { id: named[i] as number, embedding: row.embedding, facts: row.facts };
    } else
      for (const [id, embedding] of embeddingsOf(await takeEmbeddings(await table(), named)))
        if (embedding) yield { id, embedding, facts: undefined };
  }
}

async function takeFacts(table: Table, ids: readonly number[], columns: readonly string[]): Promise<Map<number, FileRow>> {
  const facts = new Map<number, FileRow>();
  for (const some of chunks(ids, MAX_NAMED)) {
    const query = table
      .takeRowIds(some.map(BigInt))
      .select([...columns])
      .withRowId();
    for (const row of await inStoreWords('the index cannot be read', () => query.toArray())) {
      const { _rowid, ...rest } = row.toJSON();
      facts.set(Number(_rowid), rest);
    }
  }
  return facts;
}
