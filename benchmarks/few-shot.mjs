/**
 * Accuracy by examples of each label: LABELWISE_DATA=DATA node benchmarks/few-shot.mjs [--model NAME] [--python PYTHON] [--write]
 *
 * Examples come from DATA/caltech101-train, in several draws; all are tested on DATA/caltech101. --python also runs Tip-Adapter and a linear
 * probe on the same embeddings (benchmarks/peers/few_shot.py: numpy, scikit-learn). --write puts the table into docs/guides/examples.md.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  buildClassEmbeddings,
  createZeroShotClassifier,
  learnFromExamples,
  loadEncoder,
  loadLabelSet,
  loadTemplateSet,
} from '../dist/index.js';
import { createRandom } from './random.mjs';

const { values: flags } = parseArgs({
  options: { model: { type: 'string' }, python: { type: 'string' }, threads: { type: 'string', default: '1' }, write: { type: 'boolean' } },
});
const root = fileURLToPath(new URL('..', import.meta.url));
const data = process.env.LABELWISE_DATA;
if (!data) throw new Error('Set LABELWISE_DATA to the folder with caltech101 and caltech101-train.');
const SHOTS = [0, 1, 2, 4, 8, 10];
const DRAWS = 5;

const encoder = await loadEncoder({ model: flags.model, threads: Number(flags.threads) });
const { info } = encoder;
const labelSet = await loadLabelSet('caltech101');
const names = labelSet.labels.map(({ name }) => name);
const { templates } = await loadTemplateSet('default');
const text = await buildClassEmbeddings(encoder, labelSet, { templates });
const train = await embedFolder(join(data, 'caltech101-train'));
const test = await embedFolder(join(data, 'caltech101'));
const photos = join(root, 'demo/photos');
const background = await embed(readdirSync(photos).map((name) => join(photos, name)));
await encoder.close();

async function embed(files) {
  const embeddings = [];
  for await (const outcome of encoder.encodeImages(files)) {
    if (outcome.error) throw outcome.error;
    embeddings.push(outcome.embedding);
  }
  return embeddings;
}

async function embedFolder(folder) {
  const files = names.flatMap((name) =>
    readdirSync(join(folder, name))
      .sort()
      .map((file) => join(folder, name, file)),
  );
  const labels = names.flatMap((name, label) => readdirSync(join(folder, name)).map(() => label));
  return { embeddings: await embed(files), labels };
}

/** For each number of examples, draws of places in the training set. */
const draws = Object.fromEntries(
  SHOTS.filter((shots) => shots > 0).map((shots) => [shots, Array.from({ length: DRAWS }, (_, i) => draw(shots, i + 1))]),
);

function draw(shots, seed) {
  const random = createRandom(seed);
  return names.flatMap((_, label) => {
    const places = [...train.labels.keys()].filter((i) => train.labels[i] === label);
    for (let i = places.length - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [places[i], places[j]] = [places[j], places[i]];
    }
    return places.slice(0, shots);
  });
}

/** Which test photos are right, after learning from these places of the training set. */
async function score(places, labels = new Set(names.keys())) {
  const examples = places
    .filter((i) => labels.has(train.labels[i]))
    .map((i) => ({
      contentHash: String(i).padStart(6, '0'),
      label: names[train.labels[i]],
      isPositive: true,
      embedding: train.embeddings[i],
    }));
  const before = process.cpuUsage().user;
  const { classEmbeddings, lesson } = await learnFromExamples(text, examples, { rule: info, background });
  const cpuMs = (process.cpuUsage().user - before) / 1000;
  const { classify } = createZeroShotClassifier(classEmbeddings, { ...info, scoring: 'softmax' });
  const answers = test.embeddings.map((embedding) => names.indexOf(classify(embedding, 1)[0].label));
  return { right: answers.map((answer, i) => answer === test.labels[i]), answers, lesson, cpuMs };
}

/** The mean over draws, and a 95 % interval over test photos and draws alike (bootstrap of both). */
function summarise(runs) {
  const random = createRandom(1);
  const mean = (rows, places) => {
    let sum = 0;
    for (const row of rows) for (const i of places) sum += row[i];
    return sum / rows.length / places.length;
  };
  const all = [...runs[0].keys()];
  const pick = (list) => list.map(() => list[Math.floor(random() * list.length)]);
  const resampled = Array.from({ length: 1000 }, () => mean(pick(runs), pick(all))).sort((a, b) => a - b);
  return { value: mean(runs, all), low: resampled[25], high: resampled[974] };
}

