import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { hasSystemCode, LabelwiseError } from '../errors.js';
import { inStoreWords } from './connect.js';
import { INDEX_FILE, readIndexFile } from './current-images.js';
import type { Database } from './database.js';
import { assertReadable, FORMATS, kindOf, readTableFacts, versionOf } from './table-format.js';
import { tableNames } from './tag-database.js';
import { UPLOADS } from './uploads.js';

/** The file of a backup that lists everything else in it. It is written last. */
export const BACKUP_MANIFEST = 'labelwise-backup.json';

/** Whether a file or folder of this name in a database is kept in backups: tables, LanceDB's list of them, the index's own file, and images that were sent. */
export const isStored = (name: string): boolean =>
  name.endsWith('.lance') || name === '__manifest' || name === INDEX_FILE || name === UPLOADS;

const isSafePath = (path: string): boolean => {
  const parts = path.split('/');
  return isStored(parts[0] as string) && !/[\\:]/.test(path) && parts.every((part) => part !== '' && part !== '.' && part !== '..');
};

const manifestSchema = z.object({
  version: z.number(),
  createdAt: z.string(),
  tables: z.array(z.object({ name: z.string(), format: z.number(), rows: z.number() })),
  files: z.array(z.object({ path: z.string().refine(isSafePath), bytes: z.number(), sha256: z.string() })).min(1),
});

export type BackupManifest = z.infer<typeof manifestSchema>;
export type BackupFile = BackupManifest['files'][number];
/** A table of a database, with the version of its format. */
export type StoredTable = BackupManifest['tables'][number];

/** What a backup or a restore did. */
export interface BackupReport {
  readonly tables: readonly StoredTable[];
  readonly files: number;
  readonly bytes: number;
}

export const toReport = ({ tables, files }: BackupManifest): BackupReport => ({
  tables,
  files: files.length,
  bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
});

export const newManifest = (content: Pick<BackupManifest, 'tables' | 'files'>): BackupManifest => ({
  version: FORMATS.backup.version,
  createdAt: new Date().toISOString(),
  ...content,
});

export const damaged = (folder: string, what: string): LabelwiseError =>
  new LabelwiseError('BACKUP_DAMAGED', `The backup ${folder} cannot be restored: ${what}.`, {
    hint: 'Use another backup. Nothing was restored, and a database that exists is unchanged.',
  });

/** @throws LabelwiseError `BACKUP_DAMAGED`, `FORMAT_NEWER` */
export async function readManifest(folder: string): Promise<BackupManifest> {
  const text = await readFile(join(folder, BACKUP_MANIFEST), 'utf8').catch((error: unknown) => {
    if (hasSystemCode(error, 'ENOENT', 'ENOTDIR')) throw damaged(folder, `it has no ${BACKUP_MANIFEST}`);
    throw error;
  });
  const content = parseOrNothing(text);
  const place = { subject: `The backup ${folder}`, option: 'backup' };
  assertReadable('backup', z.object({ version: z.number() }).safeParse(content).data?.version ?? 1, place);
  const manifest = manifestSchema.safeParse(content).data;
  if (!manifest) throw damaged(folder, `${BACKUP_MANIFEST} is not as labelwise wrote it`);
  for (const { name, format } of manifest.tables)
    assertReadable(kindOf(name), format, { ...place, subject: `The table "${name}" of the backup ${folder}` });
  return manifest;
}

/** Opens every table of a database, and its index file. @throws LabelwiseError `FORMAT_NEWER`, `STORE_FAILED` */
export async function describeTables(database: Database): Promise<StoredTable[]> {
  await readIndexFile(database);
  const connection = await database.connection();
  const tables: StoredTable[] = [];
  for (const name of await tableNames(database, () => true)) {
    const [metadata, rows] = await inStoreWords(`the table "${name}" in ${database.location.name} cannot be read`, async () => {
      const table = await connection.openTable(name);
      return [(await table.schema()).metadata, await table.countRows()] as const;
    });
    tables.push({ name, format: versionOf(readTableFacts({ database, name, kind: kindOf(name) }, metadata)), rows });
  }
  return tables;
}

function parseOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
