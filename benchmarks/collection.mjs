/**
 * Measures a collection of synthetic embeddings: node benchmarks/collection.mjs [rows ...] (100000 by default; 1000000 needs 5 GB of disk).
 * Writes benchmarks/collection-results.json, a figure a size, and docs/reference/collections-benchmark.md from all of them.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scoreTags } from '../dist/library/core.js';
import { availableThreads, openMatrixProduct } from '../dist/library/encoders.js';
import { createRandom } from './random.mjs';

process.env.LANCEDB_LOG ??= 'error';
const require = createRequire(import.meta.url);
const lancedb = require('@lancedb/lancedb');
const arrow = require('apache-arrow');
const root = fileURLToPath(new URL('..', import.meta.url));
const resultsFile = join(root, 'benchmarks/collection-results.json');
const DIMENSION = 512;
const QUERIES = 100;
const BATCH = 20_000;

const random = createRandom(7);
/** Near enough to a normal distribution for directions: a sum of four. */
const gaussian = () => (random() + random() + random() + random() - 2) * 1.732;

function normalizeRow(values, offset) {
  let sum = 0;
  for (let k = 0; k < DIMENSION; k++) sum += values[offset + k] ** 2;
  const scale = 1 / Math.sqrt(sum);
  for (let k = 0; k < DIMENSION; k++) values[offset + k] *= scale;
}

/** Unit vectors about centres that share a mean direction, as those of photos do: 0.4 to a stranger, 0.75 to one of the same cluster. */
function createClusters(count) {
  const shared = Float32Array.from({ length: DIMENSION }, gaussian);
  const centres = new Float32Array(count * DIMENSION);
  for (let c = 0; c < count; c++) {
    for (let k = 0; k < DIMENSION; k++) centres[c * DIMENSION + k] = 0.9 * shared[k] + 0.85 * gaussian();
    normalizeRow(centres, c * DIMENSION);
  }
  const noise = 0.58 / Math.sqrt(DIMENSION);
  return (rows) => {
    const values = new Float32Array(rows * DIMENSION);
    for (let row = 0; row < rows; row++) {
      const centre = Math.floor(random() * count) * DIMENSION;
      for (let k = 0; k < DIMENSION; k++) values[row * DIMENSION + k] = centres[centre + k] + noise * gaussian();
      normalizeRow(values, row * DIMENSION);
    }
    return values;
  };
}

function toTable(values, from) {
  const rows = values.length / DIMENSION;
  const { Data, Field, FixedSizeList, Float32, Int32, Schema, Table, makeData, makeVector, Vector } = arrow;
  const type = new FixedSizeList(DIMENSION, new Field('item', new Float32(), true));
  const child = makeData({ type: new Float32(), length: values.length, data: values });
  const list = new Data(type, 0, rows, 0, [], [child]);
  const schema = new Schema([new Field('id', new Int32(), false), new Field('embedding', type, true)]);
  return new Table(schema, { id: makeVector(Int32Array.from({ length: rows }, (_, i) => from + i)), embedding: new Vector([list]) });
}

const quantile = (values, q) => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))];
const diskMb = (folder) => Math.round(Number(execFileSync('du', ['-sk', folder], { encoding: 'utf8' }).split('\t')[0]) / 1024);
const memoryMb = () => Math.round(process.memoryUsage().rss / 2 ** 20);
const seconds = async (work) => {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
};

async function search(table, queries, tune) {
  const found = [];
  const times = [];
  for (const query of queries) {
    const started = performance.now();
    const rows = await tune(table.vectorSearch(query).distanceType('cosine')).limit(10).select(['id', '_distance']).toArray();
    times.push(performance.now() - started);
    found.push(rows.map((row) => row.id));
  }
  return { found, p50Ms: quantile(times, 0.5), p95Ms: quantile(times, 0.95) };
}

const recall = (found, truth) =>
  truth.reduce((sum, ids, i) => sum + ids.filter((id) => found[i].includes(id)).length / ids.length, 0) / truth.length;

