/**
 * Measures labelwise and its peers in one run, in turn, and writes benchmarks/results.json and docs/reference/benchmarks.md.
 *
 *   npm run bench                    what can be measured with what is here
 *   LABELWISE_BENCH_MODELS=FOLDER    checkpoints of true shape (tests/parity/build/true_shapes.py): B/32 and L/14, against the peers
 *   LABELWISE_DATA=FOLDER            photos (imagenet-sample); by default ../shared/data, else those of the demo
 *   LABELWISE_PYTHON=python          measures transformers + torch too, where it has them
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { availableThreads } from '../dist/library/encoders.js';
import { measureLabels } from './measure-labels.mjs';
import { measureStages } from './measure-stages.mjs';
import { measureStart } from './measure-start.mjs';
import { compareWithPeers, findPhotos } from './peers.mjs';
import { jsonOf, median, ROOT } from './processes.mjs';
import { writePage } from './write-page.mjs';

const home = mkdtempSync(join(tmpdir(), 'labelwise-bench-'));
process.env.LABELWISE_HOME = home;
const say = (text) => console.error(`measuring ${text} ...`);
const photos = findPhotos();

say('pocket, from file to embedding');
const many = Array.from({ length: Math.ceil(600 / photos.length) }, () => photos)
  .flat()
  .slice(0, 600);
const pocket = Array.from({ length: 5 }, () => jsonOf('benchmarks/measure-images.mjs', ['pocket', 'default', ...many]));
say('its stages');
const stages = await measureStages(photos.slice(0, 96));
say('labels');
const labels = await measureLabels();
say('the start');
const start = measureStart(photos, home);
say('memory');
const memory = jsonOf('benchmarks/measure-memory.mjs', [process.argv.includes('--full') ? '10000' : '2000']);
say('models of true shape, and the peers');
const models = compareWithPeers(photos, say);

const results = {
  machine: `${availableThreads()} cores of ${cpus()[0]?.model ?? 'an unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ${process.platform}-${process.arch}`,
  pocket: { median: median(pocket.map((run) => run.imagesPerSecond)), runs: pocket },
  stages,
  labels,
  start,
  startAgainst: JSON.parse(readFileSync(join(ROOT, 'benchmarks/results.json'), 'utf8')).startAgainst, // of compare-start.mjs, which needs another build
  memory,
  models,
};
writeFileSync(join(ROOT, 'benchmarks/results.json'), `${JSON.stringify(results, null, 2)}\n`);
writePage(results);
rmSync(home, { recursive: true, force: true });
process.exit(0); // encoders of the measurements are open still
