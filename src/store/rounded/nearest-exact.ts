import type { Table } from '@lancedb/lancedb';
import { dotProduct, type Embedding, norm } from '../../core/embedding.js';
import { inStoreWords } from '../connect.js';
import { chunks, type FileRow } from '../image-index.js';
import { MAX_NAMED, type NearestRows, type Row } from '../nearest-rows.js';
import { embeddingsOf, takeEmbeddings } from './embeddings-of.js';
import { NOT_KEPT, readKept } from './kept-rows.js';
import type { OpenedRows } from './rounded-file.js';
import { type CandidateSearch, findCandidates, LargestValues } from './rounded-rows.js';

/** A row that may be near, and what it is compared by. `facts` are there where they were kept. */
interface Near {
  readonly id: number;
  readonly distance: number;
  readonly product: number;
  readonly facts: (() => FileRow) | undefined;
}

/** So many rows are read at first, and then twice as many each time. */
const FIRST_READ = 64;
/** What the order of sums and float32 may make of a similarity, and more. Equal rows are all read. */
const SLACK = 1e-6;

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
  const { rows: candidates, ceilings, compared } = await findCandidates(rounded, rounded.scan, search);
  const { query, count } = search;
  const length = norm(query);
  const near: Near[] = [];
  const largest = new LargestValues(count);
  for (let from = 0, step = FIRST_READ; from < candidates.length; from += step, step = Math.min(step * 2, MAX_NAMED)) {
    if ((ceilings[from] as number) + SLACK < largest.smallest) break; // no other row can be nearer than those that were found
    for (const { id, embedding, facts } of await readRows(table, rounded, candidates.slice(from, from + step))) {
      const product = dotProduct(query, embedding);
      const size = norm(embedding);
      largest.add(product / size);
      near.push({ id, product, facts, distance: Math.fround(1 - product / (length * size)) });
    }
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

/** The embeddings of some rows, with the other columns where they were kept. */
async function readRows(
  table: () => Promise<Table>,
  { folder, kept, ids, dimension }: OpenedRows,
  rows: readonly number[],
): Promise<(Pick<Near, 'id' | 'facts'> & { readonly embedding: Embedding })[]> {
  const named = rows.map((row) => ids[row] as number);
  if (folder !== undefined && rows.every((row) => kept.places[row] !== NOT_KEPT)) {
    const read = await readKept(folder, kept, { rows, dimension });
    return read.map(({ embedding, facts }, i) => ({ id: named[i] as number, embedding, facts }));
  }
  const taken = [...embeddingsOf(await takeEmbeddings(await table(), named))];
  return taken.flatMap(([id, embedding]) => (embedding ? [{ id, embedding, facts: undefined }] : []));
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
