import { stat } from 'node:fs/promises';
import type { EncoderInfo, ImageEncoder } from '../core/ports.js';
import { LabelwiseError, throwIfAborted } from '../errors.js';
import type { FileRow, ImageIndex } from '../store/image-index.js';
import { createBatchWriter, knownContents } from './batch-writer.js';
import { isWithin } from './byte-path.js';
import { embedFiles, type MadeBy } from './embed-files.js';
import { isUnchanged } from './file-stamp.js';
import { type WalkedFile, walkFolder } from './walk-folder.js';

/** A file that could not be used. */
export interface FailedFile {
  readonly path: string;
  readonly error: { readonly code: string; readonly message: string };
}

/** What a run did. */
export interface IndexSummary {
  /** Files that look like images in the folders. */
  readonly found: number;
  readonly unchanged: number;
  /** Pictures that went through the encoder. */
  readonly encoded: number;
  /** Files whose picture was known: moved, copied or touched. */
  readonly known: number;
  readonly removed: number;
  /** Files and folders that could not be used, found out in this run. */
  readonly failed: readonly FailedFile[];
  /** Files that could not be used in an earlier run and have not changed. */
  readonly stillFailed: number;
}

export interface IndexFoldersOptions {
  readonly encoder: Pick<ImageEncoder, 'encodeImages'> & { readonly info: EncoderInfo };
  readonly maxImageBytes: number;
  /** Let all rows go where a folder holds no images any more. */
  readonly allowEmpty?: boolean | undefined;
  /** Rows that are written at once. */
  readonly batchRows?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onWalk?: ((found: number) => void) | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Brings the index up to date with folders: new and changed files are read, what left is removed, and what is the same is not touched.
 * Rows are written in batches, each in one commit, and only then are rows of lost paths removed; so a run can be killed at any point and
 * the next one takes up what is left.
 *
 * @throws LabelwiseError `INPUT_NOT_FOUND`, `INDEX_MISMATCH`, `DISK_FULL`, `STORE_FAILED`, `ABORTED`
 */
export async function indexFolders(roots: readonly string[], index: ImageIndex, options: IndexFoldersOptions): Promise<IndexSummary> {
  refuseOtherModel(index, options.encoder.info);
  const rows = await readRows(index);
  const walked = await walkAll(roots, options);
  const files = walked.filter((file) => !file.isFolder);
  const closed = walked.filter((file) => file.isFolder);
  const lost = [...rows.keys()].filter(
    (path) => roots.some((root) => isWithin(path, root)) && !closed.some((folder) => isWithin(path, folder.path)),
  );
  refuseVanished(roots, { files: walked, lost, options });
  const changed = files.filter((file) => !isUnchanged(file, rows.get(file.path)));
  const present = new Set(files.map((file) => file.path));
  const gone = new Set(lost.filter((path) => !present.has(path)));

  const counts = { encoded: 0, known: 0, failed: 0 };
  const failed: FailedFile[] = closed.map(toFailedFile);
  const writer = createBatchWriter(index, options.encoder.info, options.batchRows);
  const knownHashes = knownContents(rows.values());
  const addedAt = firstAdded(rows.values());
  try {
    await embedFiles(changed, {
      encoder: options.encoder,
      maxImageBytes: options.maxImageBytes,
      knownHashes,
      imagesOf: async (hashes) => {
        await writer.flush();
        return index.imagesOf(hashes);
      },
      async onRow(row, by: MadeBy) {
        counts[by]++;
        if (row.error_code !== null) failed.push({ path: row.path, error: { code: row.error_code, message: row.error_message ?? '' } });
        await writer.add({ ...row, added_at: addedAt.get(row.content_hash ?? '') ?? row.added_at });
        options.onProgress?.(counts.encoded + counts.known + counts.failed, changed.length);
      },
      onGone: (path) => void (rows.has(path) && gone.add(path)),
      signal: options.signal,
    });
  } finally {
    await writer.flush();
  }
  throwIfAborted(options.signal);
  await index.remove([...gone]);
  const unchanged = files.length - changed.length;
  const stillFailed = files.filter((file) => isUnchanged(file, rows.get(file.path)) && rows.get(file.path)?.error_code !== null).length;
  return { found: files.length, unchanged, encoded: counts.encoded, known: counts.known, removed: gone.size, failed, stillFailed };
}

/** The rows by path. Should a path have two, as after two writers, both go and the file is read again. */
async function readRows(index: ImageIndex): Promise<Map<string, FileRow>> {
  const rows = new Map<string, FileRow>();
  const doubled = new Set<string>();
  for (const row of await index.files()) {
    if (rows.has(row.path)) doubled.add(row.path);
    rows.set(row.path, row);
  }
  await index.remove([...doubled]);
  for (const path of doubled) rows.delete(path);
  return rows;
}

async function walkAll(roots: readonly string[], { signal, onWalk }: IndexFoldersOptions): Promise<WalkedFile[]> {
  const files = new Map<string, WalkedFile>();
  for (const root of roots) {
    const stats = await stat(root).catch((cause: unknown) => {
      throw new LabelwiseError('INPUT_NOT_FOUND', `There is no folder ${root}.`, {
        hint: 'Check its spelling, and that its volume is there. Its images stay in the index; "index --forget" lets them go.',
        cause,
      });
    });
    if (!stats.isDirectory())
      throw new LabelwiseError('INPUT_NOT_FOUND', `Expected a folder, got the file ${root}.`, { hint: 'Index the folder that it is in.' });
    for await (const file of walkFolder(root, signal)) {
      files.set(file.path, file);
      onWalk?.(files.size);
    }
  }
  return [...files.values()];
}

/** A folder that held images and is empty now is more likely a volume that is not mounted. */
function refuseVanished(
  roots: readonly string[],
  { files, lost, options }: { files: readonly WalkedFile[]; lost: readonly string[]; options: IndexFoldersOptions },
): void {
  if (options.allowEmpty) return;
  for (const root of roots) {
    const had = lost.filter((path) => isWithin(path, root)).length;
    if (had === 0 || files.some((file) => isWithin(file.path, root))) continue;
    throw new LabelwiseError('INPUT_NOT_FOUND', `${root} holds no images now; ${had} that it held are in the index, and stay there.`, {
      hint: 'Is its volume there? If the images are gone for good, say so with --allow-empty.',
    });
  }
}

const toFailedFile = ({ path, error }: WalkedFile): FailedFile => ({
  path,
  error: { code: error?.code ?? '', message: error?.message ?? '' },
});

/** When each content first came into the index. */
function firstAdded(rows: Iterable<FileRow>): Map<string, string> {
  const first = new Map<string, string>();
  for (const { content_hash: hash, added_at: added, error_code: code } of rows) {
    if (hash !== null && code === null && added < (first.get(hash) ?? '~')) first.set(hash, added);
  }
  return first;
}

/** @throws LabelwiseError `INDEX_MISMATCH` */
export function refuseOtherModel({ facts, folder }: ImageIndex, { name, fingerprint }: EncoderInfo): void {
  if (facts === undefined || facts.encoder.fingerprint === fingerprint) return;
  throw new LabelwiseError(
    'INDEX_MISMATCH',
    `The index in ${folder} was made with ${facts.encoder.name} (${facts.encoder.fingerprint}), not with ${name} (${fingerprint}).`,
    {
      hint: `Use --model ${facts.encoder.name}, or change over with: labelwise index migrate --model ${name}`,
    },
  );
}
