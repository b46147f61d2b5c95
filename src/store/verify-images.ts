import type { Table } from '@lancedb/lancedb';
import { dotProduct, type Embedding, isUnit, norm } from '../core/embedding.js';
import { LabelwiseError, messageOf, throwIfAborted } from '../errors.js';
import { openCurrentTable } from './current-images.js';
import type { Database } from './database.js';
import { COLUMNS, IS_IMAGE } from './image-table-schema.js';

/** A fault of an index. `path` names the row; without it, it is of the table. */
export interface IndexFault {
  readonly kind:
    | 'unreadable'
    | 'doubled path'
    | 'no embedding'
    | 'not finite'
    | 'not of unit length'
    | 'no content hash'
    | 'dimension'
    | 'copies differ';
  readonly path: string | undefined;
  readonly detail: string;
}

type Say = (kind: IndexFault['kind'], path: string | undefined, detail: string) => void;

const CHECKED = ['path', 'content_hash', 'error_code', 'embedding', 'crops'];
/** The cosine of two embeddings of the same bytes: batches of other sizes round otherwise, and no more than that. */
const SAME_CONTENT = 0.999;

/** Reads every row and every number of the index and names what is wrong. Nothing is written. @throws LabelwiseError `INDEX_NOT_FOUND` */
export async function verifyImages(
  database: Database,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<{ rows: number; faults: IndexFault[] }> {
  const { table, name, facts, close } = await openCurrentTable(database);
  const faults: IndexFault[] = [];
  const paths = new Set<string>();
  const say: Say = (kind, path, detail) => void faults.push({ kind, path, detail });
  let rows = 0;
  try {
    const copies = new Map([...(await contentsWithCopies(table))].map((hash) => [hash, newCopies()]));
    for await (const batch of table.query().select([...Object.keys(COLUMNS), 'embedding', ...(facts.hasCrops ? ['crops'] : [])])) {
      throwIfAborted(signal);
      const columns = new Map(CHECKED.map((column) => [column, batch.getChild(column)]));
      for (let i = 0; i < batch.numRows; i++) {
        rows++;
        const cell = (column: string): unknown => columns.get(column)?.get(i);
        const path = String(cell('path'));
        if (paths.has(path)) say('doubled path', path, 'two rows have this path');
        paths.add(path);
        const stored = cell('embedding') as ArrayLike<number> | null;
        const code = cell('error_code');
        if (stored === null && code === null) say('no embedding', path, 'the row has neither an embedding nor a reason for having none');
        if (stored !== null && code !== null) say('no embedding', path, `the row has an embedding, and the error ${String(code)}`);
        if (stored === null) continue;
        const hash = cell('content_hash') as string | null;
        if (hash === null) say('no content hash', path, 'an image is known by the hash of its bytes');
        const embedding = Float32Array.from(stored); // [dimension]
        for (const crop of (cell('crops') ?? []) as Iterable<Iterable<number>>)
          if (!isSound(Float32Array.from(crop), path, { dimension: facts.dimension, say })) break;
        if (isSound(embedding, path, { dimension: facts.dimension, say })) compare(copies.get(hash ?? ''), path, embedding);
      }
    }
    for (const copy of copies.values()) sayDifferent(copy, say);
  } catch (error) {
    if (error instanceof LabelwiseError) throw error;
    faults.push(unreadableTable(database, name, error));
  } finally {
    close();
  }
  return { rows, faults };
}

/** The fault of a table that cannot be read to its end: which folder it is, and what LanceDB says. */
export const unreadableTable = (database: Database, name: string, error: unknown): IndexFault => ({
  kind: 'unreadable',
  path: undefined,
  detail: `${database.location.pathOf(`${name}.lance`)}: ${messageOf(error).split('\n')[0]}`,
});

function isSound(embedding: Embedding, path: string, { dimension, say }: { dimension: number; say: Say }): boolean {
  const length = norm(embedding);
  if (embedding.length !== dimension) say('dimension', path, `expected ${dimension} numbers, got ${embedding.length}`);
  else if (!Number.isFinite(length)) say('not finite', path, 'the embedding holds NaN or infinity');
  else if (!isUnit(embedding)) say('not of unit length', path, `the embedding has length ${length.toFixed(6)}`);
  else return true;
  return false;
}

/** The rows of one content, which have to have one embedding; the first is kept to compare with. */
interface Copies {
  first: Embedding | undefined;
  /** The lowest cosine with the first. */
  lowest: number;
  readonly paths: string[];
}

const newCopies = (): Copies => ({ first: undefined, lowest: 1, paths: [] });

/** Contents of several rows: of these alone an embedding is held in memory. */
async function contentsWithCopies(table: Table): Promise<Set<string>> {
  const [seen, several] = [new Set<string>(), new Set<string>()];
  for await (const batch of table.query().where(IS_IMAGE).select(['content_hash'])) {
    const hashes = batch.getChild('content_hash');
    for (let i = 0; i < batch.numRows; i++) {
      const hash = hashes?.get(i) as string | null;
      if (hash !== null) (seen.has(hash) ? several : seen).add(hash);
    }
  }
  return several;
}

function compare(copies: Copies | undefined, path: string, embedding: Embedding): void {
  if (copies === undefined) return;
  copies.paths.push(path);
  copies.first ??= embedding;
  copies.lowest = Math.min(copies.lowest, dotProduct(copies.first, embedding));
}

/** All rows are named: which of them is right cannot be told without the model. */
function sayDifferent({ lowest, paths }: Copies, say: Say): void {
  if (lowest >= SAME_CONTENT) return;
  for (const path of paths)
    say('copies differ', path, `${paths.length} rows have these bytes, and embeddings with a cosine down to ${lowest.toFixed(4)}`);
}
