import { join } from 'node:path';
import { type IndexFile, readIndexFile, writeIndexFile } from './current-images.js';
import { folderBytes } from './folder-bytes.js';
import { HAS_EMBEDDING, type ImageTableFacts } from './image-table-schema.js';
import { isOfImages } from './table-names.js';
import { describeVectorIndex, type VectorIndexStatus } from './vector-index.js';
import { withImageTable } from './with-image-table.js';

/** What an index holds, and how it is kept. */
export interface IndexStatus {
  readonly folder: string;
  readonly table: string;
  readonly encoder: ImageTableFacts['encoder'];
  readonly dimension: number;
  readonly schemaVersion: number;
  readonly roots: readonly string[];
  readonly exclude: readonly string[];
  /** Files that have an embedding; a picture under two names counts twice. */
  readonly files: number;
  readonly failed: number;
  readonly bytes: number;
  readonly versions: number;
  readonly vectorIndex: VectorIndexStatus | undefined;
}

/** @throws LabelwiseError `INDEX_NOT_FOUND` */
export const readIndexStatus = (folder: string): Promise<IndexStatus> =>
  withImageTable(folder, async ({ table, facts, name }) => ({
    folder,
    table: name,
    encoder: facts.encoder,
    dimension: facts.dimension,
    schemaVersion: facts.schemaVersion,
    ...pickWalk(await readIndexFile(folder)),
    files: await table.countRows(HAS_EMBEDDING),
    failed: await table.countRows('error_code IS NOT NULL'),
    bytes: await folderBytes(join(folder, `${name}.lance`)),
    versions: (await table.listVersions()).length,
    vectorIndex: await describeVectorIndex(table),
  }));

const pickWalk = ({ roots, exclude }: IndexFile): Pick<IndexStatus, 'roots' | 'exclude'> => ({ roots, exclude });

export interface PruneReport {
  readonly bytesFreed: number;
  readonly versionsRemoved: number;
  readonly tablesRemoved: readonly string[];
}

/** Frees what no search needs any more: versions older than `keepMs`, and tables of earlier models; of an unfinished migration on request. */
export const pruneImages = (folder: string, { keepMs, isAll = false }: { keepMs: number; isAll?: boolean }): Promise<PruneReport> =>
  withImageTable(folder, async ({ table, connection, name }) => {
    const file = await readIndexFile(folder);
    const others = (await connection.tableNames({ limit: 10_000 })).filter((other) => isOfImages(other) && other !== name);
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
