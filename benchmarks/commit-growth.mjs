/**
 * How long the commit of a shard of 512 rows takes as the table grows: each compares its paths with those of the table.
 *
 *   node benchmarks/commit-growth.mjs [rows, ...]
 *
 * It needs versitygw on the path (or LABELWISE_TEST_TOOLS). Embeddings have 8 numbers, because a commit does not read them.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '../dist/store/database.js';
import { openImageIndex } from '../dist/store/image-index.js';
import { toImageTable } from '../dist/store/image-table-schema.js';

const SHARD = 512;
const DIMENSION = 8;
const sizes = (process.argv[2] ?? '50000,200000,800000').split(',').map(Number);
const folder = mkdtempSync(join(tmpdir(), 'labelwise-commits-'));
const log = join(folder, 'access.log');
const port = 10_000 + Math.floor(Math.random() * 20_000);
mkdirSync(join(folder, 'store/library'), { recursive: true });
const tools = process.env.LABELWISE_TEST_TOOLS ?? join(homedir(), '.cache', 'labelwise-test-tools');
const server = spawn('versitygw', ['--quiet', '--access-log', log, '--port', `127.0.0.1:${port}`, 'posix', join(folder, 'store')], {
  env: { ...process.env, PATH: `${tools}:${process.env.PATH}`, ROOT_ACCESS_KEY: 'key', ROOT_SECRET_KEY: 'secret-key' },
  stdio: 'ignore',
});
process.on('exit', () => {
  server.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});
await sleep(1500);
const storageOptions = { endpoint: `http://127.0.0.1:${port}`, accessKeyId: 'key', secretAccessKey: 'secret-key' };
const database = openDatabase('s3://library/db', '`db`', { storageOptions });
const encoder = { name: 'synthetic', fingerprint: 'synthetic', logitScale: 100, logitBias: Number.NaN, scoring: 'softmax' };
const toRow = (i) => ({
  path: `s3://photos/${Math.floor(i / 1000)}/IMG_${i}.jpg`,
  content_hash: i.toString(16).padStart(64, '0'),
  ...{ size: 1, mtime: 0, ctime: 0, inode: i, width: 1, height: 1, format: 'jpeg', files: null, taken_at: null, taken_at_source: null },
  ...{ camera: null, latitude: null, longitude: null, keywords: null, rating: null, title: null, caption: null, sidecar: null },
  ...{ added_at: '2026-01-01T00:00:00.000Z', checked_at: 0, error_code: null, error_message: null },
  embedding: Float32Array.from({ length: DIMENSION }, (_, k) => (k === i % DIMENSION ? 1 : 0)),
});
const rowsOf = (from, count) => Array.from({ length: count }, (_, i) => toRow(from + i));
const requests = () => readFileSync(log, 'utf8').split('\n').length;
let rows = SHARD;
const first = await openImageIndex(database);
await first.write(rowsOf(0, SHARD), encoder);
const { facts } = first;
first.close();
for (const size of sizes) {
  const table = await (await database.connection()).openTable('images');
  for (; rows < size; rows += 20_000) await table.add(toImageTable(rowsOf(rows, Math.min(20_000, size - rows)), facts));
  rows = size;
  await table.optimize();
  table.close();
  const times = [];
  const before = requests();
  for (let i = 0; i < 12; i++, rows += SHARD) {
    const index = await openImageIndex(database);
    const made = rowsOf(rows, SHARD);
    const startedAt = performance.now();
    await index.write(made, encoder);
    times.push(performance.now() - startedAt);
    index.close();
  }
  times.sort((a, b) => a - b);
  console.log(
    `${size} rows: ${times[6].toFixed(0)} ms a commit (${times[0].toFixed(0)} to ${times[11].toFixed(0)}), ${((requests() - before) / 12).toFixed(0)} requests`,
  );
}
process.exit();
