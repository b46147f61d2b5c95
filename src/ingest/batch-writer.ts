import type { EncoderIdentity } from '../core/ports.js';
import type { FileRow, ImageIndex } from '../store/image-index.js';
import type { ImageRow } from '../store/image-table-schema.js';

/** Rows in hand are written when there are so many, or after so long: what a kill can lose. */
const BATCH_ROWS = 256;
const BATCH_MS = 15_000;

/** Gathers rows and writes them in batches, each in one commit. */
export interface BatchWriter {
  add(row: ImageRow): Promise<void>;
  flush(): Promise<void>;
}

export function createBatchWriter(index: ImageIndex, encoder: EncoderIdentity, batchRows = BATCH_ROWS): BatchWriter {
  let batch: ImageRow[] = [];
  let since = performance.now();
  const flush = async (): Promise<void> => {
    if (index.facts === undefined && !batch.some((row) => row.embedding)) return; // bad files wait for a good one, which tells the dimension
    const rows = batch;
    batch = [];
    since = performance.now();
    await index.write(rows, encoder);
  };
  return {
    flush,
    async add(row) {
      batch.push(row);
      if (batch.length >= batchRows || performance.now() - since > BATCH_MS) await flush();
    },
  };
}

/** The contents that have an embedding. */
export function knownContents(rows: Iterable<FileRow>): Set<string> {
  const known = new Set<string>();
  for (const { content_hash: hash, error_code: code } of rows) if (hash !== null && code === null) known.add(hash);
  return known;
}
