import { isNewEmbedded, NEW_EMBEDDED } from '../checkpoints/checkpoint-folder.js';
import type { EncoderInfo } from '../core/ports.js';
import { LabelwiseError, throwIfAborted } from '../errors.js';
import type { LeftOut } from '../files/left-out.js';
import { type FileRow, type ImageIndex, noteEarliest } from '../store/image-index.js';
import { batchRowsFor, createBatchWriter, dimensionOf, type IndexEncoder, knownContents } from './batch-writer.js';
import { embedFiles, type MadeBy } from './embed-files.js';
import { type FindOptions, findChanges } from './find-changes.js';
import { createShotJoiner } from './join-shots.js';
import { joinedRows } from './joined-rows.js';
import type { WalkedFile } from './walked-file.js';

/** A file or folder that could not be used. */
export interface FailedFile {
  readonly path: string;
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string };
}

/** What a run did. */
export interface IndexSummary {
  /** How many folders were searched. */
  readonly folders: number;
  /** Files in the folders that look like images. */
  readonly found: number;
  readonly unchanged: number;
  /** Pictures that went through the encoder. */
  readonly encoded: number;
  /** Files whose content was in the index already: moved, copied or touched. */
  readonly known: number;
  readonly removed: number;
  /** Files and folders that this run could not use. */
  readonly failed: readonly FailedFile[];
  /** Files that could not be used in an earlier run and have not changed. */
  readonly stillFailed: number;
  /** Folders that do not exist, or have lost all their images. Their rows stay. */
  readonly missing: readonly FailedFile[];
  /** Images that are a further file of another picture: the raw file of a JPEG, the other shots of a burst. */
  readonly further: number;
  /** What was left out, by reason. */
  readonly leftOut: readonly LeftOut[];
}

export interface IndexFoldersOptions extends FindOptions {
  readonly encoder: IndexEncoder;
  readonly maxImageBytes: number;
  /** Rows that are written at once. */
  readonly batchRows?: number | undefined;
  /** Called with the folders that are there and what is mounted in them, when they were looked through and the model fits, before a file is read. */
  readonly onBegin?: ((roots: readonly string[], volumes: readonly string[]) => Promise<void>) | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Lets others read, embed and write the changed files, under the lock of this run. */
  readonly handOut?: ((changed: readonly WalkedFile[]) => Promise<HandedOut>) | undefined;
}

/** What others did with files that were handed out. */
export type HandedOut = Pick<IndexSummary, 'encoded' | 'known' | 'failed'> & { readonly gone: readonly string[] };

/**
 * Brings the index up to date with folders: new and changed files are read, what left is removed, and what is the same is not touched.
 * Rows are written in batches, each in one commit, and only then are rows of lost paths removed; so a run can be killed at any point and
 * the next one takes up what is left. A missing folder keeps its rows and does not stop the others. Where a folder that was walked, or a volume in it, is lost meanwhile, what is in hand is written and
 * nothing is removed.
 *
 * @throws LabelwiseError `INPUT_NOT_FOUND`, `INDEX_MISMATCH`, `DISK_FULL`, `STORE_FAILED`, `ABORTED`
 */
