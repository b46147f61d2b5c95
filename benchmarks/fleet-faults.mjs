/**
 * Faults in a fleet at work: 4 workers, a planner, versitygw and Redis, each a host of its own, index 100,000 small pictures, while
 * workers are killed 30 times, cables are pulled, and the servers and a planner are killed and started again. The rows have to be those that one machine makes of the
 * same pictures, read as files, bit for bit. It also says how much time each kind of fault costs.
 *
 *   nice -n 10 node benchmarks/fleet-faults.mjs FOLDER [pictures] [model]
 *
 * It needs Linux, root, redis-server and versitygw (on the path or in LABELWISE_TEST_TOOLS). The folder keeps everything: run it again after an interruption, and
 * it goes on with the piece that was not done. 100,000 pictures take about an hour of two cores.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import sharp from 'sharp';
import { openDatabase } from '../dist/store/database.js';
import { openImageIndex } from '../dist/store/image-index.js';
import { verifyImages } from '../dist/store/verify-images.js';
import { makeNetwork } from './fleet/network.mjs';
import { startRedis, startVersitygw } from './fleet/servers.mjs';

const [folder, picturesText = '100000', model = 'pocket'] = process.argv.slice(2);
if (folder === undefined) throw new Error('Expected a folder for what it keeps.');
const pictures = Number(picturesText);
const PIECES = 10;
const size = pictures / PIECES;
const SHARD = 100;
const CUT_MS = 20_000;
const WORKERS = ['worker1', 'worker2', 'worker3', 'worker4'];
const MAIN = fileURLToPath(new URL('../dist/bin/labelwise.js', import.meta.url));

/** What happens in each piece: a fault, and after which part of its pictures. */
const spread = (fault, times) => Array.from({ length: times }, (_, i) => [fault, (i + 0.7) / (times + 0.5)]);
const PLAN = [
  [],
  spread('kill a worker', 10),
  [...[0.15, 0.6].map((part) => ['cut a worker', part])],
  spread('kill a worker', 10),
  [...[0.15, 0.6].map((part) => ['cut the planner', part])],
  [...[0.15, 0.6].map((part) => ['cut the queue', part])],
  [...[0.15, 0.6].map((part) => ['cut the store', part])],
  [0.15, 0.6].map((part) => ['restart the queue, with its append-only file', part]),
  [...[0.15, 0.6].map((part) => ['restart the queue, without its append-only file', part])],
  [
    ...spread('kill a worker', 10).map(([fault, part]) => [fault, part * 0.45]),
    ['restart the store', 0.52],
    ['restart the store', 0.68],
    ['kill the planner', 0.85],
  ],
];
const needsAppendOnly = (piece) => PLAN[piece].every(([fault]) => !fault.includes('without'));

process.setMaxListeners(0);
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1)); // what it started ends with it
mkdirSync(folder, { recursive: true });
const stateFile = join(folder, 'state.json');
const state = existsSync(stateFile) ? JSON.parse(readFileSync(stateFile, 'utf8')) : { put: 0, isOneDone: false, pieces: [] };
const save = () => writeFileSync(stateFile, JSON.stringify(state));
const say = (line) => {
  console.log(`${new Date().toISOString().slice(11, 19)} ${line}`);
  appendFileSync(join(folder, 'log.txt'), `${new Date().toISOString()} ${line}\n`);
};

const network = makeNetwork('198.18.78');
const hosts = Object.fromEntries(['store', 'queue', 'planner', ...WORKERS].map((name) => [name, network.addHost(name)]));
const store = await startVersitygw({ folder: join(folder, 'store'), host: hosts.store, port: 7070, buckets: ['photos', 'library'] });
const queue = await startRedis({ folder: join(folder, 'redis'), host: hosts.queue, port: 6379, options: { isDurable: true } });
const { storageOptions } = store;
const env = {
  ...process.env,
  AWS_ACCESS_KEY_ID: storageOptions.accessKeyId,
  AWS_SECRET_ACCESS_KEY: storageOptions.secretAccessKey,
  AWS_ENDPOINT_URL: storageOptions.endpoint,
  AWS_REGION: 'us-east-1',
  LABELWISE_STORAGE_OPTIONS: JSON.stringify({ allowHttp: true }),
  LABELWISE_HOME: join(folder, 'home'),
  LABELWISE_THREADS: '1',
  NO_COLOR: '1',
};
/** A command of labelwise on a host; what it says is in the folder. */
function start(args, { host, log }) {
  const child = (host?.spawn ?? spawn)(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => child.on('close', resolve));
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => appendFileSync(join(folder, log), `${new Date().toISOString()} ${text}`));
  process.once('exit', () => child.kill('SIGKILL'));
  return { child, ended };
}

