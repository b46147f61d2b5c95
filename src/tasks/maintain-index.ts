import type { Embedding } from '../core/embedding.js';
import { LabelwiseError } from '../errors.js';
import type { LeftOut, LeftOutFile } from '../files/left-out.js';
import type { HeldLock } from '../files/with-lock.js';
import { loadVocabulary } from '../home/data-files.js';
import type { MigrateReport } from '../ingest/migrate-images.js';
import type { IndexStatus } from '../store/maintain-images.js';
import type { OptimizeReport } from '../store/optimize-images.js';
import type { PruneReport } from '../store/prune-images.js';
import type { IndexFault } from '../store/verify-images.js';
import { lockOptions, openIndexEncoder, readIndexFacts, referenceOf } from './open-index.js';
import type { TaskOptions, Workspace } from './workspace.js';

/** What the index holds, what its folders hold beside that, and which folders and volumes are missing or empty. */
export interface FullStatus extends IndexStatus {
  readonly leftOut: readonly LeftOut[];
  readonly leftOutFiles: readonly LeftOutFile[];
  readonly missing: readonly string[];
}

export async function readStatus(workspace: Workspace, { signal }: TaskOptions = {}): Promise<FullStatus> {
  const { hasImagesIn, readIndexStatus, readJoined } = await import('../store/maintain-images.js');
  const database = await workspace.database();
  const { findLeftOut } = await import('../ingest/find-left-out.js');
  const index = await readIndexStatus(database);
  const { files, counts, missing, empty } = await findLeftOut(index, {
    sources: await workspace.sources(),
    joined: await readJoined(database),
    signal,
  });
  const emptied: string[] = [];
  for (const folder of empty) if (await hasImagesIn(database, folder)) emptied.push(folder); // more likely a disk that is not mounted
  return { ...index, missing: [...missing, ...emptied], leftOut: counts, leftOutFiles: files };
}

/** A file that could not be used, with the reason. */
export interface FailedRow {
  readonly path: string;
  readonly code: string | null;
  readonly message: string | null;
}

/** The files of the index that could not be used, by path. @throws LabelwiseError `INDEX_NOT_FOUND` */
export async function listFailed(workspace: Workspace): Promise<FailedRow[]> {
  const { openImageIndex } = await import('../store/image-index.js');
  const { noIndex } = await import('../store/database.js');
  const database = await workspace.database();
  if (!(await database.location.exists())) throw noIndex(database);
  const index = await openImageIndex(database);
  const rows = await index.files().finally(() => index.close());
  return rows
    .filter((row) => row.error_code !== null)
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map((row) => ({ path: row.path, code: row.error_code, message: row.error_message }));
}

/** Reads every row of the index and its tags, and names what is damaged. Nothing is written. */
export async function verifyIndex(workspace: Workspace, { signal }: TaskOptions = {}): Promise<{ rows: number; faults: IndexFault[] }> {
  const { verifyImages } = await import('../store/verify-images.js');
  const { verifyTags } = await import('../store/verify-tags.js');
  const database = await workspace.database();
  const { rows, faults } = await verifyImages(database, { signal });
  return { rows, faults: [...faults, ...(await verifyTags(database, { signal }))] };
}

/** Embeds the files of damaged rows again, with the model of the index; rows of files that are gone leave it. */
export async function repairIndex(
  workspace: Workspace,
  paths: readonly string[],
  options: TaskOptions = {},
): Promise<{ repaired: number; removed: number }> {
  const { openImageIndex, withIndexLock } = await import('../store/image-index.js');
  const { repairImages } = await import('../ingest/repair-images.js');
  const database = await workspace.database();
  const encoder = await openIndexEncoder(workspace, await readIndexFacts(workspace), options);
  const onProgress = (done: number, total: number): void => options.onProgress?.({ task: 'images', done, total });
  const work = async (lock: HeldLock) => {
    const index = await openImageIndex(database, { lock });
    const how = {
      encoder,
      maxImageBytes: encoder.limits.maxImageBytes,
      sources: await workspace.sources(),
      signal: lock.signal,
      onProgress,
    };
    return repairImages(paths, index, how).finally(() => index.close());
  };
  return withIndexLock(database, work, lockOptions(workspace, options));
}

