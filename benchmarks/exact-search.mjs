/**
 * Exact search by this build and an earlier one, in turn: `node benchmarks/exact-search.mjs OTHER_ROOT [ROWS] [ROUNDS]`. Each search runs in a
 * process of its own on a made-up index of 512 dimensions, which each build wrote. Prints the processor time from process start to the first result
 * (Node and LanceDB included, no model) and that of each further query, and checks that both builds find the same images.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createEmbeddings, createRandom, from, unit, writeMadeUpIndex } from './made-up-index.mjs';
import { jsonOf, median, ROOT } from './processes.mjs';

process.env.LANCEDB_LOG ??= 'error';
const [first, rows = '100000', rounds = '7', root, folder] = process.argv.slice(2);
if (root === undefined) await compare();
else console.log(JSON.stringify(await search()));

async function compare() {
  const home = mkdtempSync(join(tmpdir(), 'labelwise-exact-'));
  try {
    const index = { rows: Number(rows), encoder: { name: 'made up', fingerprint: 'abc' } };
    for (const [name, base] of [
      ['own', ROOT],
      ['other', first],
    ]) // each in the format that its build reads
      await writeMadeUpIndex({ ...index, root: base, place: join(home, name), embeddingOf: createEmbeddings() });
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
