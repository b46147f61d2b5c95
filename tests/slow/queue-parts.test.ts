import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { LabelwiseError } from '../../dist/errors.js';
import type { Source } from '../../dist/ingest/source.js';
import { type OpenedQueue, openQueue } from '../../dist/jobs/open-queue.js';
import { createOpenRuns, OpenFailure } from '../../dist/jobs/open-runs.js';
import { handOut } from '../../dist/jobs/plan-run.js';
import { serveQueueMetrics } from '../../dist/jobs/queue-metrics.js';
import { runWorker } from '../../dist/jobs/run-worker.js';
import { cutShards, PROTOCOL, type RunFacts, type ShardDone, type ShardJob, shardId } from '../../dist/jobs/shard-job.js';
import { noteTries, takeTurn } from '../../dist/jobs/take-turn.js';
import { readContents, type ShardContext, workShard } from '../../dist/jobs/work-shard.js';
import { type Database, openDatabase } from '../../dist/store/database.js';
import { openImageIndex } from '../../dist/store/image-index.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { tinyPng } from '../fixtures/photo-folder.js';
import { findRedis, type RedisServer, startRedis } from '../fixtures/redis-server.js';

const redis = findRedis();
const info = { name: 'hash', fingerprint: 'hash', logitScale: 100, logitBias: Number.NaN, scoring: 'softmax' as const };
const toRun = (holder = 'h', db = 's3://bucket/db'): RunFacts => ({ protocol: PROTOCOL, db, holder, model: {}, encoder: info });
const toFiles = (count: number) =>
  Array.from({ length: count }, (_, i) => {
    const path = `s3://photos/${i}.png`;
    return { path, bytesPath: Buffer.from(path), size: 1, mtime: 0, ctime: 0, inode: i };
  });

/** A database whose lock is in the hands of `holder`, as in an object store. */
function heldBy(holder: () => string): Database & { isClosed: boolean } {
  const database = openDatabase(temporaryFolder());
  const held = {
    ...database,
    isClosed: false,
    location: { ...database.location, holderOf: async () => holder() },
    async close() {
      held.isClosed = true;
      await database.close();
    },
  };
  return held;
}

/** An encoder whose embedding is a hash of the bytes. */
const encoder: ShardContext['encoder'] = {
  info,
  async *encodeImages(images) {
    let index = 0;
    for await (const image of images as AsyncIterable<Uint8Array>) {
      const bytes = createHash('shake256', { outputLength: 8 }).update(image).digest();
      const values = Float32Array.from(bytes, (byte) => byte - 127.5);
      const length = Math.hypot(...values);
      yield { index: index++, width: 1, height: 1, embedding: values.map((value) => value / length) };
    }
  },
};

describe('a shard', () => {
  /** Objects of which one fails just now. */
  const failing = (which: (path: string) => boolean): Source =>
    ({
      async read(file: { path: string }) {
        const stub = { file, stamp: file, checkedAt: 1 };
        if (which(file.path)) return { ...stub, fault: { kind: 'passing', error: new LabelwiseError('INPUT_UNREADABLE', 'not now') } };
        const bytes = tinyPng(file.path);
        return { ...stub, bytes, contentHash: createHash('sha256').update(bytes).digest('hex') };
      },
    }) as unknown as Source;
  const contextOf = async (source: Source): Promise<ShardContext> => {
    const database = heldBy(() => 'h');
    const inTurn = async (commit: () => Promise<number>): Promise<void> => void (await commit());
    const { signal } = new AbortController();
    return { database, encoder, maxImageBytes: 2 ** 20, sources: () => source, inTurn, signal, ...(await readContents(database)) };
  };
  const rowsOf = async ({ database }: ShardContext): Promise<(string | null)[]> => {
    const index = await openImageIndex(database);
    return (await index.files()).map(({ path, files }) => (files === null ? path : `${path} + ${files}`)).sort();
  };

  test('with one object that cannot be read is tried again, and the last try names that object and writes the others', async () => {
    const context = await contextOf(failing((path) => path.endsWith('/2.png')));
    const [job] = cutShards(toRun(), toFiles(4), 8) as [ShardJob];
    await expect(workShard(job, context)).rejects.toMatchObject({ code: 'INPUT_UNREADABLE' });
    expect(await rowsOf(context)).toEqual([]);
    expect(await workShard(job, context, true)).toMatchObject({
      encoded: 3,
      failed: [{ path: 's3://photos/2.png', error: { code: 'INPUT_UNREADABLE' } }],
    });
    expect(await rowsOf(context)).toEqual(['s3://photos/0.png', 's3://photos/1.png', 's3://photos/3.png']);
  });

  test('whose whole source fails stays in the queue, also after its last try', async () => {
    const context = await contextOf(failing(() => true));
    const [job] = cutShards(toRun(), toFiles(4), 8) as [ShardJob];
    await expect(workShard(job, context, true)).rejects.toMatchObject({ code: 'INPUT_UNREADABLE' });
  });

  test('keeps the further files of a picture, and done twice leaves the same rows', async () => {
    const context = await contextOf(failing(() => false));
    const [first, ...others] = toFiles(3);
    const [job] = cutShards(toRun(), [{ ...(first as (typeof others)[0]), companions: ['0.cr2'] }, ...others], 8) as [ShardJob];
    const sent = JSON.parse(JSON.stringify(job)) as ShardJob;
    await workShard(sent, context);
    const rows = await rowsOf(context);
    expect(rows[0]).toBe('s3://photos/0.png + 0.cr2');
    await workShard(sent, context);
    expect(await rowsOf(context)).toEqual(rows);
  });

  test('of a planner that lost its lock writes nothing', async () => {
    const context = await contextOf(failing(() => false));
    const [job] = cutShards(toRun('another'), toFiles(2), 8) as [ShardJob];
    await expect(workShard(job, context)).rejects.toMatchObject({ code: 'LOCK_LOST' });
    expect(await rowsOf(context)).toEqual([]);
  });
});

