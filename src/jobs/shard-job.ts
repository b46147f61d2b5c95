import { createHash } from 'node:crypto';
import type { FailedFile } from '../ingest/index-folders.js';
import type { WalkedFile } from '../ingest/walked-file.js';
import type { ModelReference } from '../store/current-images.js';

/** Raised whenever an older worker would write other rows. */
export const PROTOCOL = 3;

/** What all shards of a run have in common. */
export interface RunFacts {
  readonly protocol: number;
  /** The address of the database. */
  readonly db: string;
  /** Who holds the lock of the index: shards commit under it, and no longer once another holds it. */
  readonly holder: string;
  readonly model: ModelReference;
  readonly encoder: { readonly name: string; readonly fingerprint: string };
}

/** A picture of a shard: all of a `WalkedFile` that JSON can hold. */
export type ShardFile = Pick<WalkedFile, 'path' | 'size' | 'mtime' | 'ctime' | 'inode' | 'companions' | 'sidecar'>;

/** One job: some pictures, which become rows in one commit. */
export interface ShardJob {
  readonly run: RunFacts;
  readonly files: readonly ShardFile[];
}

/** What a worker did with a shard. */
export interface ShardDone {
  readonly encoded: number;
  readonly known: number;
  readonly failed: readonly FailedFile[];
  /** Pictures that went since they were listed. */
  readonly gone: readonly string[];
}

/** The same shard of the same run is the same job, however often it is added. BullMQ refuses ids of digits alone. */
export const shardId = ({ run, files }: ShardJob): string =>
  `s${createHash('sha256')
    .update(JSON.stringify([run.holder, run.db, files]))
    .digest('hex')
    .slice(0, 32)}`;

export function cutShards(run: RunFacts, files: readonly WalkedFile[], size: number): ShardJob[] {
  const jobs: ShardJob[] = [];
  for (let from = 0; from < files.length; from += size) jobs.push({ run, files: files.slice(from, from + size).map(toShardFile) });
  return jobs;
}

const toShardFile = ({ path, size, mtime, ctime, inode, companions, sidecar }: WalkedFile): ShardFile => ({
  ...{ path, size, mtime, ctime, inode },
  ...(companions === undefined ? {} : { companions }),
  ...(sidecar === undefined ? {} : { sidecar }),
});