async function measure(rows) {
  const folder = mkdtempSync(join(process.env.LABELWISE_BENCH ?? tmpdir(), 'labelwise-collection-'));
  try {
    const db = await lancedb.connect(folder);
    const sample = createClusters(Math.max(50, Math.round(rows / 100)));
    let table;
    const writeS = await seconds(async () => {
      for (let from = 0; from < rows; from += BATCH) {
        const part = toTable(sample(Math.min(BATCH, rows - from)), from);
        if (table) await table.add(part);
        else table = await db.createTable('images', part);
      }
    });
    const held = sample(QUERIES);
    const queries = Array.from({ length: QUERIES }, (_, i) => held.slice(i * DIMENSION, (i + 1) * DIMENSION));
    const result = { rows, writeS, diskMb: diskMb(folder), memoryMb: memoryMb() };
    const exactQueries = queries.slice(0, rows > 200_000 ? 20 : QUERIES);
    await search(table, queries.slice(0, 2), (query) => query.bypassVectorIndex());
    const exact = await search(table, exactQueries, (query) => query.bypassVectorIndex());
    Object.assign(result, { exactP50Ms: exact.p50Ms, exactP95Ms: exact.p95Ms, exactMemoryMb: memoryMb() });
    result.tag50000x1000S = rows >= 50_000 ? await measureTagging(table) : undefined;
    const partitions = Math.max(1, Math.round(rows / 50_000));
    result.buildS = await seconds(() =>
      table.createIndex('embedding', {
        config: lancedb.Index.hnswSq({ distanceType: 'cosine', numPartitions: partitions, m: 16, efConstruction: 150 }),
        waitTimeoutSeconds: 3600,
      }),
    );
    Object.assign(result, { partitions, indexedDiskMb: diskMb(folder), buildMemoryMb: memoryMb() });
    for (const ef of [50, 100, 200]) {
      const tune = (query) => query.nprobes(partitions).ef(ef).refineFactor(3);
      await search(table, queries.slice(0, 10), tune);
      const indexed = await search(table, queries, tune);
      result[`ef${ef}`] = {
        p50Ms: indexed.p50Ms,
        p95Ms: indexed.p95Ms,
        recallAt10: recall(indexed.found.slice(0, exactQueries.length), exact.found),
      };
    }
    result.peakMemoryMb = Math.round(process.resourceUsage().maxRSS / 1024);
    return result;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** 50,000 stored embeddings read and scored against 1,000 labels. */
async function measureTagging(table) {
  const labels = { values: createClusters(1000)(1000), rows: 1000, dimension: DIMENSION };
  const product = await openMatrixProduct();
  const rule = { scoring: 'softmax', logitScale: 100, logitBias: 0, minProbability: 0.5, topK: 5 };
  const time = await seconds(async () => {
    for await (const batch of table.query().limit(50_000).select(['embedding'])) {
      const list = batch.getChild('embedding').data[0];
      const values = list.children[0].values.subarray(0, list.length * DIMENSION);
      scoreTags(await product.multiply({ values, rows: list.length, dimension: DIMENSION }, labels), 1000, rule);
    }
  });
  await product.close();
  return time;
}

const machine = `${availableThreads()} cores of ${cpus()[0]?.model ?? 'an unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
const before = existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile, 'utf8')) : { sizes: {} };
const sizes = { ...before.sizes };
const wanted = process.argv.slice(2).map(Number);
for (const rows of wanted.length > 0 ? wanted : [100_000]) {
  sizes[rows] = { machine, ...(await measure(rows)) };
  console.error(JSON.stringify(sizes[rows]));
}
writeFileSync(resultsFile, `${JSON.stringify({ sizes }, null, 2)}\n`);

const all = Object.values(sizes).sort((a, b) => a.rows - b.rows);
const number = (value, digits = 0) =>
  value === undefined ? '-' : value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
const line = (name, cell) => `| ${name} | ${all.map(cell).join(' | ')} |`;
writeFileSync(
  join(root, 'docs/reference/collections-benchmark.md'),
  `# How large a collection may be

Synthetic clustered embeddings of ${DIMENSION} dimensions (one cluster per 100 rows), ${QUERIES} queries from the same clusters, ten results per query.
"Exact" is LanceDB's flat scan. "Indexed" is IVF_HNSW_SQ for the cosine, all partitions, \`refineFactor\` 3. Written by \`node benchmarks/collection.mjs\`.

| | ${all.map((size) => `${number(size.rows)} rows`).join(' | ')} |
|---|${all.map(() => '---').join('|')}|
${[
  line('written in', (size) => `${number(size.writeS, 1)} s`),
  line('disk', (size) => `${number(size.diskMb)} MB`),
  line('exact search, p50 / p95', (size) => `${number(size.exactP50Ms)} / ${number(size.exactP95Ms)} ms`),
  line('index built in', (size) => `${number(size.buildS)} s (${size.partitions === 1 ? '1 partition' : `${size.partitions} partitions`})`),
  line('disk with the index', (size) => `${number(size.indexedDiskMb)} MB`),
  ...[50, 100, 200].map((ef) =>
    line(`indexed search, ef ${ef}: p50 / p95, recall@10`, (size) => {
      const { p50Ms, p95Ms, recallAt10 } = size[`ef${ef}`];
      return `${number(p50Ms, 1)} / ${number(p95Ms, 1)} ms, ${recallAt10.toFixed(3)}`;
    }),
  ),
  line(
    '50,000 rows x 1,000 labels tagged in',
    (size) => `${size.tag50000x1000S === undefined ? '' : `${number(size.tag50000x1000S, 1)} s`}`,
  ),
  line(
    'memory after writing / exact search / build, peak',
    (size) => `${number(size.memoryMb)} / ${number(size.exactMemoryMb)} / ${number(size.buildMemoryMb)}, ${number(size.peakMemoryMb)} MB`,
  ),
].join('\n')}

Recall is over the queries that were also searched for exactly (100, or 20 for more than 200,000 rows). We ran nothing else on the machine, but its
host is shared.

These are LanceDB's own searches. \`labelwise search\` also checks the embeddings of the images that it shows. With 100,000 random vectors of 512
dimensions, an indexed search took 8 ms without this check and 11 ms with it.

Machine: ${[...new Set(all.map((size) => size.machine))].join('; ')}.
`,
);
