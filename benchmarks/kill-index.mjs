/**
 * kill -9 at random moments of indexing, optimising and migrating: node benchmarks/kill-index.mjs [kills] [images] (25 and 400 by default).
 * After each kill `verify` has to be clean, and after the next run the index has to equal that of an unbroken run, row for row.
 */

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32, deflateSync } from 'node:zlib';
import { openDatabase } from '../dist/store/database.js';
import { openImageIndex } from '../dist/store/image-index.js';
import { verifyImages } from '../dist/store/verify-images.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const [kills, images] = [Number(process.argv[2] ?? 25), Number(process.argv[3] ?? 400)];
const models = { first: join(root, 'tests/parity/clip-tiny'), second: join(root, 'tests/parity/siglip-tiny') };
const work = mkdtempSync(join(tmpdir(), 'labelwise-kill-'));
process.env.LABELWISE_HOME = join(work, 'home');

let state = 20;
const random = () => {
  state = (state * 1664525 + 1013904223) % 2 ** 32;
  return state / 2 ** 32;
};

function png(seed, size = 8) {
  const noise = createHash('shake256', { outputLength: size * size * 3 })
    .update(`${seed}`)
    .digest();
  const rows = Array.from({ length: size }, (_, y) => Buffer.concat([Buffer.of(0), noise.subarray(y * size * 3, (y + 1) * size * 3)]));
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 2], 8);
  const chunk = (name, data) => {
    const body = Buffer.concat([Buffer.from(name), data]);
    const ends = [Buffer.alloc(4), Buffer.alloc(4)];
    ends[0].writeUInt32BE(data.length);
    ends[1].writeUInt32BE(crc32(body));
    return Buffer.concat([ends[0], body, ends[1]]);
  };
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Runs the program; with `killAfterMs` it may be killed before it is done. */
const run = (args, killAfterMs) =>
  new Promise((resolve) => {
    const startedAt = performance.now();
    const child = spawn(process.execPath, [join(root, 'dist/bin/labelwise.js'), ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (part) => (stderr += part));
    const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stderr, ms: performance.now() - startedAt });
    });
  });

/** How far the killed run came. */
const committed = (db) =>
  readdir(join(db, 'images.lance', '_versions')).then(
    (versions) => versions.length,
    () => 0,
  );

async function contentOf(db) {
  const index = await openImageIndex(openDatabase(db));
  const files = await index.files();
  const found = await index.imagesOf(files.map((row) => row.content_hash));
  const rows = files.map(({ path, content_hash, size, mtime, inode, width, height, format, error_code }) =>
    JSON.stringify([
      path,
      content_hash,
      size,
      mtime,
      inode,
      width,
      height,
      format,
      error_code,
      [...(found.get(content_hash)?.embedding ?? [])],
    ]),
  );
  index.close();
  return rows.sort().join('\n');
}

const folder = join(work, 'photos');
mkdirSync(folder);
for (let i = 0; i < images; i++) writeFileSync(join(folder, `${i}.png`), png(i));
const commands = {
  ingest: (db) => ['index', folder, '--db', db, '--model', models.first],
  optimize: (db) => ['index', 'optimize', '--min-rows', '256', '--db', db],
  migrate: (db) => ['index', 'migrate', '--db', db, '--model', models.second],
};
const phases = Object.keys(commands);
const expected = {};
const duration = {};
const reference = join(work, 'reference');
for (const phase of phases) {
  const { code, ms, stderr } = await run(commands[phase](reference));
  if (code !== 0) throw new Error(stderr);
  duration[phase] = ms;
  expected[phase] = await contentOf(reference);
}

const outcomes = { killed: 0, damaged: 0, different: 0 };
for (let kill = 0; kill < kills; kill++) {
  const phase = phases[kill % phases.length];
  const db = join(work, `db-${kill}`);
  let signal = null;
  while (signal !== 'SIGKILL') {
    rmSync(db, { recursive: true, force: true });
    for (const before of phases.slice(0, phases.indexOf(phase))) await run(commands[before](db));
    // The first third of a run is the program's start: moments are drawn from the rest. A run that was faster than the kill is drawn again.
    const done = await run(commands[phase](db), duration[phase] * (0.3 + 0.7 * random()));
    signal = done.signal;
    if (signal === null) duration[phase] = done.ms;
  }
  outcomes.killed++;
  const faults = existsSync(join(db, 'images.lance'))
    ? (await verifyImages(openDatabase(db)).catch((error) => ({ faults: error.code === 'INDEX_NOT_FOUND' ? [] : [error] }))).faults
    : [];
  if (faults.length > 0) outcomes.damaged++;
  const versions = await committed(db);
  const { code, stderr } = await run(commands[phase](db));
  const isEqual = code === 0 && (await contentOf(db)) === expected[phase] && (await verifyImages(openDatabase(db))).faults.length === 0;
  if (!isEqual) outcomes.different++;
  console.log(
    `${kill + 1} ${phase}: ${versions} versions committed; verify ${faults.length === 0 ? 'clean' : JSON.stringify(faults)}; then ${isEqual ? 'equal' : `DIFFERENT ${stderr}`}`,
  );
  rmSync(db, { recursive: true, force: true });
}
console.log(JSON.stringify(outcomes));
rmSync(work, { recursive: true, force: true });
process.exitCode = outcomes.damaged + outcomes.different === 0 ? 0 : 1;
