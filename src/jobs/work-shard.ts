import { LabelwiseError } from '../errors.js';
import { isObjectAddress } from '../files/object-address.js';
import type { HeldLock } from '../files/with-lock.js';
import type { IndexEncoder } from '../ingest/batch-writer.js';
import { embedFiles } from '../ingest/embed-files.js';
import type { FailedFile } from '../ingest/index-folders.js';
import type { Sources } from '../ingest/source.js';
import type { WalkedFile } from '../ingest/walked-file.js';
import { inStoreWords } from '../store/connect.js';
import type { Database } from '../store/database.js';
import { openImageIndex } from '../store/image-index.js';
import type { ImageRow } from '../store/image-table-schema.js';
import type { ShardDone, ShardFile, ShardJob } from './shard-job.js';

/** What a worker needs for the shards of one run. */
export interface ShardContext {
  readonly database: Database;
  readonly encoder: IndexEncoder;
  readonly maxImageBytes: number;
  readonly sources: Sources;
  /** When each content of the index first came into it, as of when this worker joined the run. */
  readonly firstAdded: ReadonlyMap<string, string>;
  /** Contents that have an embedding: those of `firstAdded`, and what this worker adds. */
  readonly knownHashes: Set<string>;
  /** Runs a commit when it is this worker's turn. A commit says how often it was tried. */
  readonly inTurn: (commit: () => Promise<number>) => Promise<void>;
  readonly signal: AbortSignal;
}

/** What the worker of a run begins with. */
export async function readContents(database: Database): Promise<Pick<ShardContext, 'firstAdded' | 'knownHashes'>> {
  const index = await openImageIndex(database);
  try {
    const firstAdded = await index.contents();
    const knownHashes = new Set(firstAdded.keys());
    for (const hash of await index.hashesWithoutCrops()) knownHashes.delete(hash);
    return { firstAdded, knownHashes };
  } finally {
    index.close();
  }
}

/**
 * Reads and embeds the pictures of a shard, and writes their rows in one commit under the lock of the planner. Done twice, it leaves the same rows.
 *
 * @param isLastTry name single pictures that cannot be read just now, as one machine does, instead of failing the whole shard
 * @throws LabelwiseError `LOCK_LOST` where the planner lost its lock, `INPUT_UNREADABLE` where a source fails just now
 */
export async function workShard({ run, files }: ShardJob, context: ShardContext, isLastTry = false): Promise<ShardDone> {
  const { database, encoder, knownHashes, firstAdded, sources, signal } = context;
  const lock: HeldLock = { signal, isTakenOver: false, assertHeld: () => assertHolder(database, run.holder) };
  const index = await openImageIndex(database, { lock });
  const made: ImageRow[] = [];
  const failed: FailedFile[] = [];
  const gone: string[] = [];
  const unread: LabelwiseError[] = [];
  const counts = { encoded: 0, known: 0, failed: 0 };
  const isDone = new Map<string, ImageRow>();
  try {
    await embedFiles(await Promise.all(files.map((file) => toWalked(file, sources))), {
      encoder,
      maxImageBytes: context.maxImageBytes,
      withCrops: index.hasCrops,
      sources,
      knownHashes,
      imagesOf: async (hashes) => {
        const stored = await index.imagesOf(hashes.filter((hash) => !isDone.has(hash)));
        return new Map([...stored, ...hashes.flatMap((hash) => (isDone.has(hash) ? [[hash, isDone.get(hash) as ImageRow] as const] : []))]);
      },
      async onRow(row, by) {
        counts[by]++;
        if (row.error_code !== null) failed.push({ path: row.path, error: { code: row.error_code, message: row.error_message ?? '' } });
        const written = { ...row, added_at: firstAdded.get(row.content_hash ?? '') ?? row.added_at };
        if (row.content_hash !== null && row.embedding) isDone.set(row.content_hash, written);
        made.push(written);
      },
      async onSkipped(path, { kind, error }) {
        if (kind === 'gone') return void gone.push(path);
        if (!isLastTry) throw error; // the shard is tried again
        unread.push(error);
        failed.push({ path, error: { code: error.code, message: error.message } });
      },
      signal,
    });
    if (unread.length === files.length && unread[0]) throw unread[0]; // its source fails: the shard stays in the queue, to be retried
    await context.inTurn(() => index.write(made, encoder.info));
  } catch (error) {
    for (const hash of isDone.keys()) knownHashes.delete(hash); // they were not committed
    throw error;
  } finally {
    index.close();
  }
  return { encoded: counts.encoded, known: counts.known, failed, gone };
}

/** A file of a folder is looked at again: what JSON cannot hold, such as why it is no file, is seen anew. */
async function toWalked(file: ShardFile, sources: Sources): Promise<WalkedFile> {
  if (isObjectAddress(file.path)) return { ...file, bytesPath: Buffer.from(file.path) };
  const now = await sources(file.path).look(file.path);
  return file.companions === undefined ? now : { ...now, companions: file.companions };
}

/** @throws LabelwiseError `LOCK_LOST` */
export async function assertHolder({ location }: Database, holder: string): Promise<void> {
  const now = await inStoreWords(`the lock of ${location.name} cannot be read`, async () => location.holderOf?.());
  if (now === holder) return;
  throw new LabelwiseError('LOCK_LOST', `The run that this shard is of no longer holds the lock of ${location.name}.`, {
    hint: 'Nothing was written after that. The next "labelwise index" plans again what is missing.',
  });
}