const rows = [];
let cpuMs = 0;
for (const shots of SHOTS) {
  const runs = [];
  const left = [];
  for (const places of draws[shots] ?? [[]]) {
    const run = await score(places);
    cpuMs = run.cpuMs;
    runs.push(run.right);
    if (run.lesson.leaveOneOut) left.push(run.lesson.leaveOneOut.after / run.lesson.leaveOneOut.photos);
  }
  rows.push({ shots, ...summarise(runs), leaveOneOut: left.length > 0 ? left.reduce((a, b) => a + b) / left.length : undefined });
}

/** A random half of the labels is taught: what happens to photos of the others? */
const half = [];
for (let seed = 1; seed <= DRAWS; seed++) {
  const random = createRandom(100 + seed);
  const taught = new Set([...names.keys()].filter(() => random() < 0.5));
  const [before, after] = [await score([]), await score(draws[8][seed - 1], taught)];
  const share = (run, isTaught, test_) => {
    const places = test.labels.map((label, i) => [label, i]).filter(([label]) => taught.has(label) === isTaught);
    return places.filter(([, i]) => test_(run, i)).length / places.length;
  };
  const right = (run, i) => run.right[i];
  const claimed = (run, i) => taught.has(run.answers[i]);
  half.push(
    [true, false]
      .flatMap((isTaught) => [before, after].map((run) => share(run, isTaught, right)))
      .concat([before, after].map((run) => share(run, false, claimed))),
  );
}
const halfMeans = half[0].map((_, i) => half.reduce((sum, row) => sum + row[i], 0) / half.length);

const peers = flags.python === undefined ? [] : runPeers(flags.python);

function runPeers(python) {
  const folder = mkdtempSync(join(tmpdir(), 'few-shot-'));
  try {
    const write = (name, vectors) =>
      writeFileSync(join(folder, `${name}.f32`), Buffer.concat(vectors.map((v) => Buffer.from(v.buffer, v.byteOffset, v.byteLength))));
    write('text', text.vectors);
    write('train', train.embeddings);
    write('test', test.embeddings);
    const dimension = text.vectors[0].length;
    const meta = { dimension, logitScale: info.logitScale, train: train.labels, test: test.labels, draws, probes: 1 };
    writeFileSync(join(folder, 'meta.json'), JSON.stringify(meta));
    return JSON.parse(
      execFileSync(python, [join(root, 'benchmarks/peers/few_shot.py'), folder], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;
const peerMean = (shots, name) => {
  const found = peers.filter((row) => row.shots === shots && row[name] !== null).map((row) => row[name]);
  return found.length === 0 ? '' : percent(found.reduce((a, b) => a + b) / found.length);
};
const table = [
  `${info.name} (${info.fingerprint}), ${text.vectors[0].length} dimensions, ${test.labels.length} test photos, ${DRAWS} draws:`,
  '',
  '| examples per label | top-1 | 95 % interval | leave-one-out | Tip-Adapter | linear probe |',
  '|---|---|---|---|---|---|',
  ...rows.map(
    ({ shots, value, low, high, leaveOneOut }) =>
      `| ${shots} | ${percent(value)} | ${(100 * low).toFixed(1)} to ${percent(high)} | ${leaveOneOut === undefined ? '' : percent(leaveOneOut)} | ${peerMean(shots, 'tipAdapter')} | ${peerMean(shots, 'linearProbe')} |`,
  ),
  '',
  `With 8 examples for half of the labels, photos of those labels go from ${percent(halfMeans[0])} to ${percent(halfMeans[1])}, and photos of the others from ${percent(halfMeans[2])} to ${percent(halfMeans[3])}. The labels that were taught are the answer for ${percent(halfMeans[5])} of the others' photos (${percent(halfMeans[4])} by text alone).`,
  '',
  `Learning from ${10 * names.length} examples takes ${Math.round(cpuMs)} ms of processor time.`,
].join('\n');
console.log(table);
if (flags.write) {
  const page = join(root, 'docs/guides/examples.md');
  const marks = /(<!-- few-shot -->\n)[\s\S]*?(\n<!-- \/few-shot -->)/;
  writeFileSync(
    page,
    readFileSync(page, 'utf8').replace(marks, (_, start, end) => `${start}\n${table.replaceAll(/^(.{149}\S*) /gm, '$1 ')}\n${end}`),
  );
}