/** Two kinds of file, every 97th damaged, every 89th a copy, and now and then a raw file beside it. */
async function putPictures() {
  const client = new S3Client({
    endpoint: storageOptions.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: storageOptions,
  });
  const put = (Key, Body) => client.send(new PutObjectCommand({ Bucket: 'photos', Key, Body }));
  const toBytes = async (i) => {
    if (i % 97 === 0) return Buffer.from(`no picture: ${i}`);
    const content = i % 89 === 0 ? 1 : i;
    const noise = createHash('shake256', { outputLength: 32 * 32 * 3 })
      .update(`${content}`)
      .digest();
    const raw = sharp(noise, { raw: { width: 32, height: 32, channels: 3 } });
    return content % 2 === 1 ? raw.png().toBuffer() : raw.jpeg().toBuffer();
  };
  const putOne = async (i) => {
    const name = `all/${Math.floor(i / size)}/${i}`;
    await put(`${name}.${i % 2 === 1 ? 'png' : 'jpg'}`, await toBytes(i));
    if (i % 101 === 3) await put(`${name}.cr2`, Buffer.from('the raw file of the same picture'));
  };
  while (state.put < pictures) {
    await Promise.all(Array.from({ length: Math.min(16, pictures - state.put) }, (_, j) => putOne(state.put + j)));
    state.put = Math.min(pictures, state.put + 16);
    if (state.put % 1600 === 0) save();
  }
  save();
}

/** Rows of the fleet's index, read from the store's folder, so that no cable is in the way. */
const table = openDatabase(join(folder, 'store/library/fleet'));
async function countRows() {
  try {
    const opened = await (await table.connection()).openTable('images');
    const rows = await opened.countRows();
    opened.close();
    return rows;
  } catch {
    return 0; // it has not begun, or a file of it was just replaced
  }
}

const workers = new Map();
const startWorker = (name) => workers.set(name, start(['worker', '--queue', queue.url], { host: hosts[name], log: `${name}.log` }));
const restart = async (server) => {
  await server.kill();
  await server.start();
};
const cut = async (name) => {
  hosts[name].cut();
  await sleep(CUT_MS); // the length of the fault
  hosts[name].mend();
};
let turn = 0;
let planner;
const startPlanner = (piece) => {
  const args = ['index', `s3://photos/all/${piece}`, '--db', 's3://library/fleet', '--queue', queue.url];
  args.push('--shard-images', `${SHARD}`, '--model', model);
  planner = start(args, { host: hosts.planner, log: 'planner.log' });
};
const FAULTS = {
  'kill a worker': async () => {
    const name = WORKERS[turn++ % WORKERS.length];
    workers.get(name).child.kill('SIGKILL');
    await workers.get(name).ended;
    startWorker(name);
  },
  'kill the planner': async (piece) => {
    planner.child.kill('SIGKILL');
    await planner.ended;
    startPlanner(piece);
  },
  'cut a worker': () => cut(WORKERS[turn++ % WORKERS.length]),
  'cut the planner': () => cut('planner'),
  'cut the queue': () => cut('queue'),
  'cut the store': () => cut('store'),
  'restart the queue, with its append-only file': () => restart(queue),
  'restart the queue, without its append-only file': () => restart(queue),
  'restart the store': () => restart(store),
};

/** One piece of the pictures, with its faults. Returns how many rows there were when, and when each fault began. */
async function runPiece(piece) {
  const startedAt = performance.now();
  const seconds = () => Math.round((performance.now() - startedAt) / 100) / 10;
  const before = await countRows();
  const rows = [];
  const faults = [];
  const due = PLAN[piece].map(([fault, part]) => ({ fault, at: part * size }));
  let isOver = false;
  startPlanner(piece);
  const watching = (async () => {
    for (let last = 0; !isOver; await sleep(1000)) {
      const now = Math.max(last, (await countRows()) - before);
      if (now !== last) rows.push([seconds(), now]);
      last = now;
    }
  })();
  for (const { fault, at } of due) {
    while ((rows.at(-1)?.[1] ?? 0) < at && planner.child.exitCode === null) await sleep(100);
    if (planner.child.exitCode !== null) break;
    faults.push([seconds(), fault]);
    say(`piece ${piece}, ${rows.at(-1)?.[1] ?? 0} rows: ${fault}`);
    await FAULTS[fault](piece);
  }
  const code = await planner.ended;
  isOver = true;
  await watching;
  rows.push([seconds(), (await countRows()) - before]);
  if (code !== 3 && code !== 0) throw new Error(`the planner of piece ${piece} ended with ${code}: see planner.log`); // 3: the damaged pictures
  say(`piece ${piece}: ${rows.at(-1)[1]} rows in ${seconds()} s`);
  return { piece, rows, faults };
}

/** How long a fault may be felt, in seconds. */
const FELT = 90;

