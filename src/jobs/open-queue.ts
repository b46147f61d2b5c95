import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { LabelwiseError, messageOf } from '../errors.js';
import { nameOfQueue } from './queue-address.js';
import type { ShardDone, ShardJob } from './shard-job.js';

const NAME = 'labelwise-shards';

/** A queue with its connection. */
export interface OpenedQueue extends AsyncDisposable {
  readonly queue: Queue<ShardJob, ShardDone>;
  readonly redis: Redis;
  readonly bullmq: typeof import('bullmq');
  readonly name: string;
}

/** A connection whose command has no answer for so long is made again: a network that was cut says nothing. BullMQ itself waits up to 10 s. */
const SILENT_MS = 20_000;
/** A shard that fails is tried again, after growing pauses; one whose worker was killed does not count as failed. */
const JOB = { attempts: 4, backoff: { type: 'exponential', delay: 2000, jitter: 0.5 } } as const;

/** @throws LabelwiseError `INVALID_ARGUMENT` for what is no address, `QUEUE_FAILED` where it cannot be reached, or could lose jobs */
export async function openQueue(url: string): Promise<OpenedQueue> {
  const address = nameOfQueue(url);
  const [bullmq, { Redis }] = await Promise.all([import('bullmq'), import('ioredis')]).catch((cause: unknown) => {
    throw new LabelwiseError('PACKAGE_INCOMPLETE', 'The packages bullmq and ioredis, which run the queue, are not installed.', {
      hint: 'They are optional dependencies: npm install bullmq ioredis',
      cause,
    });
  });
  const redis = new Redis(url, {
    maxRetriesPerRequest: null,
    lazyConnect: true,
    retryStrategy: (times) => Math.min(times * 200, 2000),
    socketTimeout: SILENT_MS,
  });
  redis.on('error', () => {}); // it connects again by itself; what waits for it waits
  try {
    await connectOnce(redis);
    assertKeepsJobs(await redis.info('memory'));
  } catch (error) {
    redis.disconnect();
    if (error instanceof LabelwiseError) throw error;
    throw new LabelwiseError('QUEUE_FAILED', `The queue at ${address} cannot be used: ${messageOf(error)}.`, {
      hint: 'Check the address, and that Redis or Valkey runs there.',
      cause: error,
    });
  }
  const queue = new bullmq.Queue<ShardJob, ShardDone>(NAME, { connection: redis, defaultJobOptions: JOB });
  queue.on('error', () => {});
  return {
    queue,
    redis,
    bullmq,
    name: NAME,
    async [Symbol.asyncDispose]() {
      if (redis.status === 'ready') await queue.close().catch(() => {}); // it would wait for a queue that is gone
      redis.disconnect();
    },
  };
}

/** The first connection fails at once; later ones are tried for ever. */
async function connectOnce(redis: Redis): Promise<void> {
  let stop = (): void => {};
  const failed = new Promise<never>((_, reject) => {
    const onError = (error: Error): void => reject(error);
    redis.once('error', onError);
    stop = () => redis.off('error', onError);
  });
  await Promise.race([redis.connect(), failed]).finally(stop);
}

/** A Redis that evicts keys when memory is short loses jobs without a word. */
function assertKeepsJobs(info: string): void {
  const value = (key: string): string | undefined => new RegExp(`^${key}:(\\S+)`, 'm').exec(info)?.[1];
  const policy = value('maxmemory_policy');
  if (policy === undefined || policy === 'noeviction' || value('maxmemory') === '0') return;
  throw new LabelwiseError('QUEUE_FAILED', `The queue would lose jobs: its maxmemory-policy is "${policy}".`, {
    hint: 'Set it to noeviction: redis-cli config set maxmemory-policy noeviction',
  });
}
