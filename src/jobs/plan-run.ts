import { setTimeout as sleep } from 'node:timers/promises';
import { LabelwiseError, messageOf, throwIfAborted } from '../errors.js';
import type { HandedOut } from '../ingest/index-folders.js';
import type { OpenedQueue } from './open-queue.js';
import { type ShardDone, type ShardJob, shardId } from './shard-job.js';

const POLL_MS = 500;
/** Jobs that are added, or asked about, in one go. */
const AT_ONCE = 500;
/** Shards in the queue at a time: of the default size, they take 60 MB of its memory. */
const IN_QUEUE = 1000;

export interface HandOutOptions {
  readonly signal: AbortSignal;
  readonly inQueue?: number | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly onNote?: ((line: string) => void) | undefined;
}

/**
 * Adds the shards of a run to the queue, some at a time, and waits until all are done. A shard that the queue has lost, as after a restart without its
 * append-only file, is added again: it is the same job. Shards of earlier runs on the same database go first.
 *
 * @throws LabelwiseError `ABORTED`, `QUEUE_FAILED` when Redis refuses a command, as when its memory or disk is full
 */
export async function handOut(opened: OpenedQueue, jobs: readonly ShardJob[], options: HandOutOptions): Promise<HandedOut> {
  const { signal } = options;
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
  });
  aborted.catch(() => {}); // it is awaited below
  signal.addEventListener('abort', onAbort, { once: true });
  const pending = new Map<string, ShardJob>();
  try {
    throwIfAborted(signal);
    return await Promise.race([handOutAll(opened, { jobs, pending, options }), aborted]); // whatever waits for a queue that is gone
  } catch (error) {
    if (signal.aborted && opened.redis.status === 'ready') for (const id of pending.keys()) await opened.queue.remove(id).catch(() => 0); // those that run now cannot be removed
    throwIfAborted(signal);
    if (!(error instanceof Error && error.name === 'ReplyError')) throw error;
    throw new LabelwiseError('QUEUE_FAILED', `The queue cannot be used: ${messageOf(error)}.`, {
      hint: 'See the log of Redis. What was committed is in the index: the same command plans again what is missing.',
      cause: error,
    });
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

interface Run {
  readonly jobs: readonly ShardJob[];
  /** The shards that are in the queue, by id. */
  readonly pending: Map<string, ShardJob>;
  readonly options: HandOutOptions;
}

async function handOutAll({ queue }: OpenedQueue, { jobs, pending, options }: Run): Promise<HandedOut> {
  const { signal, onProgress, onNote, inQueue = IN_QUEUE } = options;
  await removeEarlier(queue, jobs[0]);
  const total = jobs.reduce((sum, { files }) => sum + files.length, 0);
  const all = { encoded: 0, known: 0, failed: [] as HandedOut['failed'][number][], gone: [] as string[] };
  let added = 0;
  let done = 0;
  const add = async (ids: readonly string[]): Promise<void> => {
    for (const some of inRuns(ids))
      await queue.addBulk(some.map((id) => ({ name: 'shard', data: pending.get(id) as ShardJob, opts: { jobId: id } })));
  };
  const addMore = async (more: readonly ShardJob[]): Promise<void> => {
    for (const job of more) pending.set(shardId(job), job);
    await add(more.map(shardId));
  };
  const finish = (id: string, result: ShardDone): void => {
    all.encoded += result.encoded;
    all.known += result.known;
    for (const failed of result.failed) all.failed.push(failed);
    for (const path of result.gone) all.gone.push(path);
    done += pending.get(id)?.files.length ?? 0;
    pending.delete(id);
  };
  const collect = async (id: string, state: 'completed' | 'failed'): Promise<void> => {
    const job = await queue.getJob(id);
    const shard = pending.get(id) as ShardJob;
    if (!job) return; // lost meanwhile
    if (state === 'completed') {
      finish(id, job.returnvalue);
      await job.remove().catch(() => {});
      return;
    }
    const halves = halvesOf(shard, job.failedReason);
    if (halves.length === 0) return finish(id, toFailed(shard, job.failedReason));
    onNote?.(`the workers of a shard of ${shard.files.length} images ended again and again; it is cut in two`);
    pending.delete(id);
    await job.remove().catch(() => {});
    await addMore(halves);
  };
  while (added < jobs.length || pending.size > 0) {
    throwIfAborted(signal);
    const more = jobs.slice(added, added + Math.max(0, inQueue - pending.size));
    added += more.length;
    await addMore(more);
    for (const ids of inRuns([...pending.keys()])) {
      const states = await Promise.all(ids.map((id) => queue.getJobState(id)));
      const lost = ids.filter((_, i) => states[i] === 'unknown');
      if (lost.length > 0) onNote?.(`the queue lost ${lost.length} shards; they are added again`);
      await add(lost);
      for (const [i, id] of ids.entries()) {
        const state = states[i];
        if (state === 'completed' || state === 'failed') await collect(id, state);
      }
    }
    onProgress?.(done, total);
    if (pending.size > 0) await sleep(POLL_MS, undefined, { signal });
  }
  await removeEarlier(queue, jobs[0]); // those that ran when this run began have failed since
  return all;
}

/** A picture that ends every worker is found by halves, so that it alone fails. */
function halvesOf(job: ShardJob, reason = ''): ShardJob[] {
  const { run, files } = job;
  const middle = Math.ceil(files.length / 2);
  if (!/stalled/.test(reason) || files.length < 2) return [];
  return [files.slice(0, middle), files.slice(middle)].map((some) => ({ run, files: some }));
}

/** A shard that no worker could finish: its pictures are named, and stay as they are in the index. */
const toFailed = ({ files }: ShardJob, reason = 'it failed'): ShardDone => ({
  encoded: 0,
  known: 0,
  gone: [],
  failed: files.map(({ path }) => ({
    path,
    error: new LabelwiseError('SHARD_FAILED', `Its shard failed on every try: ${reason}`).toJSON(),
  })),
});

/** What the queue still has of earlier runs on this database; a worker that is at one of them cannot commit it. */
async function removeEarlier(queue: OpenedQueue['queue'], job: ShardJob | undefined): Promise<void> {
  for (const before of await queue.getJobs(['waiting', 'delayed', 'failed', 'completed', 'active', 'prioritized']))
    if (before?.data.run.db === job?.run.db && before?.data.run.holder !== job?.run.holder) await before?.remove().catch(() => {});
}

function* inRuns(ids: readonly string[]): Generator<string[]> {
  for (let from = 0; from < ids.length; from += AT_ONCE) yield ids.slice(from, from + AT_ONCE);
}
