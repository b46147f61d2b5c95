import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openQueue } from '../../dist/jobs/open-queue.js';
import { PROTOCOL, type ShardJob, shardId } from '../../dist/jobs/shard-job.js';
import { createFleet, type Fleet, PHOTOS, secondsOf } from '../fixtures/fleet.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { SIGLIP_TINY } from '../fixtures/paths.js';
import { findRedis, type RedisServer, startRedis } from '../fixtures/redis-server.js';
import { findS3Programs, type S3Program } from '../fixtures/s3-programs.js';
import { type S3Server, startS3Server } from '../fixtures/s3-server.js';

/** How much is done: 100,000 pictures and 30 kills take an hour on four free cores; these fit two busy ones. */
const PICTURES = Number(process.env.LABELWISE_FLEET_PICTURES ?? 720);
const KILLS = Number(process.env.LABELWISE_FLEET_KILLS ?? 30);
const SHARD = Number(process.env.LABELWISE_FLEET_SHARD ?? 24);
const WORKERS = Number(process.env.LABELWISE_FLEET_WORKERS ?? 3);

const redis = findRedis();

for (const [place, program] of findS3Programs().entries())
  describe.skipIf(program === undefined || redis === undefined)(`many workers on ${program?.name}`, () => {
    const most = place === 0 ? KILLS : Math.min(KILLS, 5);
    let store: S3Server;
    let queue: RedisServer;
    let fleet: Fleet;
    let undisturbed = 0;
    beforeAll(async () => {
      [store, queue] = [await startS3Server(program as S3Program), await startRedis(redis as string)];
      for (const bucket of ['photos', 'library']) await store.makeBucket(bucket);
      fleet = createFleet({ store, pictures: PICTURES, shard: SHARD });
      await fleet.prepare();
    }, 3_600_000);
    afterAll(async () => {
      await fleet?.stopWorkers();
      await Promise.all([store?.kill(), queue?.kill()]);
    });

    test('make the rows that one machine makes', async () => {
      for (let i = 0; i < WORKERS; i++) fleet.startWorker(queue.url);
      const { result, seconds } = await secondsOf(fleet.plan('s3://library/calm', queue.url));
      undisturbed = seconds;
      expect([result.code, result.stderr]).toEqual([3, expect.stringContaining('could not be used')]);
      await fleet.expectWhole('s3://library/calm');
      expect(await fleet.plan('s3://library/calm', queue.url)).toMatchObject({ code: 0, stdout: expect.stringContaining('0 encoded') });
    });

    test(`leave the same rows when they are killed ${most} times`, async () => {
      let kills = 0;
      for (let round = 0; kills < most; round++) {
        const db = `s3://library/killed-${round}`;
        let isOver = false;
        const planned = secondsOf(fleet.plan(db, queue.url).finally(() => (isOver = true)));
        const killing = (async () => {
          for (let rows = 0; !isOver && kills < most; ) {
            const deadline = performance.now() + 8000; // a worker that was killed too often has nothing in hand
            for (let now = rows; now === rows && !isOver && performance.now() < deadline; now = await fleet.countRows(db)) await sleep(200);
            rows = await fleet.countRows(db);
            if (isOver) return;
            fleet.living()[0]?.kill('SIGKILL');
            fleet.startWorker(queue.url);
            kills++;
          }
        })();
        const { result, seconds } = await planned;
        expect(result.code).toBe(3);
        await killing;
        console.log(`round ${round}: ${kills} kills so far, ${seconds} s against ${undisturbed} s`);
        await fleet.expectWhole(db);
      }
    });

    test.each([
      ['the queue, with its append-only file', true, 'queue'],
      ['the queue, without its append-only file', false, 'queue'],
      ['the store', false, 'store'],
    ] as const)('leave the same rows when %s is killed and starts again', async (what, isDurable, which) => {
      await fleet.stopWorkers();
      const own = await startRedis(redis as string, { isDurable });
      for (let i = 0; i < WORKERS; i++) fleet.startWorker(own.url);
      const db = `s3://library/restart-${which}-${isDurable}`;
      const planned = secondsOf(fleet.plan(db, own.url));
      await fleet.untilBegun(db);
      const server = which === 'queue' ? own : store;
      await server.kill();
      await server.start();
      const { result, seconds } = await planned;
      expect([result.code, result.stderr]).toEqual([3, expect.stringContaining('could not be used')]);
      await fleet.expectWhole(db);
      const calm = await secondsOf(fleet.plan(`${db}-calm`, own.url));
      console.log(`${what}: ${seconds} s, and then without a fault ${calm.seconds} s`);
      await fleet.stopWorkers();
      await own.kill();
    });

    test('a second planner is refused while the first runs, and goes on once it was killed', async () => {
      const db = 's3://library/two';
      await fleet.stopWorkers(); // so that the first has something to wait for
      let kill = (): void => {};
      const first = fleet.plan(db, queue.url, { onChild: (child) => (kill = () => void child.kill('SIGKILL')) });
      await expect.poll(() => jobsFor(db), { timeout: 60_000 }).toBeGreaterThan(0);
      expect((await fleet.plan(db, queue.url)).stderr).toContain('Another labelwise is writing the index in s3://library/two');
      kill();
      await first;
      fleet.startWorker(queue.url);
      const { code } = await fleet.plan(db, queue.url);
      expect([0, 3]).toContain(code); // 0 where the worker was at all pictures before this planner was
      await fleet.expectWhole(db);
    });

    const jobsFor = async (db: string): Promise<number> => {
      await using opened = await openQueue(queue.url);
      return (await opened.queue.getWaiting()).filter(({ data }) => data.run.db === db).length;
    };

    test('a worker with another model, and one that is older than the planner, are refused with the reason', async () => {
      await fleet.stopWorkers();
      const db = 's3://library/model';
      const planned = fleet.plan(db, queue.url);
      await expect.poll(() => jobsFor(db), { timeout: 60_000 }).toBeGreaterThan(0);
      const other = await fleet.run(['worker', '--queue', queue.url, '--model', SIGLIP_TINY]);
      expect([other.code, other.stderr]).toEqual([5, expect.stringContaining('The run on s3://library/model is planned with')]);
      const lacking = await fleet.run(['worker', '--queue', queue.url, '--model', `${temporaryFolder()}/none`]);
      expect([lacking.code, lacking.stderr]).toEqual([4, expect.stringMatching(/no (?:checkpoint|folder|such)/i)]);
      fleet.startWorker(queue.url);
      expect((await planned).code).toBe(3);
      await fleet.stopWorkers();
      await fleet.expectWhole(db);
      const encoder = { name: 'x', fingerprint: 'x' };
      const job: ShardJob = { run: { protocol: PROTOCOL + 1, db: 's3://library/newer', holder: 'h', model: {}, encoder }, files: [] };
      await using opened = await openQueue(queue.url);
      await opened.queue.add('shard', job, { jobId: shardId(job) });
      expect((await fleet.run(['worker', '--queue', queue.url])).stderr).toContain(
        'A later labelwise planned the run on s3://library/newer',
      );
      expect(await opened.queue.getJobState(shardId(job))).toBe('waiting');
      expect((await fleet.run(['queue', 'status', '--queue', queue.url])).stdout).toContain('shards: 1 waiting');
      expect((await fleet.run(['queue', 'drain', '--queue', queue.url])).stdout).toMatch(/^[1-9]\d* shards? removed/);
    });

    test('a queue that evicts keys, and a database that other machines do not reach, are refused', async () => {
      const evicting = await startRedis(redis as string, { policy: 'allkeys-lru' });
      expect((await fleet.run(['worker', '--queue', evicting.url])).stderr).toContain('maxmemory-policy is "allkeys-lru"');
      await evicting.kill();
      expect((await fleet.run(['queue', 'status', '--queue', evicting.url])).stderr).toContain('cannot be used');
      const local = await fleet.run(['index', PHOTOS, '--db', temporaryFolder(), '--queue', queue.url]);
      expect(local.stderr).toContain('Expected --db to be in an object store');
    });
  });
