import { LabelwiseError } from '../errors.js';
import type { IndexSummary } from '../ingest/index-folders.js';
import { type IndexRequest, indexImages } from '../tasks/index-images.js';
import type { TaskOptions, Workspace } from '../tasks/workspace.js';
import { openQueue } from './open-queue.js';
import { handOut } from './plan-run.js';
import { cutShards, PROTOCOL } from './shard-job.js';

export interface QueuedRequest extends IndexRequest {
  /** The address of Redis or Valkey. */
  readonly queue: string;
  /** Pictures of a shard, which one worker reads and commits at once. */
  readonly shardImages?: number | undefined;
}

const SHARD_IMAGES = 512;

/**
 * Lists the folders and buckets, hands what has changed out to workers, and removes what is gone when they are done. It holds the lock of the
 * index meanwhile, so a second planner is refused.
 *
 * @throws LabelwiseError `INVALID_ARGUMENT` for a database or pictures that other machines do not reach, `QUEUE_FAILED`, and what `indexImages` throws
 */
export async function indexByQueue(
  workspace: Workspace,
  { queue: url, shardImages = SHARD_IMAGES, ...request }: QueuedRequest,
  options: TaskOptions = {},
): Promise<IndexSummary> {
  const { location } = await workspace.database();
  if (location.folder !== undefined)
    throw new LabelwiseError('INVALID_ARGUMENT', `Expected \`db\` to be in an object store, got the folder ${location.name}.`, {
      hint: 'Workers on other machines write it too: give `db` as s3://BUCKET/PATH.',
    });
  await using opened = await openQueue(url);
  return await indexImages(workspace, request, {
    ...options,
    handOut: async (changed, { encoder, model, lock }) => {
      const { name, fingerprint } = encoder.info;
      const run = { protocol: PROTOCOL, db: location.address, holder: lock.holder ?? '', model, encoder: { name, fingerprint } };
      const onProgress = (done: number, total: number): void => options.onProgress?.({ task: 'images', done, total });
      const jobs = cutShards(run, changed, shardImages);
      return await handOut(opened, jobs, { signal: lock.signal, onNote: options.onNote, onProgress });
    },
  });
}
