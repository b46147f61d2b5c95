import { setTimeout as sleep } from 'node:timers/promises';
import { LabelwiseError, throwIfAborted } from '../errors.js';
import type { HandedOut } from '../ingest/index-folders.js';
import type { OpenedQueue } from './open-queue.js';
import { type ShardDone, type ShardJob, shardId } from './shard-job.js';

const POLL_MS = 500;
/** Jobs that are added, or asked about, in one go. */
const AT_ONCE = 500;

export interface HandOutOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly onNote?: ((line: string) => void) | undefined;
}

/**
 * Adds the shards of a run to the queue and waits until all are done. A shard that the queue has lost, as after a restart without its
 * append-only file, is added again: it is the same job. Shards of earlier runs on the same database go first.
 *
 * @throws LabelwiseError `ABORTED`
 */
export async function handOut({ queue }: OpenedQueue, jobs: readonly ShardJob[], options: HandOutOptions): Promise<HandedOut> {
  const { signal, onProgress, onNote } = options;
  await removeEarlier(queue, jobs[0]);
  const pending = new Map(jobs.map((job) => [shardId(job), job]));
  const total = jobs.reduce((sum, { files }) => sum + files.length, 0);
  const all: { -readonly [K in keyof HandedOut]: HandedOut[K] } = { encoded: 0, known: 0, failed: [], gone: [] };
  let done = 0;
  const add = (ids: readonly string[]) =>
    queue.addBulk(ids.map((id) => ({ name: 'shard', data: pending.get(id) as ShardJob, opts: { jobId: id } })));
  const finish = (id: string, result: ShardDone): void => {
    all.encoded += result.encoded;
    all.known += result.known;
    all.failed = [...all.failed, ...result.failed];
    all.gone = [...all.gone, ...result.gone];
    done += pending.get(id)?.files.length ?? 0;
    pending.delete(id);
  };
  for (const ids of inRuns([...pending.keys()])) await add(ids);
  while (pending.size > 0) {
    if (signal.aborted) for (const id of pending.keys()) await queue.remove(id).catch(() => 0); // those that run now cannot be removed
    throwIfAborted(signal);
    for (const ids of inRuns([...pending.keys()])) {
      const states = await Promise.all(ids.map((id) => queue.getJobState(id)));
      const lost = ids.filter((_, i) => states[i] === 'unknown');
      if (lost.length > 0) onNote?.(`the queue lost ${lost.length} shards; they are added again`);
      await add(lost);
      for (const [i, id] of ids.entries()) {
        if (states[i] !== 'completed' && states[i] !== 'failed') continue;
        const job = await queue.getJob(id);
        if (!job) continue; // lost meanwhile
        if (states[i] === 'failed') {
          const halves = halvesOf(pending.get(id) as ShardJob, job.failedReason);
          if (halves.length === 0) {
            finish(id, toFailed(pending.get(id) as ShardJob, job.failedReason));
            continue;
          }
          onNote?.(`the workers of a shard of ${pending.get(id)?.files.length} images ended again and again; it is cut in two`);
          pending.delete(id);
          await job.remove().catch(() => {});
          for (const half of halves) pending.set(shardId(half), half);
          await add(halves.map(shardId));
        } else {
          finish(id, job.returnvalue);
          await job.remove().catch(() => {});
        }
      }
    }
    onProgress?.(done, total);
    await sleep(POLL_MS, undefined, { signal }).catch(() => throwIfAborted(signal));
  }
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
