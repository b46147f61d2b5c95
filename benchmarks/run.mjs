/** Measures the embedded model on this machine, and writes benchmarks/results.json and docs/reference/benchmarks.md. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { applyResizeAndCrop, availableThreads, decodeImage, readImageBytes } from '../dist/encoders/index.js';
import { buildClassEmbeddings, createLabelSet, loadEncoder, loadLabelSet, loadTemplateSet } from '../dist/index.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'labelwise-bench-'));
process.env.LABELWISE_HOME = home;
const photos = readdirSync(join(root, 'demo/photos')).map((name) => join(root, 'demo/photos', name));
const main = join(root, 'dist/cli/main.js');
const labels = 'cat, dog, espresso, rocket, astronaut, daisy, galaxy, palace, bicycle, bird';
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

async function timed(rounds, work) {
  const seconds = [];
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    await work();
    seconds.push((performance.now() - started) / 1000);
  }
  return { median: median(seconds), min: Math.min(...seconds), max: Math.max(...seconds), rounds };
}

const spawn = (code, args) => {
  const { status, stderr } = spawnSync(process.execPath, ['-e', code, '--', ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
};
const classify = (photo) => {
  const { status, stderr } = spawnSync(process.execPath, [main, 'classify', photo, '--labels', labels, '--ndjson'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
};

const results = {};
results['node alone: start and end of a process'] = await timed(7, () => spawn('0', []));
results['first run: one photo, 10 new labels'] = await timed(1, () => classify(photos[1]));
results['one photo, 10 stored labels: process start to answer'] = await timed(9, () => classify(photos[1]));
const encoder = await loadEncoder();
results['image tower: load'] = await timed(1, () => encoder.device());
const many = Array.from({ length: 10 }, () => photos).flat();
const encodeAll = async () => {
  for await (const outcome of encoder.encodeImages(many)) if ('error' in outcome) throw outcome.error;
};
await encodeAll();
const files = await timed(5, encodeAll);
const bytes = await Promise.all(photos.map((path) => readImageBytes(path, encoder.limits)));
const decoded = await Promise.all(bytes.map((data) => decodeImage(data, encoder.limits)));
results['decode one photo (640 x 427), one at a time'] = scale(
  await timed(5, async () => {
    for (const data of bytes) await decodeImage(data, encoder.limits);
  }),
  photos.length,
);
results['resize and crop one photo'] = scale(
  await timed(5, () => {
    for (const image of decoded) applyResizeAndCrop(image, encoder.manifest.imageTransform);
  }),
  photos.length,
);
results['one photo from file to embedding, in a run of 70'] = scale(files, many.length);
const { templates } = await loadTemplateSet('default');
const imagenet = await loadLabelSet('imagenet-1k');
const hundred = createLabelSet(imagenet.labels.slice(0, 100).map((label) => label.name));
results['100 labels, 1 template, encoded'] = await timed(3, () => buildClassEmbeddings(encoder, hundred, { templates }));
results['1,000 labels, 1 template, encoded'] = await timed(1, () => buildClassEmbeddings(encoder, imagenet, { templates }));
await encoder.close();
rmSync(home, { recursive: true, force: true });

function scale(figure, count) {
  return { ...figure, median: figure.median / count, min: figure.min / count, max: figure.max / count };
}

const peakMemoryMb = Math.round(process.resourceUsage().maxRSS / 1000);
const machine = `${availableThreads()} cores of ${cpus()[0]?.model ?? 'an unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
writeFileSync(join(root, 'benchmarks/results.json'), `${JSON.stringify({ machine, peakMemoryMb, secondsBy: results }, null, 2)}\n`);
const rows = Object.entries(results).map(
  ([name, { median: m, min, max, rounds }]) => `| ${name} | ${format(m)} | ${format(min)} to ${format(max)} | ${rounds} |`,
);
writeFileSync(
  join(root, 'docs/reference/benchmarks.md'),
  `# Benchmarks\n\nThe embedded model on this machine: ${machine}. Written by \`npm run bench\`. Machines differ and are shared: compare figures of one run alone.\n\n| what | median | range | runs |\n|---|---|---|---|\n${rows.join('\n')}\n\nOne photo from file to embedding in ${format(results['one photo from file to embedding, in a run of 70'].median)}: ${(many.length / files.median).toFixed(1)} photos a second. Peak memory of the whole benchmark: ${peakMemoryMb} MB.\n`,
);
console.log(`${rows.join('\n')}\npeak memory ${peakMemoryMb} MB`);

function format(seconds) {
  return seconds < 0.1 ? `${(seconds * 1000).toFixed(1)} ms` : `${seconds.toFixed(2)} s`;
}