describe('the runs of a worker', () => {
  test('a run that is over is refused, and does not disturb the one that took its place', async () => {
    let holder = 'first';
    const databases: ReturnType<typeof heldBy>[] = [];
    const runs = createOpenRuns({
      openDatabase() {
        const database = heldBy(() => holder);
        databases.push(database);
        return database;
      },
      openContext: async (_run, database) => ({ database }) as unknown as ShardContext,
    });
    await runs.use(toRun('first'), async ({ database }) => {
      holder = 'second';
      await runs.use(toRun('second'), async () => {});
      expect((database as (typeof databases)[0]).isClosed).toBe(false); // this shard is still at work
    });
    expect(databases[0]?.isClosed).toBe(true);
    await expect(runs.use(toRun('first'), async () => {})).rejects.toMatchObject({ cause: { code: 'LOCK_LOST' } });
    expect(databases[1]?.isClosed).toBe(false);
    await runs[Symbol.asyncDispose]();
    expect(databases.every(({ isClosed }) => isClosed)).toBe(true);
  });

  test('a run that could not be opened is opened again by the next shard', async () => {
    let tries = 0;
    const runs = createOpenRuns({
      openDatabase: () => heldBy(() => 'h'),
      async openContext() {
        if (++tries === 1) throw new LabelwiseError('STORE_FAILED', 'not now');
        return {} as ShardContext;
      },
    });
    await expect(runs.use(toRun(), async () => {})).rejects.toBeInstanceOf(OpenFailure);
    expect(await runs.use(toRun(), async () => 'done')).toBe('done');
  });
});

