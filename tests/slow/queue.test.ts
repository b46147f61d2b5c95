import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openQueue } from '../../dist/jobs/open-queue.js';
import { PROTOCOL, type ShardJob, shardId } from '../../dist/jobs/shard-job.js';
import { type Database, openDatabase } from '../../dist/store/database.js';
import { openImageIndex } from '../../dist/store/image-index.js';
import { verifyImages } from '../../dist/store/verify-images.js';
import { type CliResult, MAIN, spawnCli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY, SIGLIP_TINY } from '../fixtures/paths.js';
import { tinyPng } from '../fixtures/photo-folder.js';
import { findRedis, type RedisServer, startRedis } from '../fixtures/redis-server.js';
import { findVersitygw, type S3Server, startS3Server } from '../fixtures/s3-server.js';

/** How much is done: 100,000 pictures and 30 kills take an hour on four free cores; these fit two busy ones. */
const PICTURES = Number(process.env.LABELWISE_FLEET_PICTURES ?? 720);
const KILLS = Number(process.env.LABELWISE_FLEET_KILLS ?? 30);
const WORKERS = 3;
const SHARD = '24';

const [versitygw, redis] = [findVersitygw(), findRedis()];

describe.skipIf(versitygw === undefined || redis === undefined)('many workers', () => {
  let store: S3Server;
  let queue: RedisServer;
  const home = temporaryFolder();
  const children = new Set<ChildProcess>();
  let expected: Awaited<ReturnType<typeof contentOf>>;
  let undisturbedMs = 0;
  beforeAll(async () => {
    [store, queue] = [await startS3Server(versitygw as string), await startRedis(redis as string)];
    for (const bucket of ['photos', 'library']) store.makeBucket(bucket);
    const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = store.env;
    const client = new S3Client({
      endpoint: store.endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
    });
    const put = (i: number) =>
      client.send(
        new PutObjectCommand({
          Bucket: 'photos',
          Key: `all/${i % 10}/${i}.png`,
          Body: i % 97 === 0 ? Buffer.from(`bad ${i}`) : tinyPng(i % 89 === 0 ? 1 : i),
        }),
      );
    for (let i = 0; i < PICTURES; i += 20) await Promise.all(Array.from({ length: Math.min(20, PICTURES - i) }, (_, j) => put(i + j)));
    expect((await run(['index', 's3://photos/all', '--db', 's3://library/one', '--model', CLIP_TINY])).code).toBe(3);
    expected = await contentOf(open('s3://library/one'));
    expect(expected.length).toBe(PICTURES);
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await Promise.all([store.kill(), queue.kill()]);
  });

  const env = () => ({ ...process.env, ...store.env, NO_COLOR: '1', LABELWISE_HOME: home });
  const run = (args: readonly string[]): Promise<CliResult> => spawnCli(args, { env: env() });
  const open = (address: string): Database => {
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = store.env;
    return openDatabase(address, '`db`', { storageOptions: { endpoint: store.endpoint, accessKeyId, secretAccessKey } });
  };
  const startWorker = (url: string): ChildProcess => {
    const child = spawn(process.execPath, [MAIN, 'worker', '--queue', url], { env: env(), stdio: 'ignore' });
    children.add(child);
    child.once('exit', () => children.delete(child));
    return child;
  };
  const plan = (db: string, url: string): Promise<CliResult> =>
    run(['index', 's3://photos/all', '--db', db, '--model', CLIP_TINY, '--queue', url, '--shard-images', SHARD]);
  const living = (): ChildProcess[] => [...children].filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  const countRows = async (db: string): Promise<number> => {
    const index = await openImageIndex(open(db)).catch(() => undefined);
    return ((await index?.files().catch(() => [])) ?? []).length;
  };
  const stopWorkers = async (): Promise<void> => {
    const ended = living().map((child) => new Promise((resolve) => child.once('exit', resolve)));
    for (const child of living()) child.kill('SIGKILL');
    await Promise.all(ended);
  };
  const expectWhole = async (db: string): Promise<void> => {
    const { rows, faults } = await verifyImages(open(db));
    expect([rows, faults]).toEqual([PICTURES, []]);
    expect(await contentOf(open(db))).toEqual(expected);
  };
  /** Waits until some rows are in the index. */
  const untilBegun = async (db: string): Promise<void> => {
    await expect.poll(async () => countRows(db), { timeout: 120_000, interval: 500 }).toBeGreaterThan(PICTURES / 8);
  };

  test('make the rows that one machine makes', async () => {
    for (let i = 0; i < WORKERS; i++) startWorker(queue.url);
    const startedAt = performance.now();
    const { code, stderr } = await plan('s3://library/calm', queue.url);
    undisturbedMs = performance.now() - startedAt;
    expect([code, stderr]).toEqual([3, expect.stringContaining('could not be used')]);
    await expectWhole('s3://library/calm');
    expect(await plan('s3://library/calm', queue.url)).toMatchObject({ code: 0, stdout: expect.stringContaining('0 encoded') });
  });

  test(`leave the same rows when they are killed ${KILLS} times`, async () => {
    let kills = 0;
    for (let round = 0; kills < KILLS; round++) {
      const db = `s3://library/killed-${round}`;
      let isOver = false;
      const planned = plan(db, queue.url).finally(() => (isOver = true));
      const killing = (async () => {
        for (let rows = 0; !isOver && kills < KILLS; ) {
          const deadline = performance.now() + 8000; // a worker that was killed too often has nothing in hand
          for (let now = rows; now === rows && !isOver && performance.now() < deadline; now = await countRows(db)) await sleep(200);
          rows = await countRows(db);
          if (isOver) return;
          living()[0]?.kill('SIGKILL');
          startWorker(queue.url);
          kills++;
        }
      })();
      const startedAt = performance.now();
      expect((await planned).code).toBe(3);
      await killing;
      console.log(
        `round ${round}: ${kills} kills so far, ${((performance.now() - startedAt) / 1000).toFixed(1)} s against ${(undisturbedMs / 1000).toFixed(1)} s`,
      );
      await expectWhole(db);
    }
  });

  test.each([
    ['the queue, with its append-only file', true, 'queue'],
    ['the queue, without its append-only file', false, 'queue'],
    ['the store', false, 'store'],
  ] as const)('leave the same rows when %s is killed and starts again', async (what, isDurable, which) => {
    await stopWorkers();
    const own = await startRedis(redis as string, { isDurable });
    const db = `s3://library/restart-${which}-${isDurable}`;
    for (let i = 0; i < WORKERS; i++) startWorker(own.url);
    const startedAt = performance.now();
    const planned = plan(db, own.url);
    await untilBegun(db);
    const server = which === 'queue' ? own : store;
    await server.kill();
    await server.start();
    const { code, stderr } = await planned;
    console.log(`${what}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s against ${(undisturbedMs / 1000).toFixed(1)} s`);
    expect([code, stderr]).toEqual([3, expect.stringContaining('could not be used')]);
    await expectWhole(db);
    await stopWorkers();
    await own.kill();
  });

  test('a second planner is refused while the first runs, and goes on once it was killed', async () => {
    const args = [
      'index',
      's3://photos/all',
      '--db',
      's3://library/two',
      '--model',
      CLIP_TINY,
      '--queue',
      queue.url,
      '--shard-images',
      SHARD,
    ];
    const first = spawn(process.execPath, [MAIN, ...args], { env: env(), stdio: 'ignore' });
    await expect.poll(() => jobsFor('s3://library/two'), { timeout: 60_000 }).toBeGreaterThan(0);
    expect((await run(args)).stderr).toContain('Another labelwise is writing the index in s3://library/two');
    first.kill('SIGKILL');
    startWorker(queue.url);
    expect((await run(args)).code).toBe(3);
    await expectWhole('s3://library/two');
  });

  const jobsFor = async (db: string): Promise<number> => {
    await using opened = await openQueue(queue.url);
    return (await opened.queue.getWaiting()).filter(({ data }) => data.run.db === db).length;
  };

  test('a worker with another model, and one that is older than the planner, are refused with the reason', async () => {
    await stopWorkers();
    const planned = run(['index', 's3://photos/all', '--db', 's3://library/model', '--model', CLIP_TINY, '--queue', queue.url]);
    await expect.poll(() => jobsFor('s3://library/model'), { timeout: 60_000 }).toBeGreaterThan(0);
    const other = await run(['worker', '--queue', queue.url, '--model', SIGLIP_TINY]);
    expect([other.code, other.stderr]).toEqual([5, expect.stringContaining('The run on s3://library/model is planned with')]);
    const right = startWorker(queue.url);
    expect((await planned).code).toBe(3);
    right.kill('SIGKILL');
    await expectWhole('s3://library/model');
    const encoder = { name: 'x', fingerprint: 'x' };
    const job: ShardJob = { run: { protocol: PROTOCOL + 1, db: 's3://library/newer', holder: 'h', model: {}, encoder }, files: [] };
    await using opened = await openQueue(queue.url);
    await opened.queue.add('shard', job, { jobId: shardId(job) });
    expect((await run(['worker', '--queue', queue.url])).stderr).toContain('A later labelwise planned the run on s3://library/newer');
    expect(await opened.queue.getJobState(shardId(job))).toBe('waiting');
    expect((await run(['queue', 'status', '--queue', queue.url])).stdout).toContain('1 shards wait');
    expect((await run(['queue', 'drain', '--queue', queue.url])).stdout).toMatch(/^[1-9]\d* shards removed/);
  });

  test('a queue that evicts keys, and a database that other machines do not reach, are refused', async () => {
    const evicting = await startRedis(redis as string, { policy: 'allkeys-lru' });
    expect((await run(['worker', '--queue', evicting.url])).stderr).toContain('maxmemory-policy is "allkeys-lru"');
    await evicting.kill();
    expect((await run(['queue', 'status', '--queue', evicting.url])).stderr).toContain('cannot be used');
    const local = await run(['index', 's3://photos/all', '--db', temporaryFolder(), '--queue', queue.url]);
    expect(local.stderr).toContain('Expected --db to be in an object store');
  });
});

/** Every column but when a row was made, and the stamps of the store. */
async function contentOf(database: Database) {
  const index = await openImageIndex(database);
  const files = await index.files();
  const images = await index.imagesOf(files.flatMap((row) => (row.content_hash === null ? [] : [row.content_hash])));
  index.close();
  const rows = files.map(({ path, content_hash, size, width, height, format, mtime, inode, error_code, error_message }) => ({
    ...{ path, content_hash, size, width, height, format, mtime, inode, error_code, error_message },
    embedding: [...(images.get(content_hash ?? '')?.embedding ?? [])],
  }));
  return rows.sort((a, b) => (a.path < b.path ? -1 : 1));
}
