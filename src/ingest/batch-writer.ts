import type { EncoderInfo, ImageEncoder } from '../core/ports.js';
import type { FileRow, ImageIndex } from '../store/image-index.js';
import type { ImageRow } from '../store/image-table-schema.js';

/** Rows in hand are written when there are so many, or after so long: what a kill can lose. A commit reads all paths, so large tables have fewer. */
const BATCH_ROWS = { least: 256, most: 2048 };
const BATCH_MS = 15_000;

/** An encoder of images that says what it is. */
export type IndexEncoder = Pick<ImageEncoder, 'encodeImages'> & { readonly info: EncoderInfo };

/** Gathers rows and writes them in batches, each in one commit. */
export interface BatchWriter {
  add(row: ImageRow): Promise<void>;
  flush(): Promise<void>;
  /** Writes what is in hand; rows that come later are dropped. A run that was stopped may still be reading a file, and its table is about to close. */
  end(): Promise<void>;
}

export function createBatchWriter(index: ImageIndex, encoder: IndexEncoder, batchRows = BATCH_ROWS.least): BatchWriter {
  let batch: ImageRow[] = [];
  let since = performance.now();
  let isOver = false;
  let writing: Promise<void> = Promise.resolve();
  const write = async (): Promise<void> => {
    const rows = batch;
    batch = [];
    since = performance.now();
    await index.write(rows, encoder.info, () => dimensionOf(encoder));
  };
  const flush = (): Promise<void> => {
    writing = writing.catch(() => {}).then(write); // rows come from the reading and the encoding side at once, and commits one by one
    return writing;
  };
  return {
    flush,
    end() {
      isOver = true;
      return flush();
    },
    async add(row) {
      if (isOver) return;
      batch.push(row);
      if (batch.length >= batchRows || performance.now() - since > BATCH_MS) await flush();
    },
  };
}

/** How many rows a run over so many files writes at once. */
export const batchRowsFor = (files: number): number => Math.min(BATCH_ROWS.most, Math.max(BATCH_ROWS.least, Math.ceil(files / 100)));

/** A white PNG of one pixel. */
const PIXEL = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4//8/AAX+Av4N70a4AAAAAElFTkSuQmCC', 'base64');

/** How long embeddings are, where no good file has told yet: what the encoder makes of one pixel. */
export async function dimensionOf(encoder: IndexEncoder): Promise<number> {
  for await (const outcome of encoder.encodeImages([PIXEL])) {
    if ('error' in outcome) throw outcome.error;
    return outcome.embedding.length;
  }
  throw new Error('the encoder gave no outcome');
}

/** The contents that have an embedding, without those that are to be embedded again. */
export function knownContents(rows: Iterable<FileRow>, again: ReadonlySet<string> = new Set()): Set<string> {
  const known = new Set<string>();
  for (const { content_hash: hash, error_code: code } of rows) if (hash !== null && code === null && !again.has(hash)) known.add(hash);
  return known;
}
