/**
 * The start of the command line in two builds: node benchmarks/compare-start.mjs FOLDER [NAME] [ROUNDS]
 *
 * FOLDER is a built checkout or an unpacked package with its dependencies, NAME what the page calls it. In each round both builds run, in
 * turn first, so that what the machine does besides hits both. On a shared machine, processor time says more than wall time. The figures go
 * into benchmarks/results.json and docs/reference/benchmarks.md.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { median, ROOT } from './processes.mjs';
import { writePage } from './write-page.mjs';

const LABELS = 'cat, dog, espresso, rocket, astronaut, daisy, galaxy, palace, bicycle, bird';
const RESULTS = join(ROOT, 'benchmarks/results.json');
const [folder, name = basename(folder ?? ''), rounds = '20'] = process.argv.slice(2);
if (folder === undefined) throw new Error('Usage: node benchmarks/compare-start.mjs FOLDER [NAME] [ROUNDS]');

const scratch = mkdtempSync(join(tmpdir(), 'labelwise-start-'));
const folderOfPhotos = join(ROOT, 'demo/photos');
const photos = readdirSync(folderOfPhotos).map((file) => join(folderOfPhotos, file));
const fresh = join(scratch, 'new.jpg');
let count = 0;

const classify = (photo) => ['classify', photo, '--labels', LABELS, '--ndjson'];
const JOBS = {
  'one photo that was seen, stored labels': () => classify(photos[0]),
  'one new photo, stored labels': () => {
    writeFileSync(fresh, Buffer.concat([readFileSync(photos[1]), Buffer.from(`${count++}`)])); // decoders ignore what follows the image
    return classify(fresh);
  },
  [`search by words, ${photos.length} photos`]: () => ['search', 'a rocket', '--ndjson'],
};

try {
  const builds = [resolve(folder), ROOT].map((root, i) => ({ root, home: join(scratch, `home-${i}`) }));
  for (const build of builds) run(build, ['index', folderOfPhotos, '--quiet']);
  const jobs = Object.entries(JOBS).map(([what, argsOf]) => ({ what, ...compare(builds, argsOf) }));
  const results = { ...JSON.parse(readFileSync(RESULTS, 'utf8')), startAgainst: { name, rounds: Number(rounds), jobs } };
  writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  writePage(results);
  console.table(jobs.map(({ what, wall, processor }) => ({ what, wall: show(wall), processor: show(processor) })));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function compare(builds, argsOf) {
  for (const build of builds) run(build, argsOf()); // fills the caches of files, labels and photos
  const pairs = Array.from({ length: Number(rounds) }, (_, round) => {
    const order = round % 2 === 0 ? builds : builds.toReversed();
    const spent = new Map(order.map((build) => [build, run(build, argsOf())]));
    return builds.map((build) => spent.get(build));
  });
  const of = (measure) => ({
    before: median(pairs.map(([before]) => before[measure])),
    now: median(pairs.map(([, now]) => now[measure])),
    ratio: ratioOf(pairs.map(([before, now]) => now[measure] / before[measure])),
  });
  return { wall: of('wall'), processor: of('processor') };
}

/** Seconds of one run: from its start to its end, and of all its threads. */
function run({ root, home }, args) {
  const started = performance.now();
  const preload = join(ROOT, 'benchmarks/report-usage.cjs');
  const { status, stderr, output } = spawnSync(process.execPath, ['--require', preload, join(root, 'dist/bin/labelwise.js'), ...args], {
    env: { ...process.env, LABELWISE_HOME: home },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  const wall = (performance.now() - started) / 1000;
  if (status !== 0) throw new Error(String(stderr));
  return { wall, processor: Number(output[3]) };
}

/** The geometric mean of ratios and its 95 % interval, by Student's t of some 20 pairs. */
function ratioOf(ratios) {
  const logs = ratios.map(Math.log);
  const mean = logs.reduce((sum, value) => sum + value, 0) / logs.length;
  const variance = logs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (logs.length - 1);
  const reach = 2.09 * Math.sqrt(variance / logs.length);
  return { mean: Math.exp(mean), low: Math.exp(mean - reach), high: Math.exp(mean + reach) };
}

function show({ before, now, ratio }) {
  const ms = (seconds) => `${(1000 * seconds).toFixed(0)} ms`;
  return `${ms(before)} -> ${ms(now)}: ${ratio.mean.toFixed(3)} (${ratio.low.toFixed(3)} to ${ratio.high.toFixed(3)})`;
}
