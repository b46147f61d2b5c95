/**
 * How the rate of `index --queue` grows with workers. Listing, reads, decodes, commits and the queue are real; the forward pass is a wait of the
 * length that was measured for a batch (WAIT_MS for 8 pictures), so that two cores stand for many machines.
 *
 *   node benchmarks/measure-fleet.mjs [pictures] [workers,workers,...]
 *
 * It needs versitygw and redis-server on the path (or LABELWISE_TEST_TOOLS), and says how much of the time commits took.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { decodeImage } from '../dist/images/decode-image.js';
import { DEFAULT_IMAGE_LIMITS } from '../dist/images/read-image.js';
import { findChanges } from '../dist/ingest/find-changes.js';
import { FOLDERS } from '../dist/ingest/source.js';
import { openQueue } from '../dist/jobs/open-queue.js';
import { handOut } from '../dist/jobs/plan-run.js';
import { runWorker } from '../dist/jobs/run-worker.js';
import { cutShards, PROTOCOL } from '../dist/jobs/shard-job.js';
import { openDatabase } from '../dist/store/database.js';
import { openImageIndex, withIndexLock } from '../dist/store/image-index.js';

const DIMENSION = 512;
const BATCH = 8;
/** ViT-B/32 on two cores: 8 x 57 ms (bfloat16), as models-and-traps measured on this processor. */
const WAIT_MS = Number(process.env.WAIT_MS ?? 456);
const info = { name: 'a wait', fingerprint: 'wait', logitScale: 100, logitBias: Number.NaN, scoring: 'softmax' };

/** One worker's encoder: one forward pass at a time, whatever it has in hand. */
function createEncoder() {
  let device = Promise.resolve();
  const forward = (images) => {
    device = device.then(() => sleep((WAIT_MS * images) / BATCH));
    return device;
  };
  return {
    info,
    async *encodeImages(images) {
      let index = 0;
      let batch = [];
      const finish = async function* () {
        const decoded = await Promise.all(batch.map((bytes) => decodeImage(bytes, DEFAULT_IMAGE_LIMITS)));
        await forward(batch.length);
        for (const [i, { width, height }] of decoded.entries()) yield { index: index++, width, height, embedding: embed(batch[i]) };
        batch = [];
      };
      for await (const image of images) {
        batch.push(image);
        if (batch.length === BATCH) yield* finish();
      }
      if (batch.length > 0) yield* finish();
    },
  };
}

function embed(bytes) {
  const values = Float32Array.from(createHash('shake256', { outputLength: DIMENSION }).update(bytes).digest(), (byte) => byte - 127.5);
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}

const [pictures = '2560', counts = '1,2,4,8'] = process.argv.slice(2);
const SHARD = Number(process.env.SHARD ?? 64);
const folder = mkdtempSync(join(tmpdir(), 'labelwise-fleet-'));
const port = async () =>
  await new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = server.address();
      server.close(() => resolve(free));
    });
  });
const [storePort, queuePort] = [await port(), await port()];
mkdirSync(join(folder, 'store/library'), { recursive: true });
mkdirSync(join(folder, 'photos'));
for (let i = 0; i < Number(pictures); i++) {
  const noise = createHash('shake256', { outputLength: 64 * 64 * 3 })
    .update(`${i}`)
    .digest();
  writeFileSync(
    join(folder, 'photos', `${i}.jpg`),
    await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
      .jpeg()
      .toBuffer(),
  );
}
const ACCESS = join(folder, 'access.log');
/** Commits that met another one: the store refused a manifest that was there already, and LanceDB tried again. */
const countConflicts = () => (existsSync(ACCESS) ? readFileSync(ACCESS, 'utf8') : '').split('\n').filter(isConflict).length;
const isConflict = (line) => /images\.lance\/_versions\//.test(line) && / (?:409|412) /.test(line);
const tools = process.env.LABELWISE_TEST_TOOLS ?? join(homedir(), '.cache', 'labelwise-test-tools');
const servers = [
  spawn('versitygw', ['--quiet', '--access-log', ACCESS, '--port', `127.0.0.1:${storePort}`, 'posix', join(folder, 'store')], {
    env: { ...process.env, PATH: `${tools}:${process.env.PATH}`, ROOT_ACCESS_KEY: 'key', ROOT_SECRET_KEY: 'secret-key' },
    stdio: 'ignore',
  }),
  spawn('redis-server', ['--port', `${queuePort}`, '--bind', '127.0.0.1', '--save', '', '--dir', folder], { stdio: 'ignore' }),
];
process.on('exit', () => {
  for (const server of servers) server.kill('SIGKILL');
});
await sleep(1500);
const url = `redis://127.0.0.1:${queuePort}`;
const storageOptions = { endpoint: `http://127.0.0.1:${storePort}`, accessKeyId: 'key', secretAccessKey: 'secret-key' };
const open = (address) => openDatabase(address, '`db`', { storageOptions });

let one;
for (const count of counts.split(',').map(Number)) {
  const address = `s3://library/${count}`;
  const database = open(address);
  const stop = new AbortController();
  const workers = Array.from({ length: count }, () =>
    runWorker({
      queue: url,
      signal: stop.signal,
      sources: FOLDERS,
      openDatabase: open,
      openEncoder: async () => ({ encoder: createEncoder(), maxImageBytes: 2 ** 24 }),
    }),
  );
  await sleep(1000);
  const cpu = process.cpuUsage();
  const before = countConflicts();
  const { seconds, versions } = await withIndexLock(
    database,
    async (lock) => {
      const index = await openImageIndex(database, { lock });
      await index.begin(info, async () => DIMENSION);
      const began = performance.now();
      const { changed } = await findChanges([join(folder, 'photos')], index, { signal: lock.signal });
      const run = { protocol: PROTOCOL, db: address, holder: lock.holder, model: {}, encoder: info };
      const opened = await openQueue(url);
      await handOut(opened, cutShards(run, changed, SHARD), { signal: lock.signal });
      await opened[Symbol.asyncDispose]();
      const spent = (performance.now() - began) / 1000;
      const table = await (await database.connection()).openTable('images');
      const rows = await table.countRows();
      if (rows !== Number(pictures)) throw new Error(`${rows} rows for ${pictures} pictures`);
      return { seconds: spent, versions: (await table.listVersions()).length };
    },
    { isNew: true },
  );
  const { user, system } = process.cpuUsage(cpu);
  one ??= seconds * count;
  const rate = Number(pictures) / seconds;
  console.log(
    `${count} workers: ${seconds.toFixed(1)} s, ${rate.toFixed(1)} pictures/s, ${(one / (seconds * count)).toFixed(2)} of linear; ` +
      `${versions} versions for ${Math.ceil(Number(pictures) / SHARD)} commits, ${countConflicts() - before} conflicts; ${((user + system) / 1e6).toFixed(1)} s of processor time`,
  );
  stop.abort();
  await Promise.all(workers);
  await database.close();
}
process.exit();
