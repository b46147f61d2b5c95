import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Table } from '@lancedb/lancedb';
import type { KeptEmbedding } from '../core/ports.js';
import { LabelwiseError } from '../errors.js';
import { makeFolder } from '../files/make-folder.js';
import { withLock } from '../files/with-lock.js';
import { namesIn, OPTION, packsFolder } from './cache-folder.js';
import { type PackFacts, type PackRow, toRows, writePack } from './cache-pack.js';

/** A table of LanceDB, in which labelwise kept embeddings up to format 1. */
export const OLD_TABLE = /^(?:images|labels)-.*\.lance$/;
const METADATA_KEY = 'labelwise';
const ROWS_AT_ONCE = 4096;

/**
 * Moves embeddings from LanceDB's tables into packs, where there are such tables.
 *
 * @throws LabelwiseError `STORE_FAILED` where a table is damaged, `DISK_FULL`
 */
export async function adoptCacheTables(folder: string): Promise<void> {
  const tablesIn = async (): Promise<string[]> => (await namesIn(folder)).filter((name) => OLD_TABLE.test(name));
  if ((await tablesIn()).length === 0) return;
  const { inStoreWords } = await import('./connect.js');
  const adoptAll = async (): Promise<void> => {
    await using database = (await import('./database.js')).openDatabase(folder, OPTION);
    const connection = await database.connection();
    for (const file of await tablesIn()) {
      const table = await connection.openTable(file.replace(/\.lance$/, ''));
      await adopt(table, folder);
      table.close();
      await rm(join(folder, file), { recursive: true, force: true });
    }
  };
  const subject = `the cache ${folder} cannot be used and may be damaged`;
  await withLock(join(folder, 'tidy'), () => inStoreWords(subject, adoptAll, OPTION)).catch((cause: unknown) => {
    if (!(cause instanceof LabelwiseError) || cause.code !== 'STORE_FAILED') throw cause;
    throw new LabelwiseError(cause.code, cause.message, {
      hint: 'If it is damaged, empty it with "labelwise cache clear": embeddings are made again when they are needed.',
      cause,
    });
  });
}

async function adopt(table: Table, folder: string): Promise<void> {
  const { kind, encoder } = JSON.parse((await table.schema()).metadata.get(METADATA_KEY) as string) as PackFacts;
  const own = join(folder, packsFolder(kind, encoder));
  await makeFolder(own);
  let rows: PackRow[] = [];
  const write = async (): Promise<void> => {
    const bytes = rows[0]?.vector.length;
    if (bytes !== undefined) await writePack(own, { kind, encoder, dimension: bytes / 4 }, rows);
    rows = [];
  };
  for await (const batch of table.query().select(['key', 'vector', 'width', 'height'])) {
    const [keys, vectors, widths, heights] = ['key', 'vector', 'width', 'height'].map((name) => batch.getChild(name));
    const entries = Array.from({ length: batch.numRows }, (_, i): [string, KeptEmbedding] => [
      keys?.get(i),
      { embedding: Float32Array.from(vectors?.get(i).toArray()), width: widths?.get(i), height: heights?.get(i) },
    ]);
    rows.push(...toRows(entries));
    if (rows.length >= ROWS_AT_ONCE) await write();
  }
  await write();
}