/** Joins small files, and builds the vector index of an index with at least `minRows` images; 50,000 by default. */
export async function optimizeIndex(
  workspace: Workspace,
  { minRows = 50_000 }: { minRows?: number },
  options: TaskOptions = {},
): Promise<OptimizeReport> {
  const { optimizeImages } = await import('../store/optimize-images.js');
  const { withIndexLock } = await import('../store/image-index.js');
  const database = await workspace.database();
  const { refreshRounded } = await import('../store/rounded/open-rounded.js');
  const work = async () => {
    const report = await optimizeImages(database, { minRows, onStep: (step) => options.onNote?.(step) });
    const hasCells = report.vectorIndex !== 'none';
    if (hasCells) options.onNote?.('arranging rows by cells');
    const cells = await refreshRounded(database, { hasCells, texts: hasCells ? await sampleTexts(workspace, options) : [] });
    return { ...report, cells };
  };
  return withIndexLock(database, work, lockOptions(workspace, options));
}

const SAMPLED_TEXTS = 100;

/** Embeddings of everyday words, as queries to measure with; none where the model of the index cannot be opened. */
async function sampleTexts(workspace: Workspace, options: TaskOptions): Promise<Embedding[]> {
  try {
    const encoder = await openIndexEncoder(workspace, await readIndexFacts(workspace), options);
    const words = await loadVocabulary();
    const texts = Array.from({ length: SAMPLED_TEXTS }, (_, i) => `a photo of a ${words[Math.floor((i * words.length) / SAMPLED_TEXTS)]}.`);
    return await encoder.encodeTexts(texts);
  } catch (error) {
    if (!(error instanceof LabelwiseError) || error.code === 'ABORTED') throw error;
    return [];
  }
}

/** Frees versions older than `keepMs` and the tables of earlier models; `isAll` also those of unfinished migrations. */
export async function pruneIndex(
  workspace: Workspace,
  request: { readonly keepMs: number; readonly isAll?: boolean },
  options: TaskOptions = {},
): Promise<PruneReport> {
  const { pruneImages } = await import('../store/prune-images.js');
  return pruneImages(await workspace.database(), { ...lockOptions(workspace, options), ...request });
}

/**
 * Embeds all indexed images with the workspace's model, beside the index in use, and changes over in one step; `isPrepared` leaves out that
 * step, so that the table can be tried.
 *
 * @throws LabelwiseError `INVALID_ARGUMENT` when the settings name no model, `INDEX_NOT_FOUND`, `INPUT_NOT_FOUND` for missing files, `ABORTED`
 */
export async function migrateIndex(
  workspace: Workspace,
  { allowMissing = false, isPrepared = false }: { readonly allowMissing?: boolean; readonly isPrepared?: boolean },
  options: TaskOptions = {},
): Promise<MigrateReport & { readonly model: string }> {
  const { model, dtype, onnx, precision } = workspace.settings;
  if (model === undefined)
    throw new LabelwiseError('INVALID_ARGUMENT', 'Expected the model to change over to, got none.', {
      hint: 'For example: labelwise index migrate --model openai/clip-vit-base-patch32',
    });
  const { migrateImages } = await import('../ingest/migrate-images.js');
  const { withIndexLock } = await import('../store/image-index.js');
  const database = await workspace.database();
  const encoder = await workspace.encoder({}, options);
  const sources = await workspace.sources();
  const work = (lock: HeldLock) =>
    migrateImages(database, {
      encoder,
      reference: referenceOf(encoder, { model, dtype, onnx, precision }),
      allowMissing,
      isPrepared,
      maxImageBytes: encoder.limits.maxImageBytes,
      sources,
      lock,
      onProgress: (done, total) => options.onProgress?.({ task: 'images', done, total }),
    });
  try {
    return { ...(await withIndexLock(database, work, lockOptions(workspace, options))), model: encoder.info.name };
  } catch (error) {
    if (error instanceof LabelwiseError && error.code === 'ABORTED')
      options.onNote?.('The index in use is untouched; the same command resumes from here.');
    throw error;
  }
}
