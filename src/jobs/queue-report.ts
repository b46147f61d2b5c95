import { openQueue } from './open-queue.js';

/** What is in a queue. */
export interface QueueReport {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
  readonly workers: number;
  /** The shards that no worker could finish. */
  readonly poison: readonly {
    readonly id: string;
    readonly db: string;
    readonly files: number;
    readonly first: string;
    readonly reason: string;
  }[];
}

const MOST_NAMED = 100;

/** @throws LabelwiseError `QUEUE_FAILED` */
export async function readQueue(url: string): Promise<QueueReport> {
  await using opened = await openQueue(url);
  const { queue } = opened;
  const { waiting = 0, active = 0, delayed = 0, failed = 0 } = await queue.getJobCounts('waiting', 'active', 'delayed', 'failed');
  const poison = (await queue.getFailed(0, MOST_NAMED - 1)).map(({ id, data, failedReason }) => ({
    id: id ?? '',
    db: data.run.db,
    files: data.files.length,
    first: data.files[0]?.path ?? '',
    reason: failedReason,
  }));
  return { waiting, active, delayed, failed, workers: (await queue.getWorkers()).length, poison };
}

/** Puts failed shards back, with all their tries; those of a run that has ended fail again at once. Returns how many. */
export async function retryFailed(url: string): Promise<number> {
  await using opened = await openQueue(url);
  const failed = await opened.queue.getFailed();
  for (const job of failed) await job.retry('failed', { resetAttemptsMade: true });
  return failed.length;
}

/** Takes out what no worker has begun, and what failed. Returns how many shards. */
export async function drainQueue(url: string): Promise<number> {
  await using opened = await openQueue(url);
  const { queue } = opened;
  const { waiting = 0, delayed = 0, failed = 0 } = await queue.getJobCounts('waiting', 'delayed', 'failed');
  await queue.drain(true);
  for (const job of await queue.getFailed()) await job.remove();
  return waiting + delayed + failed;
}
