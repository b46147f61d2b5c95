import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Connection, Table } from '@lancedb/lancedb';
import { connect, inStoreWords } from './connect.js';
import { openImageTable, readIndexFile, writeIndexFile } from './current-images.js';
import { HAS_EMBEDDING, type ImageTableFacts } from './image-table-schema.js';
import { measureRecall, type RecallReport } from './measure-recall.js';

const INDEX_NAME = 'embedding_idx';
/** Below, comparing with every row is as fast as anybody notices: 0.2 s and less for 50,000 x 512. */
export const MIN_INDEXED_ROWS = 50_000;
/** A vector index that finds fewer of the true neighbours is not kept. */
export const MIN_RECALL = 0.95;
/** When so many rows are not in the vector index yet, it is built anew. */
const REBUILD_SHARE = 0.2;

/** What an index holds, and how it is kept. */
export interface IndexStatus {
  readonly folder: string;
  readonly table: string;
  readonly encoder: ImageTableFacts['encoder'];
  readonly dimension: number;
  readonly schemaVersion: number;
  readonly roots: readonly string[];
  /** Files that have an embedding; a picture under two names counts twice. */
  readonly files: number;
  readonly failed: number;
  readonly bytes: number;
  readonly versions: number;
  readonly vectorIndex:
    | { readonly kind: string; readonly metric: string; readonly indexedRows: number; readonly newRows: number }
    | undefined;
}

/** @throws LabelwiseError `INDEX_NOT_FOUND` */
export const readIndexStatus = (folder: string): Promise<IndexStatus> =>
  withTable(folder, async ({ table, facts, name }) => ({
    folder,
    table: name,
    encoder: facts.encoder,
    dimension: facts.dimension,
    schemaVersion: facts.schemaVersion,
    roots: (await readIndexFile(folder)).roots,
    files: await table.countRows(HAS_EMBEDDING),
    failed: await table.countRows('error_code IS NOT NULL'),
    bytes: await folderBytes(join(folder, `${name}.lance`)),
    versions: (await table.listVersions()).length,
    vectorIndex: await describeIndex(table),
  }));

async function describeIndex(table: Table): Promise<IndexStatus['vectorIndex']> {
  const stats = (await hasIndex(table)) ? await table.indexStats(INDEX_NAME) : undefined;
  return (
    stats && { kind: stats.indexType, metric: stats.distanceType ?? '', indexedRows: stats.numIndexedRows, newRows: stats.numUnindexedRows }
  );
}

const hasIndex = async (table: Table): Promise<boolean> => (await table.listIndices()).some((index) => index.name === INDEX_NAME);

export interface OptimizeReport {
  readonly rows: number;
  /** Small files that were put together. */
  readonly filesRemoved: number;
  /** `none`: the index is small; `refused`: it found too few of the true neighbours, and was dropped. */
  readonly vectorIndex: 'none' | 'built' | 'updated' | 'refused';
  readonly seconds: number;
  readonly recall: RecallReport | undefined;
}

/** Puts small files together and builds or updates the vector index of a large index. What is searched meanwhile is never blocked. */
export const optimizeImages = (
  folder: string,
  { minRows = MIN_INDEXED_ROWS, onStep }: { minRows?: number | undefined; onStep?: (step: string) => void } = {},
): Promise<OptimizeReport> =>
  withTable(folder, async ({ table, facts }) => {
    const startedAt = performance.now();
    const seconds = (): number => (performance.now() - startedAt) / 1000;
    onStep?.('compacting');
    const { compaction } = await table.optimize();
    const rows = await table.countRows(HAS_EMBEDDING);
    const base = { rows, filesRemoved: compaction.filesRemoved };
    if (rows < minRows) return { ...base, vectorIndex: 'none', seconds: seconds(), recall: undefined };
    const before = await describeIndex(table);
    const isKept = before !== undefined && before.metric === 'cosine' && before.newRows < REBUILD_SHARE * rows;
    if (!isKept) {
      onStep?.('building the vector index');
      const { Index } = await import('@lancedb/lancedb');
      await table.createIndex('embedding', { config: Index.hnswSq({ distanceType: 'cosine' }), replace: true, name: INDEX_NAME });
    }
    const built = seconds();
    onStep?.('measuring recall');
    const recall = await measureRecall(table, facts.dimension);
    if (recall.recallAt10 < MIN_RECALL) await table.dropIndex(INDEX_NAME);
    const vectorIndex = recall.recallAt10 < MIN_RECALL ? 'refused' : isKept ? 'updated' : 'built';
    return { ...base, vectorIndex, seconds: built, recall };
  });

export interface PruneReport {
  readonly bytesFreed: number;
  readonly versionsRemoved: number;
  readonly tablesRemoved: readonly string[];
}

/** Frees what no search needs any more: versions older than `keepMs`, and tables of earlier models; of an unfinished migration on request. */
export const pruneImages = (folder: string, { keepMs, isAll = false }: { keepMs: number; isAll?: boolean }): Promise<PruneReport> =>
  withTable(folder, async ({ table, connection, name }) => {
    const file = await readIndexFile(folder);
    const others = (await connection.tableNames({ limit: 10_000 })).filter(
      (other) => /^images(?:-[0-9a-f]+)?$/.test(other) && other !== name,
    );
    const tablesRemoved = others.filter((other) => isAll || file.previous.includes(other));
    let bytesFreed = 0;
    for (const other of tablesRemoved) {
      bytesFreed += await folderBytes(join(folder, `${other}.lance`));
      await connection.dropTable(other);
    }
    if (file.previous.length > 0)
      await writeIndexFile(folder, {
        ...file,
        previous: file.previous.filter((other) => !tablesRemoved.includes(other) && others.includes(other)),
      });
    const { prune } = await table.optimize({ cleanupOlderThan: new Date(Date.now() - keepMs) });
    return { bytesFreed: bytesFreed + prune.bytesRemoved, versionsRemoved: prune.oldVersionsRemoved, tablesRemoved };
  });

interface Opened {
  readonly table: Table;
  readonly facts: ImageTableFacts & { readonly dimension: number };
  readonly connection: Connection;
  readonly name: string;
}

async function withTable<T>(folder: string, work: (opened: Opened) => Promise<T>): Promise<T> {
  const connection = await connect(folder);
  try {
    const { table: name } = await readIndexFile(folder);
    const { table, facts } = await openImageTable(connection, folder, name);
    return await inStoreWords(`the index in ${folder} cannot be kept`, () => work({ table, facts, connection, name }));
  } finally {
    connection.close();
  }
}

async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) =>
        stat(join(entry.parentPath, entry.name)).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
