/**
 * Search of an index with a vector index in an object store, beside the same tables in a folder: p50 and p95, with a new connection for each search
 * (cold) and with one that stays (warm, as a replica has it). Both are asked by turns, in one run.
 *
 *   node benchmarks/search-object-store.mjs [rows] [round trips in ms, ...]
 *
 * It needs versitygw on the path (or LABELWISE_TEST_TOOLS). A proxy holds each piece back for half the round trip, as a network would.
 */
import { fork, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { openDatabase } from '../dist/store/database.js';
import { openImageIndex } from '../dist/store/image-index.js';
import { optimizeImages } from '../dist/store/optimize-images.js';
import { openImageSearcher } from '../dist/store/search-images.js';
import { createRandom } from './random.mjs';

const DIMENSION = 512;
/** NO_INDEX=1: without a vector index, by the rounded embeddings that a replica keeps on its own disk. */
const KINDS = process.env.NO_INDEX ? ['warm, exact'] : ['cold', 'warm', 'warm, exact'];
const BATCH = 5000;
const [{ SEARCHES = '60' }, [rowsText = '100000', trips = '0,10']] = [process.env, process.argv.slice(2)];
const rows = Number(rowsText);

const random = createRandom(7);
const gaussian = () => (random() + random() + random() + random() - 2) * 1.732;
const toUnit = (values) => {
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
};
/** Vectors about centres, as those of photos are. */
const shared = Float32Array.from({ length: DIMENSION }, gaussian);
const centres = Array.from({ length: 2000 }, () => toUnit(shared.map((value) => 0.9 * value + 0.85 * gaussian())));
const noise = 0.58 / Math.sqrt(DIMENSION);
const nextVector = () => {
  const centre = centres[Math.floor(random() * centres.length)];
  return toUnit(centre.map((value) => value + noise * gaussian()));
};

const delayProxy = async (port, tripMs) => {
  const server = createServer((client) => {
    const store = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [client, store],
      [store, client],
    ]) {
      from.setNoDelay(true);
      from.on('data', (piece) => setTimeout(() => to.destroyed || to.write(piece), tripMs / 2));
      from.on('end', () => setTimeout(() => to.end(), tripMs / 2));
      from.on('error', () => to.destroy());
    }
  }).listen(0, '127.0.0.1', () => process.send(server.address().port));
};
async function freePort() {
  return await new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function measure() {
  const folder = mkdtempSync(join(tmpdir(), 'labelwise-search-'));
  const local = join(folder, 'db');
  await fill(local);
  const port = await freePort();
  const log = join(folder, 'access.log');
  mkdirSync(join(folder, 'store'));
  const tools = process.env.LABELWISE_TEST_TOOLS ?? join(homedir(), '.cache', 'labelwise-test-tools');
  const children = [
    spawn('versitygw', ['--quiet', '--access-log', log, '--port', `127.0.0.1:${port}`, 'posix', join(folder, 'store')], {
      env: { ...process.env, PATH: `${tools}:${process.env.PATH}`, ROOT_ACCESS_KEY: 'key', ROOT_SECRET_KEY: 'secret-key' },
      stdio: 'ignore',
    }),
  ];
  process.on('exit', () => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  await sleep(1500);
  mkdirSync(join(folder, 'store/library'));
  await upload(local, port);
  const requests = () => readFileSync(log, 'utf8').split('\n').length;
  const queries = Array.from({ length: Number(SEARCHES) }, nextVector);
  for (const tripMs of trips.split(',').map(Number)) {
    const at = tripMs === 0 ? port : await startProxy(port, tripMs, children);
    const options = {
      localFolder: join(folder, 'home'),
      storageOptions: { endpoint: `http://127.0.0.1:${at}`, accessKeyId: 'key', secretAccessKey: 'secret-key' },
    };
    const places = {
      'a folder': () => openDatabase(local, '`db`'),
      [`the store, ${tripMs} ms away`]: () => openDatabase('s3://library/db', '`db`', options),
    };
    const times = {};
    const counts = {};
    const kept = Object.fromEntries(Object.entries(places).map(([name, open]) => [name, open()]));
    for (const [i, query] of queries.entries())
      for (const [name, open] of i % 2 === 0 ? Object.entries(places) : Object.entries(places).reverse())
        for (const kind of KINDS) {
          const database = kind === 'cold' ? open() : kept[name];
          const before = requests();
          const startedAt = performance.now();
          const searcher = await openImageSearcher(database);
          const found = await searcher.search({ query, limit: 10, isExact: kind === 'warm, exact' });
          searcher.close();
          if (found.length !== 10) throw new Error(`${found.length} found`);
          const key = `${name}, ${kind}`;
          if (i > 2 || kind === 'cold') times[key] = [...(times[key] ?? []), performance.now() - startedAt]; // the first warm one is cold
          counts[key] = (counts[key] ?? 0) + requests() - before;
          if (kind === 'cold') await database.close();
        }
    for (const [key, values] of Object.entries(times).sort()) {
      const sorted = values.toSorted((a, b) => a - b);
      const at = (q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))].toFixed(0);
      console.log(`${key}: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, ${(counts[key] / queries.length).toFixed(1)} requests a search`);
    }
    for (const database of Object.values(kept)) await database.close();
  }
  process.exit();
}