describe.skipIf(redis === undefined)('a queue', () => {
  let server: RedisServer;
  let opened: OpenedQueue;
  beforeAll(async () => {
    server = await startRedis(redis as string);
    opened = await openQueue(server.url);
  });
  afterEach(async () => {
    await opened.queue.obliterate({ force: true });
  });
  afterAll(async () => {
    await opened[Symbol.asyncDispose]();
    await server.kill();
  });

  test('keeps the turn of a worker whose commit takes longer than a turn', async () => {
    let inside = 0;
    const commit = async (): Promise<void> => {
      expect(++inside).toBe(1);
      await sleep(900); // the length of a commit: three turns
      inside--;
    };
    await Promise.all([1, 2, 3].map(() => takeTurn(opened.redis, 'db', commit, { turnMs: 300 })));
  });

  test('holds some shards of a run at a time, and its planner counts them all', async () => {
    const jobs = cutShards(toRun(), toFiles(30), 2);
    let most = 0;
    const worker = new opened.bullmq.Worker<ShardJob, ShardDone>(
      opened.name,
      async ({ data }) => {
        most = Math.max(most, await opened.queue.getJobCountByTypes('waiting', 'active'));
        return { encoded: data.files.length, known: 0, failed: [], gone: [] };
      },
      { connection: opened.redis.duplicate({ maxRetriesPerRequest: null }) },
    );
    const { signal } = new AbortController();
    expect(await handOut(opened, jobs, { signal, inQueue: 4 })).toEqual({ encoded: 30, known: 0, failed: [], gone: [] });
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(4);
    await worker.close();
  });

  test('is counted for Prometheus, shard by shard and commit by commit', async () => {
    await opened.queue.addBulk(cutShards(toRun(), toFiles(6), 2).map((data) => ({ name: 'shard', data, opts: { jobId: shardId(data) } })));
    for (let i = 0; i < 2; i++) await takeTurn(opened.redis, 's3://bucket/counted', async () => {});
    for (const tries of [1, 3]) await noteTries(opened.redis, 's3://bucket/counted', tries);
    const metrics = await serveQueueMetrics(server.url, { host: '127.0.0.1', port: 0 });
    const text = await (await fetch(metrics.address)).text();
    expect(text).toContain('labelwise_shards{state="waiting"} 3\n');
    expect(text).toContain('labelwise_workers 0\n');
    expect(text).toContain('labelwise_commits_total{db="s3://bucket/counted"} 2\n');
    expect(text).toContain('labelwise_commit_retries_total{db="s3://bucket/counted"} 2\n');
    expect((await fetch(metrics.address.replace('/metrics', '/'))).status).toBe(404);
    await metrics[Symbol.asyncDispose]();
  });

  test('whose memory is full stops its planner with the reason', async () => {
    await opened.redis.config('SET', 'maxmemory', '1');
    try {
      const { signal } = new AbortController();
      await expect(handOut(opened, cutShards(toRun(), toFiles(4), 2), { signal })).rejects.toMatchObject({
        code: 'QUEUE_FAILED',
        message: expect.stringContaining('OOM'),
      });
    } finally {
      await opened.redis.config('SET', 'maxmemory', '0');
    }
  });

  test('has no failed shards of an earlier run of the same database after the next', async () => {
    const [earlier] = cutShards(toRun('earlier'), toFiles(2), 2) as [ShardJob];
    const ids: string[] = [];
    const worker = new opened.bullmq.Worker<ShardJob, ShardDone>(
      opened.name,
      async (job) => {
        ids.push(job.id ?? '');
        if (job.data.run.holder === 'h') return { encoded: 2, known: 0, failed: [], gone: [] };
        await expect.poll(() => ids.length).toBe(2); // it runs when the next run begins, and fails meanwhile
        throw new opened.bullmq.UnrecoverableError('the run lost its lock');
      },
      { connection: opened.redis.duplicate({ maxRetriesPerRequest: null }), concurrency: 2 },
    );
    await opened.queue.add('shard', earlier, { jobId: shardId(earlier) });
    await expect.poll(() => ids).toEqual([shardId(earlier)]);
    const { signal } = new AbortController();
    const planned = handOut(opened, [...cutShards(toRun(), toFiles(2), 2)], { signal });
    await expect.poll(() => ids.length).toBe(2);
    await planned;
    expect(await opened.queue.getJobCounts('failed', 'active', 'waiting')).toEqual({ failed: 0, active: 0, waiting: 0 });
    await worker.close();
  });

  test('that is gone does not keep a planner from stopping', async () => {
    const own = await startRedis(redis as string);
    const other = await openQueue(own.url);
    const stop = new AbortController();
    const planned = handOut(other, cutShards(toRun(), toFiles(4), 2), { signal: stop.signal });
    await expect.poll(() => opened.redis.status).toBe('ready');
    await own.kill();
    stop.abort();
    await expect(planned).rejects.toMatchObject({ code: 'ABORTED' });
    await other[Symbol.asyncDispose]();
  });

  test('takes a shard back, with all its tries, from a worker that does not reach the store', async () => {
    const [job] = cutShards(toRun(), toFiles(2), 2) as [ShardJob];
    await opened.queue.add('shard', job, { jobId: shardId(job) });
    const stop = new AbortController();
    const notes: string[] = [];
    const worker = runWorker({
      queue: server.url,
      signal: stop.signal,
      sources: () => Promise.reject() as never,
      openDatabase: () => {
        throw new LabelwiseError('STORE_FAILED', 'the store cannot be reached');
      },
      openEncoder: () => Promise.reject(),
      onNote: (note) => notes.push(note),
    });
    await expect.poll(() => notes.join(), { timeout: 30_000 }).toContain('the store cannot be reached');
    await expect.poll(() => opened.queue.getJobState(shardId(job))).toBe('delayed');
    expect((await opened.queue.getJob(shardId(job)))?.attemptsMade).toBe(0);
    stop.abort();
    await worker;
  });
});
