import { formatCount } from '../core/format-count.js';
import { LabelwiseError, throwIfAborted } from '../errors.js';
import type { HeldLock } from '../files/with-lock.js';
import { type IndexFile, type ModelReference, readIndexFile, writeIndexFile } from '../store/current-images.js';
import { type Database, noIndex } from '../store/database.js';
import { type FileRow, openImageIndex } from '../store/image-index.js';
import { imagesOf } from '../store/table-names.js';
import { createBatchWriter, type IndexEncoder, knownContents } from './batch-writer.js';
import { embedFiles } from './embed-files.js';
import { isSameStamp } from './file-stamp.js';
import { FOLDERS, type Sources } from './source.js';
import type { WalkedFile } from './walked-file.js';

export interface MigrateOptions {
  readonly encoder: IndexEncoder;
  /** How to open the new model again. */
  readonly reference: ModelReference;
  readonly maxImageBytes: number;
  /** Change over though files are missing: their images leave the index. */
  readonly allowMissing?: boolean | undefined;
  /** Fill the table and do not change over: it can be tried meanwhile, and the next migration has only the rest to do. */
  readonly isPrepared?: boolean | undefined;
  readonly batchRows?: number | undefined;
  readonly sources?: Sources | undefined;
  readonly lock: HeldLock;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface MigrateReport {
  /** The index is of this model already. */
  readonly isSame: boolean;
  readonly images: number;
  readonly encoded: number;
  /** Files that a run before had done. */
  readonly resumed: number;
}

/**
 * Encodes the files of the index with another model into a table beside it. When all is there, the file that names the table in use is
 * replaced: one rename. A run that was stopped left whole batches, and the next one goes on from them.
 *
 * @throws LabelwiseError `INDEX_NOT_FOUND`, `INPUT_NOT_FOUND` where files are missing, `INPUT_UNREADABLE` where a disk fails, `DISK_FULL`, `STORE_FAILED`, `ABORTED`
 */
export async function migrateImages(database: Database, options: MigrateOptions): Promise<MigrateReport> {
  const { encoder, reference, lock } = options;
  const file = await readIndexFile(database);
  const current = await openImageIndex(database);
  const name = await targetOf(database, file, encoder.info.fingerprint);
  const target = await openImageIndex(database, { name, lock, withCrops: current.hasCrops });
  try {
    if (!current.facts) throw noIndex(database);
    const rows = await current.files();
    if (current.facts.encoder.fingerprint === encoder.info.fingerprint)
      return { isSame: true, images: rows.length, encoded: 0, resumed: 0 };
    const done = new Map((await target.files()).map((row) => [row.path, row]));
    const wanted = new Map(rows.map((row) => [row.path, row]));
    await target.remove([...done.keys()].filter((path) => !wanted.has(path)));
    const files = await filesToDo(rows, done, options.sources ?? FOLDERS);
    const isImage = (path: string): boolean => wanted.get(path)?.error_code === null;
    const missing = new Set(files.filter((one) => isMissing(one) && isImage(one.path)).map(({ path }) => path));
    if (missing.size > 0 && !options.allowMissing) throw missingFiles(missing);
    const failing = new Set<string>();

    const knownHashes = knownContents(done.values());
    const writer = createBatchWriter(target, encoder, options.batchRows);
    const counts = { encoded: 0, known: 0, failed: 0 };
    try {
      await embedFiles(
        files.filter((one) => !missing.has(one.path)),
        {
          encoder,
          maxImageBytes: options.maxImageBytes,
          withCrops: target.hasCrops,
          knownHashes,
          imagesOf: async (hashes) => {
            await writer.flush();
            return target.imagesOf(hashes);
          },
          async onRow(row, by) {
            counts[by]++;
            const before = wanted.get(row.path);
            await writer.add({ ...row, added_at: before?.added_at ?? row.added_at, files: before?.files });
            options.onProgress?.(counts.encoded + counts.known + counts.failed, files.length);
          },
          async onSkipped(path, { kind }) {
            if (isImage(path)) (kind === 'gone' ? missing : failing).add(path);
          },
          sources: options.sources,
          signal: lock.signal,
        },
      );
    } finally {
      await writer.end();
    }
    throwIfAborted(lock.signal);
    if (failing.size > 0) throw failingFiles(failing);
    if (missing.size > 0 && !options.allowMissing) throw missingFiles(missing);
    if (!target.facts || (knownHashes.size === 0 && rows.some(({ path }) => isImage(path))))
      throw new LabelwiseError('INPUT_NOT_FOUND', 'None of the indexed files could be encoded; the index in use stays.', {
        hint: 'Is their volume there?',
      });
    const previous = [...new Set([...file.previous, current.name])].filter((name) => name !== target.name);
    const next = { ...reference, table: target.name };
    await writeIndexFile(database, options.isPrepared ? { ...file, next } : { ...file, ...next, previous, next }, lock);
    return { isSame: false, images: rows.length - missing.size, encoded: counts.encoded, resumed: rows.length - files.length };
  } finally {
    current.close();
    target.close();
  }
}

/** The table to fill: that of an earlier time with this model, where it is kept, so that changing back encodes only what was added since. */
async function targetOf(database: Database, { previous }: IndexFile, fingerprint: string): Promise<string> {
  for (const name of previous) {
    const index = await openImageIndex(database, { name }).catch(() => undefined); // a table that is damaged is not used again
    index?.close();
    if (index?.facts?.encoder.fingerprint === fingerprint) return name;
  }
  return imagesOf(fingerprint);
}

/** The files whose rows the target lacks, or has of other bytes. */
async function filesToDo(rows: readonly FileRow[], done: ReadonlyMap<string, FileRow>, sources: Sources): Promise<WalkedFile[]> {
  const files: WalkedFile[] = [];
  for (const row of rows) {
    const before = done.get(row.path);
    if (before && isSameStamp(before, row) && before.content_hash === row.content_hash) continue;
    files.push(await sources(row.path).look(row.path));
  }
  return files;
}

const isMissing = ({ fault }: WalkedFile): boolean => fault?.kind === 'gone' || fault?.error.code === 'INPUT_NOT_FOUND';

const failingFiles = (failing: ReadonlySet<string>): LabelwiseError =>
  new LabelwiseError(
    'INPUT_UNREADABLE',
    `${formatCount(failing.size, 'indexed file')} could not be read just now, such as ${[...failing][0]}. The index in use stays.`,
    { hint: 'Check the disk or network, and run the same command again: it resumes from here.' },
  );

const missingFiles = (missing: ReadonlySet<string>): LabelwiseError =>
  new LabelwiseError(
    'INPUT_NOT_FOUND',
    `${formatCount(missing.size, 'indexed file')} cannot be encoded again, such as ${[...missing][0]}, which no longer exists.`,
    {
      hint: 'Check that their volume is mounted. Otherwise run "labelwise index" first, or use `allowMissing` to leave them out.',
    },
  );
