/**
 * SIGSTOP at random moments of writing, for longer than a lock lasts, while a rival takes over and writes the same paths; then SIGCONT:
 * node benchmarks/suspend-index.mjs [rounds] (50 by default), for each of two writers: `labelwise index`, and a loop of small commits, which
 * is suspended within one more often than between two. No path may be doubled, and the first process has to say why it stopped.
 */

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { openDatabase } from '../dist/store/database.js';
import { openImageIndex, withIndexLock } from '../dist/store/image-index.js';
import { verifyImages } from '../dist/store/verify-images.js';

const [STALE_MS, COMMITS, IMAGES] = [1000, 60, 600];
const root = fileURLToPath(new URL('..', import.meta.url));
const rowOf = (n) => ({
  path: `/photos/${n}.png`,
  content_hash: createHash('sha256').update(`${n}`).digest('hex'),
  ...{ size: 1, mtime: 1, ctime: 1, inode: 1, width: 1, height: 1, format: 'png', taken_at: null, camera: null, latitude: null },
  ...{ longitude: null, added_at: '', checked_at: 1, error_code: null, error_message: null, embedding: Float32Array.of(1, 0) },
});

/** The loop of small commits: a process of its own. */
async function writeInLoop(db) {
  const work = async (lock) => {
    const index = await openImageIndex(openDatabase(db), { lock });
    for (let n = 0; n < COMMITS; n++) await index.write([rowOf(2 * n), rowOf(2 * n + 1)], { name: 'made up', fingerprint: 'abc' });
  };
  await withIndexLock(openDatabase(db), work, { isNew: true, staleMs: STALE_MS }).catch((error) => {
    console.error(`error: ${error.message}`);
    process.exitCode = 5;
  });
}

const run = (args) => {
  const env = { ...process.env, LABELWISE_HOME: join(work, 'home'), LABELWISE_LOCK_STALE_MS: `${STALE_MS}` };
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (part) => (stderr += part));
  const ended = new Promise((resolve) => child.on('close', (code) => resolve({ code, stderr, ms: performance.now() - startedAt })));
  return { child, ended };
};

async function untilFree(args) {
  for (;;) {
    const result = await run(args).ended;
    if (!result.stderr.includes('Another labelwise is writing')) return result;
  }
}

/** From the moment that it holds the lock. */
async function suspendAfter({ child, ended }, db, afterMs) {
  let isOver = false;
  void ended.then(() => (isOver = true));
  while (!existsSync(join(db, 'images.lock')) && !isOver) await new Promise((resolve) => setTimeout(resolve, 1));
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  child.kill('SIGSTOP');
  return !isOver;
}

async function measure(name, argsOf, count) {
  const outcomes = { suspended: 0, doubled: 0, wrong: 0, unexplained: 0 };
  const alone = await run(argsOf(join(work, `${name}-alone`))).ended;
  if (alone.code !== 0) throw new Error(alone.stderr);
  for (let round = 0; outcomes.suspended < rounds; round++) {
    const db = join(work, `${name}-${round}`);
    const first = run(argsOf(db));
    const isSuspended = await suspendAfter(first, db, Math.random() * alone.ms * 0.6);
    const rival = isSuspended ? await untilFree(argsOf(db)) : undefined;
    first.child.kill('SIGCONT');
    const { code, stderr } = await first.ended;
    if (rival && code !== 0) {
      outcomes.suspended++;
      const { rows, faults } = await verifyImages(openDatabase(db));
      const isExplained = code === 5 && /took over the lock .* suspended/.test(stderr);
      if (faults.some(({ kind }) => kind === 'doubled path')) outcomes.doubled++;
      if (rival.code !== 0 || rows !== count || faults.length > 0) outcomes.wrong++;
      if (!isExplained) outcomes.unexplained++;
      if (!isExplained || faults.length > 0 || rival.code !== 0) console.log(round, { code, stderr, rival, rows, faults });
    }
    rmSync(db, { recursive: true, force: true });
  }
  console.log(name, JSON.stringify(outcomes));
  return outcomes.doubled + outcomes.wrong + outcomes.unexplained;
}

if (process.argv[2] === '--writer') {
  await writeInLoop(process.argv[3]);
  process.exit();
}
const rounds = Number(process.argv[2] ?? 50);
const work = mkdtempSync(join(tmpdir(), 'labelwise-suspend-'));
const photos = join(work, 'photos');
mkdirSync(photos);
for (let n = 0; n < IMAGES; n++) {
  const color = { r: n % 256, g: Math.floor(n / 256), b: 7 };
  writeFileSync(
    join(photos, `${n}.png`),
    await sharp({ create: { width: 8, height: 8, channels: 3, background: color } })
      .png()
      .toBuffer(),
  );
}
const model = join(root, 'tests/parity/clip-tiny');
const bad =
  (await measure('commits', (db) => [fileURLToPath(import.meta.url), '--writer', db], 2 * COMMITS)) +
  (await measure('index', (db) => [join(root, 'dist/bin/labelwise.js'), 'index', photos, '--db', db, '--model', model], IMAGES));
rmSync(work, { recursive: true, force: true });
process.exitCode = bad === 0 ? 0 : 1;
