/**
 * How the rate of `index --queue` grows with workers, each a process. Listing, reads, decodes, commits and the queue are real; the forward pass is a wait of the
 * length that was measured for a batch (WAIT_MS for 8 pictures), so that two cores stand for many machines.
 *
 *   node benchmarks/measure-fleet.mjs [pictures for each worker] [workers,workers,...]
 *
 * The rate is that of the steady part, between 15 and 85 % of the rows: it leaves out the start of the planner and of the workers, and the end, when some have
 * nothing left. `busy` is the part of that time in which the workers' devices were at a forward pass. Processor time is by process, for all of the run: two cores
 * cannot do more pictures a second than 2,000 by its sum. MODEL=pocket takes the real forward passes of a model, on one core for each worker; the rates then
 * grow as far as there are cores. Environment: SHARD, WAIT_MS, TRIP_MS (a network's round trip to the store), SOURCE=bucket (pictures
 * from the store, not from a folder). It needs versitygw and redis-server on the path, or in LABELWISE_TEST_TOOLS.
 */
import { fork, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import sharp from 'sharp';
import { loadEncoder } from '../dist/index.js';
import { createSources } from '../dist/ingest/create-sources.js';
import { findChanges } from '../dist/ingest/find-changes.js';
import { openQueue } from '../dist/jobs/open-queue.js';
import { handOut } from '../dist/jobs/plan-run.js';
import { cutShards, PROTOCOL } from '../dist/jobs/shard-job.js';
import { openDatabase } from '../dist/store/database.js';
import { openImageIndex, withIndexLock } from '../dist/store/image-index.js';
import { startRedis, startVersitygw } from './fleet/servers.mjs';
import * as wait from './fleet/wait-info.mjs';

const BATCH = 8;
const { MODEL = '' } = process.env;
/** ViT-B/32 on two cores: 8 x 57 ms (bfloat16 with OpenVINO). */
const WAIT_MS = Number(process.env.WAIT_MS ?? 456);
const SHARD = Number(process.env.SHARD ?? 64);
const TRIP_MS = Number(process.env.TRIP_MS ?? 0);
const isBucket = process.env.SOURCE === 'bucket';
const [each = '1280', counts = '1,2,4,8'] = process.argv.slice(2);
const all = counts.split(',').map(Number);
const most = Number(each) * Math.max(...all);

async function readInfo() {
  const encoder = await loadEncoder({ model: MODEL });
  const [{ length }] = await encoder.encodeTexts(['a photo']);
  await encoder.close();
  return { ...encoder.info, dimension: length };
}
const { dimension, ...info } = MODEL === '' ? { ...wait.info, dimension: wait.DIMENSION } : await readInfo();

const folder = mkdtempSync(join(tmpdir(), 'labelwise-fleet-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
const ACCESS = join(folder, 'access.log');
const store = await startVersitygw({
  folder: join(folder, 'store'),
  port: await freePort(),
  accessLog: ACCESS,
  buckets: ['library', 'photos'],
});
const queue = await startRedis({ folder: join(folder, 'redis'), port: await freePort() });

const client = new S3Client({
  endpoint: store.storageOptions.endpoint,
  region: 'us-east-1',
  forcePathStyle: true,
  credentials: store.storageOptions,
});
/** Where the pictures of a run are. PICTURES: a folder that keeps them for the next time. */
const photos = process.env.PICTURES ?? join(folder, 'photos');
const placeOf = (count) => (isBucket ? `s3://photos/${count}` : join(photos, `${count}`));
for (const count of all) mkdirSync(join(photos, `${count}`), { recursive: true });
for (let i = 0; i < most; i++) {
  const runs = all.filter((count) => i < Number(each) * count);
  const nameOf = (count) => join(photos, `${count}`, `${i}.jpg`);
  const [first, ...others] = runs;
  if (!existsSync(nameOf(first))) {
    const noise = createHash('shake256', { outputLength: 64 * 64 * 3 })
      .update(`${i}`)
      .digest();
    await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
      .jpeg()
      .toFile(nameOf(first));
  }
  for (const count of others) if (!existsSync(nameOf(count))) copyFileSync(nameOf(first), nameOf(count));
  if (isBucket)
    for (const count of runs)
      await client.send(new PutObjectCommand({ Bucket: 'photos', Key: `${count}/${i}.jpg`, Body: readFileSync(nameOf(count)) }));
}
if (process.env.MAKE_ONLY) process.exit();

/** A store that is some milliseconds away: each piece is held back for half a round trip. */
async function startDistance() {
  if (TRIP_MS === 0) return store.storageOptions;
  const port = await freePort();
  const proxy = spawn(
    process.execPath,
    [fileURLToPath(new URL('fleet/distant-store.mjs', import.meta.url)), store.storageOptions.endpoint, port, TRIP_MS],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  process.once('exit', () => proxy.kill('SIGKILL'));
  await sleep(1000);
  return { ...store.storageOptions, endpoint: `http://127.0.0.1:${port}` };
}
const storageOptions = await startDistance();

/** Commits that met another one: the store refused a manifest that was there already, and LanceDB tried again. */
const isConflict = (line) => /images\.lance\/_versions\//.test(line) && / (?:409|412) /.test(line);
const accesses = () => (existsSync(ACCESS) ? readFileSync(ACCESS, 'utf8').split('\n') : []);

/** Processor time of a server so far, in ms. */
function cpuOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** When there were how many rows, by the versions of the table: [ms, rows]. */
async function readGrowth(database) {
  const table = await (await database.connection()).openTable('images');
  const growth = [];
  for (const { version, timestamp } of await table.listVersions()) {
    await table.checkout(version);
    growth.push([new Date(timestamp).getTime(), await table.countRows()]);
  }
  table.close();
  return growth;
}

/** Pictures a second between 15 and 85 % of the rows, by a straight line through the commits. */
function steadyRate(growth, pictures) {
  const points = growth.filter(([, rows]) => rows >= 0.15 * pictures && rows <= 0.85 * pictures);
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [t, r] = [mean(points.map(([at]) => at)), mean(points.map(([, rows]) => rows))];
  const up = points.reduce((sum, [at, rows]) => sum + (at - t) * (rows - r), 0);
  const down = points.reduce((sum, [at]) => sum + (at - t) ** 2, 0);
  return { rate: (1000 * up) / down, from: points[0][0], to: points.at(-1)[0] };
}

async function startWorker() {
  const child = fork(
    fileURLToPath(new URL('fleet/wait-worker.mjs', import.meta.url)),
    [queue.url, JSON.stringify(storageOptions), WAIT_MS, BATCH, MODEL],
    {
      execArgv: process.env.PROFILE ? ['--cpu-prof', `--cpu-prof-dir=${process.env.PROFILE}`] : [],
    },
  );
  process.once('exit', () => child.kill('SIGKILL'));
  return {
    child,
    report: new Promise((resolve) => child.once('message', resolve)),
    ended: new Promise((resolve) => child.once('exit', resolve)),
  };
}

async function measure(count) {
  const pictures = Number(each) * count;
  const address = `s3://library/${count}`;
  const database = openDatabase(address, '`db`', { storageOptions });
  const workers = await Promise.all(Array.from({ length: count }, startWorker));
  const opened = await openQueue(queue.url);
  while ((await opened.queue.getWorkers()).length < count) await sleep(200);
  const before = { log: accesses().length, store: cpuOf(store.pid()), redis: cpuOf(queue.pid()), own: process.cpuUsage() };
  for (const { child } of workers) child.kill('SIGUSR2');
  const seconds = await withIndexLock(
    database,
    async (lock) => {
      const index = await openImageIndex(database, { lock });
      await index.begin(info, async () => dimension);
      const began = performance.now();
      const { changed } = await findChanges([placeOf(count)], index, { signal: lock.signal, sources: createSources(storageOptions) });
      const run = { protocol: PROTOCOL, db: address, holder: lock.holder, model: {}, encoder: info };
      await handOut(opened, cutShards(run, changed, SHARD), { signal: lock.signal });
      return (performance.now() - began) / 1000;
    },
    { isNew: true },
  );
  const { user, system } = process.cpuUsage(before.own);
  const [storeMs, redisMs, log] = [cpuOf(store.pid()) - before.store, cpuOf(queue.pid()) - before.redis, accesses().slice(before.log)];
  for (const { child } of workers) child.kill('SIGTERM');
  const reports = await Promise.all(workers.map(({ report }) => report));
  await Promise.all(workers.map(({ ended }) => ended));
  const growth = await readGrowth(database);
  if (growth.at(-1)[1] !== pictures) throw new Error(`${growth.at(-1)[1]} rows for ${pictures} pictures`);
  await database.close();
  await opened[Symbol.asyncDispose]();
  const { rate } = steadyRate(growth, pictures);
  const workerMs = reports.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
  const times = { workers: workerMs, planner: (user + system) / 1000, store: storeMs, queue: redisMs };
  const total = Object.values(times).reduce((sum, ms) => sum + ms, 0);
  return {
    count,
    pictures,
    seconds,
    rate,
    conflicts: log.filter(isConflict).length,
    commits: Math.ceil(pictures / SHARD),
    versions: growth.length,
    times,
    total,
  };
}

let one;
for (const count of all) {
  const { pictures, seconds, rate, conflicts, commits, versions, times, total } = await measure(count);
  one ??= rate / count;
  const most = (1000 * BATCH) / WAIT_MS;
  const parts = Object.entries(times).map(([name, ms]) => `${name} ${(ms / pictures).toFixed(2)}`);
  console.log(
    `${count} workers, ${pictures} pictures: ${rate.toFixed(1)}/s, ${(rate / count / one).toFixed(2)} of linear${MODEL === '' ? `, ${(rate / count / most).toFixed(2)} of the forward passes alone` : ''} ` +
      `(${seconds.toFixed(1)} s in all: ${(pictures / seconds).toFixed(1)}/s); ${commits} commits, ${versions} versions, ${conflicts} conflicts; ` +
      `ms of processor time a picture: ${parts.join(', ')}; ${(total / seconds / 1000).toFixed(2)} cores`,
  );
}
process.exit();
