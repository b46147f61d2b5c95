import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasSystemCode, LabelwiseError } from '../errors.js';
import { inOutputWords } from '../files/output-fault.js';
import { inStoreWords } from './connect.js';
import { openDatabase } from './database.js';
import { OPTION } from './embedding-cache.js';
import { type CacheFacts, type CacheKind, readCacheFacts } from './embedding-cache-schema.js';
import { folderBytes } from './folder-bytes.js';

/** A table of the cache, for people. */
export interface CacheSummary extends CacheFacts {
  readonly table: string;
  readonly embeddings: number;
  readonly bytes: number;
}

/** The tables of the cache in a folder. @throws LabelwiseError `STORE_FAILED` when it is damaged, `FORMAT_NEWER` */
export async function listEmbeddingCache(folder: string): Promise<CacheSummary[]> {
  const isEmpty = await inStoreWords(`the cache ${folder} cannot be read`, async () => (await entriesOf(folder)).length === 0, OPTION);
  if (isEmpty) return [];
  try {
    return await inStoreWords(`the cache ${folder} cannot be read and may be damaged`, () => summarize(folder), OPTION);
  } catch (cause) {
    if (!(cause instanceof LabelwiseError) || cause.code === 'FORMAT_NEWER') throw cause;
    throw new LabelwiseError(cause.code, cause.message, {
      hint: 'Empty it with "labelwise cache clear": what it held is made again when it is needed.',
      cause,
    });
  }
}

async function summarize(folder: string): Promise<CacheSummary[]> {
  await using database = openDatabase(folder, OPTION);
  const connection = await database.connection();
  const summaries: CacheSummary[] = [];
  for (const name of (await connection.tableNames({ limit: 10_000 })).filter((name) => OURS.test(name))) {
    const table = await connection.openTable(name);
    const facts = readCacheFacts({ database, name }, (await table.schema()).metadata);
    if (!facts) throw new Error(`the table ${name} does not say what it holds`);
    summaries.push({
      table: name,
      ...facts,
      embeddings: await table.countRows(),
      bytes: await folderBytes(join(folder, `${name}.lance`)),
    });
    table.close();
  }
  return summaries;
}

const entriesOf = (folder: string): Promise<string[]> =>
  readdir(folder).catch((error: unknown) => {
    if (hasSystemCode(error, 'ENOENT')) return [];
    throw error;
  });

const OURS = /^(?:images|labels)-/;

/**
 * Empties the cache, or one kind of it, even if it is damaged, and returns the bytes that were freed. Other files in its folder stay.
 *
 * @throws LabelwiseError `OUTPUT_UNWRITABLE`
 */
export async function clearEmbeddingCache(folder: string, kind?: CacheKind): Promise<number> {
  const before = await folderBytes(folder);
  await inOutputWords(folder, `choose another folder with ${OPTION}`, async () => {
    const isOurs = (name: string): boolean =>
      name.endsWith('.lance') && (kind === undefined ? OURS.test(name) : name.startsWith(`${kind}-`));
    const entries = await entriesOf(folder);
    const kept = entries.filter((name) => !isOurs(name));
    const isAll = kept.every((name) => OF_FOLDER.includes(name));
    for (const name of isAll ? entries : entries.filter(isOurs)) await rm(join(folder, name), { recursive: true, force: true });
    if (isAll && entries.length > 0) await rmdir(folder);
  });
  return before - (await folderBytes(folder));
}

/** What stands in the folder beside the tables: LanceDB's list of them, and the lock of `tidy`. */
const OF_FOLDER = ['__manifest', 'tidy.lock'];
