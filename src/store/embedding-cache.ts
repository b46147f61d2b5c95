import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Connection, Table } from '@lancedb/lancedb';
import { type Embedding, isUnit } from '../core/embedding.js';
import type { EmbeddingCache, EncoderIdentity, KeptEmbedding } from '../core/ports.js';
import { type HeldLock, withLock } from '../files/with-lock.js';
import { inStoreWords } from './connect.js';
import { openDatabase } from './database.js';
import { type CacheKind, readCacheFacts, toCacheRows, toCacheSchema } from './embedding-cache-schema.js';
import { folderBytes } from './folder-bytes.js';

export interface EmbeddingCacheOptions {
  readonly kind: CacheKind;
  readonly encoder: EncoderIdentity;
  /** The size limit of the whole folder on disk. The oldest embeddings are deleted first. */
  readonly maxBytes: number;
}

/** The flag that names another folder for the cache. */
export const OPTION = '`cacheFolder`';
const ROWS_AT_ONCE = 512;
/** Each write leaves a fragment; when there are this many they are made one. */
const FRAGMENTS = 24;
/** Another process may still read versions this young. */
const KEEP_VERSIONS_MS = 3_600_000;

const tableName = ({ kind, encoder }: Pick<EmbeddingCacheOptions, 'kind' | 'encoder'>): string => `${kind}-${encoder.fingerprint}`;

/**
 * Opens the cached embeddings of one encoder in a LanceDB folder. Processes can share it: each adds rows, and sees those from when it opened.
 *
 * @throws LabelwiseError `STORE_FAILED`, `DISK_FULL`, `FORMAT_NEWER`
 */
export async function openEmbeddingCache(folder: string, options: EmbeddingCacheOptions): Promise<EmbeddingCache> {
  const database = openDatabase(folder, OPTION);
  const connection = await database.connection();
  const name = tableName(options);
  const inWords = <T>(work: () => Promise<T>): Promise<T> => inStoreWords(`the cache ${folder} cannot be used`, work, OPTION);
  const find = async (): Promise<Table | undefined> => {
    if (!(await connection.tableNames({ limit: 10_000 })).includes(name)) return undefined;
    const table = await connection.openTable(name);
    readCacheFacts({ database, name }, (await table.schema()).metadata); // refuses a newer format
    return table;
  };
  const table = await inWords(find);
  const places = table ? await inWords(() => readPlaces(table)) : new Map<string, bigint>();
  const fresh = new Map<string, KeptEmbedding>(); // made in this run: a picture that comes twice is computed once
  const waiting = new Map<string, KeptEmbedding>();

  async function write(): Promise<void> {
    if (waiting.size === 0) return;
    const rows = new Map(waiting);
    waiting.clear();
    await inWords(() => addRows(connection, name, rows, options, find));
    await inWords(() => tidy(connection, folder, name, options.maxBytes));
  }

  return {
    has: (key) => places.has(key) || fresh.has(key),
    async load(keys) {
      const found = new Map<string, KeptEmbedding>();
      const rowIds: bigint[] = [];
      for (const key of new Set(keys)) {
        const made = fresh.get(key);
        const place = places.get(key);
        if (made) found.set(key, made);
        else if (place !== undefined) rowIds.push(place);
      }
      if (table && rowIds.length > 0) for (const [key, kept] of await inWords(() => readRows(table, rowIds))) found.set(key, kept);
      return found;
    },
    async keep(entries) {
      for (const [key, entry] of entries) {
        waiting.set(key, entry);
        fresh.set(key, entry);
        if (fresh.size > 4 * ROWS_AT_ONCE) fresh.delete(fresh.keys().next().value as string);
      }
      if (waiting.size >= ROWS_AT_ONCE) await write();
    },
    async close() {
      try {
        await write();
      } finally {
        table?.close();
        await database.close();
      }
    },
  };
}

