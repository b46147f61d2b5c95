/**
 * Evaluates a made-up data set three ways: unbroken, and killed (SIGKILL) at a third and at two thirds. Says how much memory it took,
 * how much work each kill lost, and whether the results are the same.
 *
 *     node benchmarks/eval-resume.mjs [images, 100000] [model, tests/parity/clip-tiny] [folder for the data]
 */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, fstatSync, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeSyntheticDataset } from './make-synthetic-dataset.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const [images = '100000', model = join(root, 'tests/parity/clip-tiny'), given] = process.argv.slice(2);
const total = Number(images);
const work = mkdtempSync(join(tmpdir(), 'labelwise-resume-'));
const data = given ?? join(work, 'data');
if (!existsSync(join(data, 'README.md'))) {
  const written = await makeSyntheticDataset(data, { images: total });
  console.error(`wrote ${(written / 1e9).toFixed(2)} GB of images`);
}

/** How many images the log has whole; only its end is read. */
function doneIn(report) {
  const log = join(report, '.runs/1.ndjson');
  if (!existsSync(log)) return 0;
  const file = openSync(log);
  const { size } = fstatSync(file);
  const tail = Buffer.alloc(Math.min(size, 100_000));
  readSync(file, tail, 0, tail.length, size - tail.length);
  closeSync(file);
  const whole = tail.toString('utf8').split('\n').slice(0, -1);
  const last = /^\{"from":(\d+),"rows":/.exec(whole.at(-1) ?? '');
  return last === null ? 0 : Number(last[1]);
}

/** Runs the program; kills it when so many images are done. */
function evaluate(report, killAt) {
  return new Promise((resolve) => {
    const args = ['dist/bin/labelwise.js', 'eval', data, '--model', model, '--report', report, '--quiet', '--json'];
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
    const timer = killAt === undefined ? undefined : setInterval(() => doneIn(report) >= killAt && child.kill('SIGKILL'), 300);
    child.on('close', (code, signal) => {
      clearInterval(timer);
      resolve(signal ?? code);
    });
  });
}

const [whole, broken] = [join(work, 'whole'), join(work, 'broken')];
console.log(`unbroken: ended with ${await evaluate(whole)}`);
for (const share of [1 / 3, 2 / 3])
  console.log(`killed: ended with ${await evaluate(broken, total * share)} after ${doneIn(broken)} of ${total} images`);
console.log(`the rest: ended with ${await evaluate(broken)}`);

const read = (report) => JSON.parse(readFileSync(join(report, 'results.json'), 'utf8'));
const timeless = ({ variants, ...rest }) => ({
  ...rest,
  variants: variants.map(({ imagesPerSecond: _rate, seconds: _seconds, peakMemoryBytes: _peak, ...variant }) => variant),
});
const [a, b] = [read(whole), read(broken)];
const isSame = JSON.stringify(timeless(a)) === JSON.stringify(timeless(b));
const hasSamePredictions = ['predictions.csv', 'predictions.parquet'].every((file) =>
  readFileSync(join(whole, file)).equals(readFileSync(join(broken, file))),
);
const peak = Math.max(...[a, b].map(({ variants }) => variants[0].peakMemoryBytes)) / 1e6;
console.log(`results the same: ${isSame}; predictions the same, byte for byte: ${hasSamePredictions}`);
console.log(`${a.variants[0].imagesPerSecond.toFixed(0)} images/s, peak memory ${peak.toFixed(0)} MB`);
if (given === undefined) rmSync(work, { recursive: true, force: true });
process.exit(isSame && hasSamePredictions && peak < 600 ? 0 : 1);