export async function indexFolders(roots: readonly string[], index: ImageIndex, options: IndexFoldersOptions): Promise<IndexSummary> {
  refuseOtherModel(index, options.encoder.info);
  const startedAt = Date.now();
  const { rows, files, changed, closed, missing, countLeftOut, videos, further, volumes, lackingCrops, ...found } = await findChanges(
    roots,
    index,
    options,
  );
  if (found.roots.length > 0) await options.onBegin?.(found.roots, found.inside);
  const gone = new Set(found.gone);
  const counts = { encoded: 0, known: 0, failed: 0 };
  const failed = closed.flatMap(({ path, fault }) => (fault ? [toFailedFile(path, fault.error)] : []));
  const writer = createBatchWriter(index, options.encoder, options.batchRows ?? batchRowsFor(files.length));
  const knownHashes = knownContents(rows.values(), lackingCrops);
  const addedAt = firstAdded(rows.values());
  const joiner = createShotJoiner(rows, videos);
  const embed = (some: readonly WalkedFile[]): Promise<void> =>
    embedFiles(some, {
      encoder: options.encoder,
      maxImageBytes: options.maxImageBytes,
      withCrops: index.hasCrops,
      knownHashes,
      imagesOf: async (hashes) => {
        await writer.flush();
        return index.imagesOf(hashes);
      },
      isFurther: joiner.isFurther,
      async onRow(made, by: MadeBy) {
        counts[by]++;
        if (made.error_code !== null) failed.push({ path: made.path, error: { code: made.error_code, message: made.error_message ?? '' } });
        const row = { ...made, added_at: addedAt.get(made.content_hash ?? '') ?? made.added_at };
        joiner.note(row);
        await writer.add(row);
        options.onProgress?.(counts.encoded + counts.known + counts.failed, changed.length);
      },
      async onSkipped(path, { kind, error }) {
        await volumes.check();
        if (kind === 'passing') counts.failed++;
        if (kind === 'passing') failed.push(toFailedFile(path, error));
        else if (rows.has(path)) gone.add(path);
      },
      sources: options.sources,
      signal: options.signal,
    });
  try {
    if (options.handOut) {
      await index.begin(options.encoder.info, () => dimensionOf(options.encoder));
      const handed = await options.handOut(changed);
      Object.assign(counts, { encoded: handed.encoded, known: handed.known });
      for (const one of handed.failed) failed.push(one); // there may be more than a call can take as arguments
      for (const path of handed.gone) if (rows.has(path)) gone.add(path);
    } else {
      for (let left = changed; left.length > 0; ) {
        await embed(left);
        const orphans = new Set(joiner.takeOrphans());
        left = changed.filter(({ path }) => orphans.has(path));
      }
      await writer.flush();
      for (const row of await joinedRows(joiner, { rows, index, startedAt })) await writer.add(row);
    }
  } finally {
    await writer.end();
  }
  throwIfAborted(options.signal);
  const joined = joiner.further();
  for (const path of joined.shots) if (rows.has(path)) gone.add(path);
  if (gone.size > 0) await volumes.check();
  await index.remove([...gone]);
  const isChanged = new Set(changed);
  const stillFailed = files.filter((file) => !isChanged.has(file) && rows.get(file.path)?.error_code !== null).length;
  const { encoded, known } = counts;
  const unchanged = files.length - changed.length;
  return {
    ...{ found: files.length - joined.shots.length, unchanged, encoded, known, removed: gone.size, failed, stillFailed },
    leftOut: countLeftOut(joined.videos),
    further: further + joined.shots.length,
    folders: roots.length,
    missing: missing.map(({ path, error }) => ({ path, error: error.toJSON() })),
  };
}

const toFailedFile = (path: string, { code, message }: LabelwiseError): FailedFile => ({ path, error: { code, message } });

/** When each content first came into the index. */
export function firstAdded(rows: Iterable<FileRow>): Map<string, string> {
  const first = new Map<string, string>();
  for (const { content_hash: hash, added_at: added, error_code: code } of rows) {
    if (hash !== null && code === null) noteEarliest(first, hash, added);
  }
  return first;
}

/** @throws LabelwiseError `INDEX_MISMATCH` */
export function refuseOtherModel({ facts, database }: ImageIndex, { name, fingerprint }: EncoderInfo): void {
  if (facts === undefined || facts.encoder.fingerprint === fingerprint) return;
  throw new LabelwiseError(
    'INDEX_MISMATCH',
    `The index in ${database.location.name} was made with ${facts.encoder.name} (${facts.encoder.fingerprint}), not with ${name} (${fingerprint}).`,
    {
      hint: isNewEmbedded(facts.encoder, { name })
        ? NEW_EMBEDDED
        : `Use the model ${facts.encoder.name}, or change over with: labelwise index migrate --model ${name}`,
    },
  );
}
