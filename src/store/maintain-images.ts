import { isWithin } from '../files/byte-path.js';
import { type IndexFile, readIndexFile } from './current-images.js';
import type { Database } from './database.js';
import { columnsOf, type ImageTableFacts, IS_IMAGE } from './image-table-schema.js';
import { type CellReport, describeCells, openHeld } from './rounded/open-rounded.js';
import { toSqlText } from './to-sql-text.js';
import { describeVectorIndex, type VectorIndexStatus } from './vector-index.js';
import { withImageTable } from './with-image-table.js';

/** What an index holds, and how it is kept. */
export interface IndexStatus {
  readonly folder: string;
  readonly table: string;
  readonly encoder: ImageTableFacts['encoder'];
  readonly dimension: number;
  readonly schemaVersion: number;
  /** Whether crops of the images are embedded too. */
  readonly hasCrops: boolean;
  readonly roots: readonly string[];
  /** What is, or was, mounted in the folders. */
  readonly volumes: readonly string[];
  readonly exclude: readonly string[];
  /** Files that have an embedding; a picture under two names counts twice. */
  readonly files: number;
  readonly failed: number;
  readonly bytes: number;
  readonly versions: number;
  readonly vectorIndex: VectorIndexStatus | undefined;
  /** The cells that searches without a filter use. */
  readonly cells?: CellReport | undefined;
}

/** @throws LabelwiseError `INDEX_NOT_FOUND` */
export const readIndexStatus = (database: Database): Promise<IndexStatus> =>
  withImageTable(database, async ({ table, facts, name }) => ({
    folder: database.location.name,
    table: name,
    encoder: facts.encoder,
    dimension: facts.dimension,
    schemaVersion: facts.schemaVersion,
    hasCrops: facts.hasCrops,
    ...pickWalk(await readIndexFile(database)),
    files: await table.countRows(IS_IMAGE),
    failed: await table.countRows('error_code IS NOT NULL'),
    bytes: await database.location.bytesOf(name),
    versions: (await table.listVersions()).length,
    vectorIndex: await describeVectorIndex(table),
    cells: await readCells(database, name),
  }));

async function readCells(database: Database, name: string): Promise<CellReport | undefined> {
  const rows = await openHeld(database, name);
  return rows && describeCells(rows);
}

const pickWalk = ({ roots, volumes, exclude }: IndexFile): Pick<IndexStatus, 'roots' | 'volumes' | 'exclude'> => ({
  roots,
  volumes,
  exclude,
});

/** Whether the index has rows of files in a folder. */
export const hasImagesIn = (database: Database, folder: string): Promise<boolean> =>
  withImageTable(database, async ({ table }) => {
    const inside = `starts_with(path, ${toSqlText(folder)})`;
    const paths = await table.query().where(inside).select(['path']).toArray();
    return paths.some(({ path }) => isWithin(path, folder));
  });

/** The further files of pictures, by path: names on lines. */
export const readJoined = (database: Database): Promise<Map<string, string>> =>
  withImageTable(database, async ({ table, facts }) => {
    if (!columnsOf(facts).includes('files')) return new Map();
    const rows = await table.query().where('files IS NOT NULL').select(['path', 'files']).toArray();
    return new Map(rows.map(({ path, files }) => [path, files]));
  });