async function startProxy(port, tripMs, children) {
  const child = fork(process.argv[1], { env: { ...process.env, STORE_PORT: `${port}`, TRIP_MS: `${tripMs}` } });
  children.push(child);
  return await new Promise((resolve) => child.once('message', resolve));
}

async function fill(local) {
  const database = openDatabase(local, '`db`');
  const index = await openImageIndex(database);
  const encoder = { name: 'synthetic', fingerprint: 'synthetic', logitScale: 100, logitBias: Number.NaN, scoring: 'softmax' };
  for (let from = 0; from < rows; from += BATCH)
    await index.write(
      Array.from({ length: Math.min(BATCH, rows - from) }, (_, i) => toRow(from + i)),
      encoder,
    );
  index.close();
  const startedAt = performance.now();
  const { vectorIndex, recall } = await optimizeImages(database, {
    minRows: process.env.NO_INDEX ? Number.MAX_SAFE_INTEGER : undefined,
    onStep: (step) => console.log(step),
  });
  console.log(
    `${rows} rows; vector index ${vectorIndex}, recall ${recall?.recallAt10}, ${((performance.now() - startedAt) / 1000).toFixed(0)} s`,
  );
}

const toRow = (i) => ({
  path: `s3://photos/${Math.floor(i / 1000)}/${i}.jpg`,
  content_hash: i.toString(16).padStart(64, '0'),
  ...{ size: 1, mtime: 0, ctime: 0, inode: i, width: 1, height: 1, format: 'jpeg', files: null, taken_at: null, taken_at_source: null },
  ...{ camera: null, latitude: null, longitude: null, keywords: null, rating: null, title: null, caption: null, sidecar: null },
  ...{ added_at: '2026-01-01T00:00:00.000Z', checked_at: 0, error_code: null, error_message: null },
  embedding: nextVector(),
});

async function upload(local, port) {
  const credentials = { accessKeyId: 'key', secretAccessKey: 'secret-key' };
  const client = new S3Client({ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', forcePathStyle: true, credentials });
  for (const entry of readdirSync(local, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.parentPath.includes('.search')) continue;
    const path = join(entry.parentPath, entry.name);
    await client.send(new PutObjectCommand({ Bucket: 'library', Key: `db${path.slice(local.length)}`, Body: readFileSync(path) }));
  }
}

if (process.send && process.env.STORE_PORT) await delayProxy(Number(process.env.STORE_PORT), Number(process.env.TRIP_MS));
else await measure();
