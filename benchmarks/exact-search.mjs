/**
 * Exact search by this build and an earlier one, in turn: `node benchmarks/exact-search.mjs OTHER_ROOT [ROWS] [ROUNDS]`. Each search runs in a
 * process of its own on a copy of one made-up index of 512 dimensions. Prints the processor time from process start to the first result
 * (Node and LanceDB included, no model) and that of each further query, and checks that both builds find the same images.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { jsonOf, median, ROOT } from './processes.mjs';

process.env.LANCEDB_LOG ??= 'error';
const DIMENSION = 512;
const [first, rows = '100000', rounds = '7', root, folder] = process.argv.slice(2);
const from = (base, path) => import(pathToFileURL(join(base, 'dist', path)).href);
if (root === undefined) await compare();
else console.log(JSON.stringify(await search()));

async function compare() {
  const home = mkdtempSync(join(tmpdir(), 'labelwise-exact-'));
  try {
    await writeIndex(join(home, 'own'));
    cpSync(join(home, 'own'), join(home, 'other'), { recursive: true });
    const run = (base, name) => jsonOf(fileURLToPath(import.meta.url), [first, rows, rounds, base, join(home, name)]);
    const found = [run(ROOT, 'own'), run(first, 'other')]; // the first search of this build rounds the rows
    console.log(`rounding ${rows} rows took ${(found[0].first / 1000).toFixed(1)} s of processor time`);
    const [own, other] = [[], []];
    for (let round = 0; round < Number(rounds); round++) {
      const pair = [() => own.push(run(ROOT, 'own')), () => other.push(run(first, 'other'))];
      for (const step of round % 2 === 0 ? pair : pair.reverse()) step();
    }
    if (JSON.stringify(own[0].paths) !== JSON.stringify(other[0].paths)) throw new Error('The two builds found different images.');
    const row = (key) => ({
      'other, ms': median(other.map((one) => one[key])).toFixed(1),
      'own, ms': median(own.map((one) => one[key])).toFixed(1),
      ratio: median(own.map((one, i) => one[key] / other[i][key])).toFixed(3),
    });
    console.log(`processor time, ${cpus().length} cores of ${cpus()[0]?.model}, Node ${process.version}`);
    console.table({ 'start to first result': row('start'), 'each further query': row('further'), 'further, wall': row('wall') });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** Numbers that look random and are the same in each run. */
function createRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    const t = Math.imul(state ^ (state >>> 15), 1 | state);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32 - 0.5;
  };
}

/** Embeddings as CLIP has them: a direction that all share, one number of it far larger than the others, clusters, and noise. */
function createEmbeddings() {
  const random = createRandom(11);
  const centres = Array.from({ length: 300 }, () => Float32Array.from({ length: DIMENSION }, random));
  const shared = Float32Array.from({ length: DIMENSION }, random);
  shared[133] = 15;
  return (i) => unit(shared.map((value, k) => 2 * value + 0.7 * centres[i % 300][k] + random()));
}

function unit(values) {
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}

async function writeIndex(place) {
  const { openDatabase } = await from(ROOT, 'store/database.js');
  const { openImageIndex, withIndexLock } = await from(ROOT, 'store/image-index.js');
  const embeddingOf = createEmbeddings();
  const database = openDatabase(place);
  const write = async (lock) => {
    const index = await openImageIndex(database, { lock });
    for (let at = 0; at < Number(rows); at += 10_000) {
      const batch = Array.from({ length: Math.min(10_000, Number(rows) - at) }, (_, i) => ({
        ...{ path: `/photos/${at + i}.jpg`, content_hash: (at + i).toString(16).padStart(64, '0'), size: 1, mtime: 1, inode: at + i },
        ...{ ctime: 1, width: 1, height: 1, format: 'jpeg', taken_at: null, camera: null, latitude: null, longitude: null },
        ...{ added_at: '2026-01-01T00:00:00.000Z', checked_at: 1, error_code: null, error_message: null, embedding: embeddingOf(at + i) },
      }));
      await index.write(batch, { name: 'made up', fingerprint: 'abc' });
    }
    index.close();
  };
  await withIndexLock(database, write, { isNew: true });
  await database.close();
}

function spent() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function search() {
  const { openImageSearcher } = await from(root, 'store/search-images.js');
  const { openDatabase } = await from(root, 'store/database.js').catch(() => ({ openDatabase: (path) => path })); // builds before Database
  const before = spent();
  const random = createRandom(5);
  const base = createEmbeddings()(7);
  const queries = Array.from({ length: 11 }, () => unit(base.map((value) => value + random() * 0.05)));
  const made = spent() - before; // the queries: not a part of the search
  const searcher = await openImageSearcher(openDatabase(folder));
  const times = [];
  const walls = [];
  let found;
  for (const query of queries) {
    const [began, at] = [spent(), performance.now()];
    found = await searcher.search({ query, limit: 10, isExact: true });
    times.push(spent() - began);
    walls.push(performance.now() - at);
    if (times.length === 1) times.start = spent();
  }
  return {
    start: times.start - made,
    first: times[0],
    further: median(times.slice(1)),
    wall: median(walls.slice(1)),
    paths: found.map(({ path }) => path),
  };
}
