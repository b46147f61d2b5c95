import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFleet, type Fleet, secondsOf } from '../fixtures/fleet.js';
import { canMakeNetworks, type Host, makeNetwork, type Network } from '../fixtures/network.js';
import { findRedis, type RedisServer, startRedis } from '../fixtures/redis-server.js';
import { findVersitygw, type S3Program } from '../fixtures/s3-programs.js';
import { type S3Server, startS3Server } from '../fixtures/s3-server.js';

const PICTURES = Number(process.env.LABELWISE_FLEET_PICTURES ?? 720);
const SHARD = Number(process.env.LABELWISE_FLEET_SHARD ?? 24);
const CUT_MS = Number(process.env.LABELWISE_FLEET_CUT_MS ?? 20_000);

const [versitygw, redis] = [findVersitygw(), findRedis()];

describe.skipIf(versitygw === undefined || redis === undefined || !canMakeNetworks())('many workers on a network that is cut', () => {
  let network: Network;
  let hosts: Record<'store' | 'queue' | 'planner' | 'rival' | 'worker1' | 'worker2' | 'worker3' | 'worker4', Host>;
  let store: S3Server;
  let queue: RedisServer;
  let fleet: Fleet;
  beforeAll(async () => {
    network = makeNetwork();
    const add = (name: string): Host => network.addHost(name);
    hosts = {
      ...{ store: add('store'), queue: add('queue'), planner: add('planner'), rival: add('rival') },
      ...{ worker1: add('worker1'), worker2: add('worker2'), worker3: add('worker3'), worker4: add('worker4') },
    };
    store = await startS3Server(versitygw as S3Program, { host: hosts.store });
    queue = await startRedis(redis as string, { host: hosts.queue });
    for (const bucket of ['photos', 'library']) await store.makeBucket(bucket);
    fleet = createFleet({ store, pictures: PICTURES, shard: SHARD });
    await fleet.prepare();
    for (const host of [hosts.worker1, hosts.worker2, hosts.worker3, hosts.worker4]) fleet.startWorker(queue.url, host);
  }, 3_600_000);
  afterAll(async () => {
    await fleet?.stopWorkers();
    await store?.kill();
    await queue?.kill();
    network?.remove();
  });

  test.each([
    ['a worker', 'worker1'],
    ['the planner', 'planner'],
    ['the queue', 'queue'],
    ['the store', 'store'],
  ] as const)('leave the same rows when the cable of %s is pulled for a while', async (what, name) => {
    const db = `s3://library/cut-${name}`;
    const calm = await secondsOf(fleet.plan(`${db}-calm`, queue.url, { host: hosts.planner }));
    expect(calm.result.code).toBe(3);
    const planned = secondsOf(fleet.plan(db, queue.url, { host: hosts.planner }));
    await fleet.untilBegun(db);
    hosts[name].cut();
    await sleep(CUT_MS); // the length of the fault
    hosts[name].mend();
    const { result, seconds } = await planned;
    expect([result.code, result.stderr]).toEqual([3, expect.stringContaining('could not be used')]);
    await fleet.expectWhole(db);
    console.log(`the cable of ${what}, for ${CUT_MS / 1000} s: ${seconds} s against ${calm.seconds} s`);
  });

  test('a planner that was cut off for longer than its lock loses the run to another, and writes nothing after that', async () => {
    const db = 's3://library/taken-over';
    let child: ChildProcess | undefined;
    await fleet.stopWorkers(); // so that work is left
    const first = fleet.plan(db, queue.url, { host: hosts.planner, onChild: (planner) => (child = planner) });
    await expect.poll(() => fleet.open(db).location.holderOf?.(), { timeout: 60_000 }).toBeTruthy();
    const holder = await fleet.open(db).location.holderOf?.();
    await expect.poll(() => fleet.open(db).location.hasTable('images'), { timeout: 60_000 }).toBe(true);
    hosts.planner.cut();
    expect((await fleet.plan(db, queue.url, { host: hosts.rival })).stderr).toContain('Another labelwise is writing the index');
    await sleep(61_000); // the lock's time without a sign of life
    const second = fleet.plan(db, queue.url, { host: hosts.rival });
    await expect.poll(() => fleet.open(db).location.holderOf?.(), { timeout: 120_000 }).not.toBe(holder);
    for (const host of [hosts.worker1, hosts.worker2, hosts.worker3]) fleet.startWorker(queue.url, host);
    hosts.planner.mend();
    expect((await second).code).toBe(3);
    await fleet.expectWhole(db);
    const { stderr } = await first;
    expect([child?.exitCode, stderr]).toEqual([5, expect.stringContaining('Another process took over the lock')]);
    await fleet.expectWhole(db);
  });
});
