import { LabelwiseError } from '../errors.js';
import type { HeldLock } from '../files/with-lock.js';
import { type IndexEncoder, knownContents } from '../ingest/batch-writer.js';
import { embedFiles } from '../ingest/embed-files.js';
import { type FailedFile, firstAdded } from '../ingest/index-folders.js';
import type { Sources } from '../ingest/source.js';
import type { Database } from '../store/database.js';
import { type FileRow, openImageIndex } from '../store/image-index.js';
import type { ImageRow } from '../store/image-table-schema.js';
import type { ShardDone, ShardJob } from './shard-job.js';

/** What a worker needs for the shards of one run. */
export interface ShardContext {
  readonly database: Database;
  readonly encoder: IndexEncoder;
  readonly maxImageBytes: number;
  readonly sources: Sources;
  /** Rows of the index when this worker joined the run. */
  readonly rows: readonly FileRow[];
  /** Contents that have an embedding: those of `rows`, and what this worker adds. */
  readonly knownHashes: Set<string>;
  /** Runs a commit when it is this worker's turn. */
  readonly inTurn: (commit: () => Promise<void>) => Promise<void>;
  readonly signal: AbortSignal;
}

/** What the worker of a run begins with. */
export async function readRows(database: Database): Promise<Pick<ShardContext, 'rows' | 'knownHashes'>> {
  const index = await openImageIndex(database);
  try {
    const rows = await index.files();
    return { rows, knownHashes: knownContents(rows, await index.hashesWithoutCrops()) };
  } finally {
    index.close();
  }
}

/**
 * Reads and embeds the pictures of a shard, and writes their rows in one commit under the lock of the planner. Done twice, it leaves the same rows.
 *
 * @throws LabelwiseError `LOCK_LOST` where the planner lost its lock, `INPUT_UNREADABLE` where a source fails just now
 */
export async function workShard({ run, files }: ShardJob, context: ShardContext): Promise<ShardDone> {
  const { database, encoder, knownHashes, signal } = context;
  const lock: HeldLock = { signal, isTakenOver: false, assertHeld: () => assertHolder(database, run.holder) };
  const index = await openImageIndex(database, { lock });
  const added = firstAdded(context.rows);
  const made: ImageRow[] = [];
  const failed: FailedFile[] = [];
  const gone: string[] = [];
  const counts = { encoded: 0, known: 0, failed: 0 };
  const isDone = new Map<string, ImageRow>();
  try {
    await embedFiles(
      files.map((file) => ({ ...file, bytesPath: Buffer.from(file.path) })),
      {
        encoder,
        maxImageBytes: context.maxImageBytes,
        withCrops: index.hasCrops,
        sources: context.sources,
        knownHashes,
        imagesOf: async (hashes) => {
          const stored = await index.imagesOf(hashes.filter((hash) => !isDone.has(hash)));
          return new Map([
            ...stored,
            ...hashes.flatMap((hash) => (isDone.has(hash) ? [[hash, isDone.get(hash) as ImageRow] as const] : [])),
          ]);
        },
        async onRow(row, by) {
          counts[by]++;
          if (row.error_code !== null) failed.push({ path: row.path, error: { code: row.error_code, message: row.error_message ?? '' } });
          const written = { ...row, added_at: added.get(row.content_hash ?? '') ?? row.added_at };
          if (row.content_hash !== null && row.embedding) isDone.set(row.content_hash, written);
          made.push(written);
        },
        async onSkipped(path, { kind, error }) {
          if (kind !== 'gone') throw error; // the shard is tried again
          gone.push(path);
        },
        signal,
      },
    );
    await context.inTurn(() => index.write(made, encoder.info));
  } catch (error) {
    for (const hash of isDone.keys()) knownHashes.delete(hash); // they were not committed
    throw error;
  } finally {
    index.close();
  }
  return { encoded: counts.encoded, known: counts.known, failed, gone };
}

/** @throws LabelwiseError `LOCK_LOST` */
async function assertHolder({ location }: Database, holder: string): Promise<void> {
  if ((await location.holderOf?.()) === holder) return;
  throw new LabelwiseError('LOCK_LOST', `The run that this shard is of no longer holds the lock of ${location.name}.`, {
    hint: 'Nothing was written after that. The next "labelwise index" plans again what is missing.',
  });
}
