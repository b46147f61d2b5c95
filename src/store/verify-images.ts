import { norm } from '../core/embedding.js';
import { LabelwiseError, messageOf, throwIfAborted } from '../errors.js';
import { connect } from './connect.js';
import { openImageTable, readIndexFile } from './current-images.js';
import { COLUMNS } from './image-table-schema.js';

/** A fault of an index. `path` names the row; without it, it is of the table. */
export interface IndexFault {
  readonly kind: 'unreadable' | 'doubled path' | 'no embedding' | 'not finite' | 'not of unit length' | 'no content hash' | 'dimension';
  readonly path: string | undefined;
  readonly detail: string;
}

const CHECKED = ['path', 'content_hash', 'error_code', 'embedding'];
/** How far from 1 the length of an embedding may be: float32 sums over thousands of numbers. */
const LENGTH_TOLERANCE = 1e-3;

/** Reads every row and every number of the index and names what is wrong. Nothing is written. @throws LabelwiseError `INDEX_NOT_FOUND` */
export async function verifyImages(
  folder: string,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<{ rows: number; faults: IndexFault[] }> {
  const connection = await connect(folder);
  const faults: IndexFault[] = [];
  const paths = new Set<string>();
  const say = (kind: IndexFault['kind'], path: string | undefined, detail: string): void => void faults.push({ kind, path, detail });
  let rows = 0;
  try {
    const { table: name } = await readIndexFile(folder);
    const { table, facts } = await openImageTable(connection, folder, name);
    for await (const batch of table.query().select([...Object.keys(COLUMNS), 'embedding'])) {
      throwIfAborted(signal);
      const columns = new Map(CHECKED.map((column) => [column, batch.getChild(column)]));
      for (let i = 0; i < batch.numRows; i++) {
        rows++;
        const cell = (column: string): unknown => columns.get(column)?.get(i);
        const path = String(cell('path'));
        if (paths.has(path)) say('doubled path', path, 'two rows have this path');
        paths.add(path);
        const embedding = cell('embedding') as ArrayLike<number> | null;
        const code = cell('error_code');
        if (embedding === null && code === null) say('no embedding', path, 'the row has neither an embedding nor a reason for having none');
        if (embedding !== null && code !== null) say('no embedding', path, `the row has an embedding, and the error ${String(code)}`);
        if (embedding === null) continue;
        if (cell('content_hash') === null) say('no content hash', path, 'an image is known by the hash of its bytes');
        checkVector(Float32Array.from(embedding), path, { dimension: facts.dimension, say });
      }
    }
  } catch (error) {
    if (error instanceof LabelwiseError) throw error;
    say('unreadable', undefined, messageOf(error).split('\n')[0] ?? '');
  } finally {
    connection.close();
  }
  return { rows, faults };
}

function checkVector(
  embedding: Float32Array,
  path: string,
  { dimension, say }: { dimension: number; say: (kind: IndexFault['kind'], path: string, detail: string) => void },
): void {
  const length = norm(embedding);
  if (embedding.length !== dimension) say('dimension', path, `expected ${dimension} numbers, got ${embedding.length}`);
  else if (!Number.isFinite(length)) say('not finite', path, 'the embedding holds NaN or infinity');
  else if (Math.abs(length - 1) > LENGTH_TOLERANCE) say('not of unit length', path, `the embedding has length ${length.toFixed(6)}`);
}