/** What each fault cost: the longest time without a new row after it, and the time that its rows took beyond what they take in the same piece without a fault. */
function costsOf({ rows, faults }) {
  const rowsAt = (time) => rows.findLast(([at]) => at <= time)?.[1] ?? 0;
  const end = rows.at(-1)[0];
  const first = rows[0]?.[0] ?? 0;
  const windows = faults.map(([at, fault], i) => ({ fault, at, until: Math.min(at + FELT, faults[i + 1]?.[0] ?? end, end) }));
  const calm = windows.reduce((sum, { at, until }) => sum - (until - at), end - first);
  const calmRows = windows.reduce((sum, { at, until }) => sum - (rowsAt(until) - rowsAt(at)), rows.at(-1)[1]);
  const rate = calmRows / calm;
  return windows.map(({ fault, at, until }) => {
    const times = [at, ...rows.map(([time]) => time).filter((time) => time > at && time < until), until];
    const pause = Math.max(...times.slice(1).map((time, i) => time - times[i]));
    return { fault, pause, lost: calm > 20 ? until - at - (rowsAt(until) - rowsAt(at)) / rate : Number.NaN };
  });
}

function sayCosts() {
  const by = new Map();
  for (const cost of state.pieces.flatMap(costsOf)) by.set(cost.fault, [...(by.get(cost.fault) ?? []), cost]);
  const middle = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)].toFixed(1);
  for (const [fault, costs] of by) {
    const lost = costs.map((cost) => cost.lost).filter((value) => !Number.isNaN(value));
    say(
      `${fault}, ${costs.length} times: no new row for ${middle(costs.map(({ pause }) => pause))} s, ${lost.length === 0 ? 'not measurable' : `${middle(lost)} s lost`} (medians)`,
    );
  }
}

/** One machine reads the same pictures from the store's own folder. */
const OWN = join(folder, 'store/photos/');

/** Every column but what tells whether a file was changed and when its row was made, and the bits of the embeddings. */
async function contentOf(database) {
  const index = await openImageIndex(database);
  const content = new Map();
  for (const { added_at: _added, checked_at: _checked, ctime: _ctime, inode: _inode, mtime, ...row } of await index.files()) {
    const path = row.path.startsWith(OWN) ? `s3://photos/${row.path.slice(OWN.length)}` : row.path;
    if (content.has(path)) throw new Error(`two rows of ${path}`);
    content.set(path, { ...row, path, mtime: Math.floor(mtime / 1000) });
  }
  const images = await index.imagesOf([...content.values()].flatMap(({ content_hash: hash }) => (hash === null ? [] : [hash])));
  for (const row of content.values()) {
    const { embedding } = images.get(row.content_hash) ?? {};
    row.embedding =
      embedding === undefined ? null : Buffer.from(embedding.buffer, embedding.byteOffset, embedding.byteLength).toString('base64');
  }
  index.close();
  return content;
}

async function compare() {
  const [one, many] = [openDatabase(join(folder, 'one')), openDatabase('s3://library/fleet', '`db`', { storageOptions })];
  const { rows, faults } = await verifyImages(many);
  const [expected, actual] = [await contentOf(one), await contentOf(many)];
  let differ = 0;
  for (const [path, row] of expected) {
    if (JSON.stringify(row) === JSON.stringify(actual.get(path))) continue;
    if (++differ <= 5) say(`differs: ${JSON.stringify(row).slice(0, 400)}\n  and ${JSON.stringify(actual.get(path))?.slice(0, 400)}`);
  }
  const embeddings = [...actual.values()].filter(({ embedding }) => embedding !== null).length;
  say(
    `${rows} rows (${expected.size} of one machine), ${embeddings} with embeddings; ${differ} differ, ${faults.length} faults found by verify`,
  );
  if (differ > 0 || faults.length > 0 || rows !== pictures || expected.size !== pictures || actual.size !== pictures) process.exitCode = 1;
}

say(`${pictures} pictures, ${state.put} of them in the bucket, ${state.pieces.length} of ${PIECES} pieces done`);
await putPictures();
for (const name of WORKERS) startWorker(name);
for (let piece = state.pieces.length; piece < PIECES; piece++) {
  if (queue.options.isDurable !== needsAppendOnly(piece)) {
    queue.options.isDurable = needsAppendOnly(piece);
    await restart(queue);
  }
  state.pieces.push(await runPiece(piece));
  save();
}
for (const { child } of workers.values()) child.kill();
if (!state.isOneDone) {
  const { ended } = start(['index', join(OWN, 'all'), '--db', join(folder, 'one'), '--model', model, '--no-cache'], { log: 'one.log' });
  const code = await ended;
  if (code !== 3 && code !== 0) throw new Error(`one machine ended with ${code}: see one.log`);
  state.isOneDone = true;
  save();
}
sayCosts();
await compare();
process.exit();
