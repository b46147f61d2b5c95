/**
 * Searches through cells, beside FAISS and usearch on the same vectors in one run:
 *
 *   LABELWISE_DATA=folder node benchmarks/indexed-search.mjs [ROWS] [QUERIES] [FOLDER] [PYTHON]
 *
 * The vectors are made up like the embeddings of the real pictures in LABELWISE_DATA (caltech101, caltech101-train, coco-captions, imagenet-sample,
 * tiny-imagenet): peers/make_embeddings.py says how, and the run prints how far they match. Queries are held-out pictures and texts. What is timed is the whole
 * of `search()` in a running process: the searcher is opened, ten images with all their facts are found, and it is closed again. Prints recall@10 against the exact search,
 * and the wall and processor time of a query. Python has numpy, faiss and usearch. Give a folder to go on where a run was stopped; the
 * table's own vector index is a small one, because these searches do not use it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadVocabulary } from '../dist/home/data-files.js';
import { loadEncoder } from '../dist/index.js';
import { openDatabase } from '../dist/store/database.js';
import { openImageCollection } from '../dist/store/image-collection.js';
import { openImageIndex } from '../dist/store/image-index.js';
import { newImageFacts, toImageTable } from '../dist/store/image-table-schema.js';
import { refreshRounded } from '../dist/store/rounded/open-rounded.js';
import { openImageSearcher } from '../dist/store/search-images.js';
import { median, ROOT } from './processes.mjs';

process.env.LANCEDB_LOG ??= 'error';
const [rows = '1000000', queryCount = '200', given, python = 'python3'] = process.argv.slice(2);
const DIMENSION = 512;
const BATCH = 20_000;
const SETS = ['caltech101', 'caltech101-train', 'coco-captions', 'imagenet-sample', 'tiny-imagenet'];
const home = given ?? mkdtempSync(join(tmpdir(), 'labelwise-indexed-'));
const file = (name) => join(home, name);
const spent = () => Object.values(process.cpuUsage()).reduce((sum, value) => sum + value, 0) / 1000;

const readVectors = (name) => {
  const values = new Float32Array(readFileSync(file(name)).buffer);
  return Array.from({ length: values.length / DIMENSION }, (_, i) => values.subarray(i * DIMENSION, (i + 1) * DIMENSION));
};

/** Embeds the pictures and words, and makes up rows like them. */
async function makeVectors() {
  if (!existsSync(file('pictures.f32'))) {
    const sources = SETS.map((name) => join(process.env.LABELWISE_DATA ?? '', name));
    const command = [join(ROOT, 'dist/bin/labelwise.js'), 'index', ...sources, '--db', file('pictures'), '--quiet'];
    const { status, stderr } = spawnSync(process.execPath, command, {
      encoding: 'utf8',
      env: { ...process.env, LABELWISE_HOME: file('home') },
    });
    if (status !== 0) throw new Error(stderr);
    const database = openDatabase(file('pictures'));
    const collection = await openImageCollection(database);
    const found = [];
    for await (const { images, embeddings } of collection.blocks())
      for (const [i, { path }] of images.entries())
        found.push({ path, embedding: embeddings.values.slice(i * DIMENSION, (i + 1) * DIMENSION) });
    collection.close();
    await database.close();
    found.sort((a, b) => (a.path < b.path ? -1 : 1));
    const encoder = await loadEncoder();
    const { images: captioned } = JSON.parse(readFileSync(join(process.env.LABELWISE_DATA ?? '', 'coco-captions/captions.json'), 'utf8'));
    const captions = captioned.flatMap((image) => Object.values(image).flat(2)).filter((text) => String(text).split(' ').length > 4);
    const texts = [...(await loadVocabulary()).map((word) => `a photo of a ${word}.`), ...captions.slice(0, 400)];
    writeVectors('texts.f32', await encoder.encodeTexts(texts));
    await encoder.close();
    writeVectors(
      'pictures.f32',
      found.map(({ embedding }) => embedding),
    );
  }
  const made = spawnSync(python, [join(ROOT, 'benchmarks/peers/make_embeddings.py'), home, rows], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(made.stderr);
}

const writeVectors = (name, vectors) => writeFileSync(file(name), Buffer.concat(vectors.map(({ buffer }) => Buffer.from(buffer))));

async function writeTable() {
  rmSync(file('db.half'), { recursive: true, force: true });
  const database = openDatabase(file('db.half'));
  const index = await openImageIndex(database);
  const encoder = { name: 'made up', fingerprint: 'abc' };
  await index.begin(encoder, async () => DIMENSION);
  index.close();
  const table = await (await database.connection()).openTable('images');
  const vectors = openSync(file('vectors.f32'), 'r');
  for (let from = 0; from < Number(rows); from += BATCH) {
    const values = new Float32Array(Math.min(BATCH, Number(rows) - from) * DIMENSION);
    readSync(vectors, new Uint8Array(values.buffer), 0, values.byteLength, from * DIMENSION * 4);
    const batch = Array.from({ length: values.length / DIMENSION }, (_, i) => ({
      ...{ path: `/photos/${from + i}.jpg`, content_hash: (from + i).toString(16).padStart(64, '0'), size: 1, mtime: 1, inode: from + i },
      ...{ ctime: 1, width: 1, height: 1, format: 'jpeg', taken_at: null, camera: null, latitude: null, longitude: null },
      ...{ added_at: '2026-01-01T00:00:00.000Z', checked_at: 1, error_code: null, error_message: null },
      embedding: values.subarray(i * DIMENSION, (i + 1) * DIMENSION),
    }));
    await table.add(toImageTable(batch, newImageFacts(encoder, DIMENSION, false)));
  }
  table.close();
  await database.close();
  renameSync(file('db.half'), file('db'));
}

async function timeSearches(queries, isExact) {
  const database = openDatabase(file('db'));
  const [walls, cpu, found] = [[], [], []];
  let approximate = 0;
  for (const query of [...queries, ...queries]) {
    const [at, began] = [performance.now(), spent()];
    const searcher = await openImageSearcher(database, { onApproximate: () => approximate++ });
    const images = await searcher.search({ query, limit: 10, isExact });
    searcher.close();
    walls.push(performance.now() - at);
    cpu.push(spent() - began);
    found.push(images.map(({ content_hash: hash }) => Number.parseInt(hash, 16)));
  }
  await database.close();
  if (approximate !== (isExact ? 0 : found.length)) throw new Error(`${approximate} searches were approximate.`);
  // the first round compiles code and brings files into the system's memory, where the peers have their whole index
  const half = queries.length;
  return { walls: walls.slice(half), cpu: cpu.slice(half), found: found.slice(half) };
}

/** The exact neighbours, found once for a folder. */
async function findTruth(queries) {
  if (existsSync(file('truth.json'))) return JSON.parse(readFileSync(file('truth.json'), 'utf8'));
  const exact = await timeSearches(queries, true);
  writeFileSync(file('truth.json'), JSON.stringify(exact));
  return exact;
}

try {
  mkdirSync(home, { recursive: true });
  if (!existsSync(file('vectors.f32'))) await makeVectors();
  if (!existsSync(file('db'))) await writeTable();
  const all = readVectors('queries.f32');
  const half = Number(queryCount) / 2;
  const queries = [...all.slice(0, half), ...all.slice(all.length / 2, all.length / 2 + half)];
  writeVectors(
    'asked.f32',
    queries.map((query) => query.slice()),
  );
  const began = [performance.now(), spent()];
  const cells = await refreshRounded(openDatabase(file('db')), { hasCells: true, texts: readVectors('measured-with.f32') });
  const took = [(performance.now() - began[0]) / 1000, (spent() - began[1]) / 1000].map((seconds) => seconds.toFixed(0));
  console.log(`${rows} rows, ${queries.length} queries, ${cpus().length} cores of ${cpus()[0]?.model}, Node ${process.version}`);
  console.log(`files and cells: ${took[0]} s, ${took[1]} s of processor time;`, cells);
  if (existsSync(file('match.json'))) console.log('figures of the rows', JSON.parse(readFileSync(file('match.json'), 'utf8')));
  const exact = await findTruth(queries);
  const indexed = await timeSearches(queries, false);
  const recallOf = (from, to) =>
    indexed.found.slice(from, to).reduce((sum, near, i) => sum + near.filter((row) => exact.found[from + i].includes(row)).length, 0) /
    (10 * (to - from));
  const lines = [
    { program: 'labelwise, exact', ...timesOf(exact), 'recall@10': 1 },
    {
      program: 'labelwise, cells',
      ...timesOf(indexed),
      'recall@10': recallOf(0, queries.length),
      'of pictures': recallOf(0, half),
      'of texts': recallOf(half, queries.length),
    },
  ];
  console.log(`resident memory after all searches: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB at most`);
  const peers = spawnSync(python, [join(ROOT, 'benchmarks/peers/indexed_search.py'), home], { encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (peers.status === 0) lines.push(...JSON.parse(peers.stdout.trim().split('\n').at(-1)));
  else console.log(peers.stderr);
  console.table(lines);
} finally {
  if (given === undefined) rmSync(home, { recursive: true, force: true });
}

function timesOf({ walls, cpu }) {
  const p95 = walls.toSorted((a, b) => a - b)[Math.ceil(walls.length * 0.95) - 1];
  return { 'p50, ms': median(walls).toFixed(2), 'p95, ms': p95.toFixed(2), 'processor time, ms': median(cpu).toFixed(2) };
}