/** Where each key's row is, in the version that was opened. */
async function readPlaces(table: Table): Promise<Map<string, bigint>> {
  const rows = await table.query().select(['key']).withRowId().toArrow();
  const [keys, ids] = [rows.getChild('key'), rows.getChild('_rowid')];
  const places = new Map<string, bigint>();
  for (let i = 0; i < rows.numRows; i++) places.set(keys?.get(i) as string, BigInt(ids?.get(i) as bigint));
  return places;
}

async function readRows(table: Table, rowIds: readonly bigint[]): Promise<Map<string, KeptEmbedding>> {
  const rows = await table.takeRowIds(rowIds).toArrow();
  const column = (name: string) => rows.getChild(name);
  const found = new Map<string, KeptEmbedding>();
  for (let i = 0; i < rows.numRows; i++) {
    const embedding: Embedding = Float32Array.from(column('vector')?.get(i).toArray());
    if (!isUnit(embedding)) continue; // damaged: it is made again
    found.set(column('key')?.get(i) as string, { embedding, width: column('width')?.get(i), height: column('height')?.get(i) });
  }
  return found;
}

async function addRows(
  connection: Connection,
  name: string,
  entries: ReadonlyMap<string, KeptEmbedding>,
  { kind, encoder }: EmbeddingCacheOptions,
  find: () => Promise<Table | undefined>,
): Promise<void> {
  const rows = toCacheRows(entries);
  const table = await find();
  if (table) {
    await table.add(rows);
    table.close();
    return;
  }
  const dimension = ([...entries.values()][0] as KeptEmbedding).embedding.length;
  const schema = toCacheSchema({ kind, encoder: { name: encoder.name, fingerprint: encoder.fingerprint } }, dimension);
  try {
    (await connection.createTable(name, rows, { schema, mode: 'create' })).close();
  } catch (error) {
    const made = await find().catch(() => undefined); // another process was first
    if (!made) {
      await connection.dropTable(name).catch(() => {}); // what was begun
      throw error;
    }
    await made.add(rows);
    made.close();
  }
}

/** Joins fragments, and makes room where the folder has grown too large: tables of other encoders first, the least used first. */
async function tidy(connection: Connection, folder: string, name: string, maxBytes: number): Promise<void> {
  const table = await connection.openTable(name);
  try {
    const { numFragments } = (await table.stats()).fragmentStats;
    const isTooLarge = (await folderBytes(folder)) > maxBytes;
    if (numFragments < FRAGMENTS && !isTooLarge) return;
    const work = async (lock: HeldLock): Promise<void> => {
      if (isTooLarge) await makeRoom(connection, folder, table, { name, maxBytes, lock });
      await table.optimize({ cleanupOlderThan: new Date(Date.now() - (isTooLarge ? 0 : KEEP_VERSIONS_MS)) });
    };
    await withLock(join(folder, 'tidy'), work, { waitMs: 0 }).catch(() => {}); // another process is at it
  } finally {
    table.close();
  }
}

interface Room {
  readonly name: string;
  readonly maxBytes: number;
  readonly lock: HeldLock;
}

async function makeRoom(connection: Connection, folder: string, table: Table, own: Room): Promise<void> {
  const others = (await connection.tableNames({ limit: 10_000 })).filter((other) => other !== own.name);
  const used = await Promise.all(others.map(async (other) => ({ other, at: await lastChange(folderOf(folder, other)) })));
  for (const { other } of used.sort((a, b) => a.at - b.at)) {
    await own.lock.assertHeld();
    await connection.dropTable(other);
    if ((await folderBytes(folder)) <= own.maxBytes) return;
  }
  const ages = [...((await table.query().select(['addedAt']).toArrow()).getChild('addedAt') ?? [])] as number[];
  const middle = ages.sort((a, b) => a - b)[Math.floor(ages.length / 2)];
  if (middle !== undefined) await table.delete(`\`addedAt\` <= ${middle}`);
}

const folderOf = (folder: string, table: string): string => join(folder, `${table}.lance`);
const lastChange = (folder: string): Promise<number> =>
  stat(join(folder, '_versions')).then(
    (stats) => stats.mtimeMs,
    () => 0,
  );
