/**
 * Searches of an index with a vector index, beside FAISS and usearch on the same vectors: `node benchmarks/indexed-search.mjs [ROWS] [QUERIES]
 * [FOLDER] [PYTHON]`. The vectors are made up: clusters with noise, of 512 dimensions. Queries are new vectors of the same clusters. What is
 * timed is the whole of `search()`: the searcher is opened, ten images with all their facts are found, and it is closed again. Prints recall@10
 * against the exact search, and the wall and processor time of a query in the median. Give a folder to use it again; the table's own vector
 * index is a small one, because these searches do not use it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Index } from '@lancedb/lancedb';
import { openDatabase } from '../dist/store/database.js';
import { openImageIndex } from '../dist/store/image-index.js';
import { newImageFacts, toImageTable } from '../dist/store/image-table-schema.js';
import { refreshRounded } from '../dist/store/rounded/open-rounded.js';
import { openImageSearcher } from '../dist/store/search-images.js';
import { createEmbeddings } from './made-up-index.mjs';
import { median, ROOT } from './processes.mjs';

process.env.LANCEDB_LOG ??= 'error';
const [rows = '1000000', queryCount = '200', given, python = 'python3'] = process.argv.slice(2);
const DIMENSION = 512;
const BATCH = 20_000;
const home = given ?? mkdtempSync(join(tmpdir(), 'labelwise-indexed-'));
const file = (name) => join(home, name);
const spent = () => Object.values(process.cpuUsage()).reduce((sum, value) => sum + value, 0) / 1000;

async function writeAll(embeddingOf) {
  mkdirSync(home, { recursive: true });
  const database = openDatabase(file('db'));
  const index = await openImageIndex(database);
  const encoder = { name: 'made up', fingerprint: 'abc' };
  await index.begin(encoder, async () => DIMENSION);
  index.close();
  const table = await (await database.connection()).openTable('images');
  const vectors = openSync(file('vectors.f32'), 'w');
  for (let from = 0; from < Number(rows); from += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, Number(rows) - from) }, (_, i) => ({
      ...{ path: `/photos/${from + i}.jpg`, content_hash: (from + i).toString(16).padStart(64, '0'), size: 1, mtime: 1, inode: from + i },
      ...{ ctime: 1, width: 1, height: 1, format: 'jpeg', taken_at: null, camera: null, latitude: null, longitude: null },
      ...{ added_at: '2026-01-01T00:00:00.000Z', checked_at: 1, error_code: null, error_message: null, embedding: embeddingOf(from + i) },
    }));
    await table.add(toImageTable(batch, newImageFacts(encoder, DIMENSION, false)));
    for (const { embedding } of batch) writeSync(vectors, embedding);
  }
  const config = Index.ivfFlat({ distanceType: 'cosine', numPartitions: 8, sampleRate: 64, maxIterations: 2 });
  await table.createIndex('embedding', { config, name: 'embedding_idx' });
  table.close();
  await database.close();
}

async function timeSearches(queries, isExact) {
  const database = openDatabase(file('db'));
  const [walls, cpu, found] = [[], [], []];
  for (const query of queries) {
    const [at, began] = [performance.now(), spent()];
    const searcher = await openImageSearcher(database);
    const images = await searcher.search({ query, limit: 10, isExact });
    searcher.close();
    walls.push(performance.now() - at);
    cpu.push(spent() - began);
    found.push(images.map(({ content_hash: hash }) => Number.parseInt(hash, 16)));
  }
  await database.close();
  return { walls: walls.slice(5), cpu: cpu.slice(5), found };
}

try {
  const embeddingOf = createEmbeddings(DIMENSION, 3000);
  if (!existsSync(file('vectors.f32'))) await writeAll(embeddingOf);
  for (let i = 0; i < 7; i++) embeddingOf(i); // the noise of queries is that of no row
  const queries = Array.from({ length: Number(queryCount) + 5 }, (_, i) => embeddingOf(i * 37));
  const began = [performance.now(), spent()];
  await refreshRounded(openDatabase(file('db')), { hasCells: true });
  console.log(
    `rounding and cells: ${((performance.now() - began[0]) / 1000).toFixed(0)} s, ${((spent() - began[1]) / 1000).toFixed(0)} s of processor time`,
  );
  const exact = await timeSearches(queries, true);
  const indexed = await timeSearches(queries, false);
  const recall =
    indexed.found.reduce((sum, near, i) => sum + near.filter((row) => exact.found[i].includes(row)).length, 0) / (10 * queries.length);
  console.log(`${rows} rows, ${queries.length} queries, ${cpus().length} cores of ${cpus()[0]?.model}, Node ${process.version}`);
  const lines = [
    { program: 'labelwise, exact', ...timesOf(exact), 'recall@10': 1 },
    { program: 'labelwise, indexed', ...timesOf(indexed), 'recall@10': recall },
  ];
  writeFileSync(file('queries.f32'), Buffer.concat(queries.map((query) => Buffer.from(query.buffer))));
  writeFileSync(file('truth.json'), JSON.stringify(exact.found));
  const peers = spawnSync(python, [join(ROOT, 'benchmarks/peers/indexed_search.py'), home], { encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (peers.status === 0) lines.push(...JSON.parse(peers.stdout.trim().split('\n').at(-1)));
  else console.log(peers.stderr);
  console.table(lines);
} finally {
  if (given === undefined) rmSync(home, { recursive: true, force: true });
}

function timesOf({ walls, cpu }) {
  return { 'p50, ms': median(walls).toFixed(2), 'processor time, ms': median(cpu).toFixed(2) };
}
