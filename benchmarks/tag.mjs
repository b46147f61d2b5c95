/**
 * `labelwise tag` by this build and an earlier one, in turn: `node benchmarks/tag.mjs OTHER_ROOT [ROWS] [LABELS] [ROUNDS]`. Each run is a process of
 * its own on the same made-up index. The embeddings of the labels are in the cache. Prints processor and wall time
 * of the whole command.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadVocabulary } from '../dist/home/data-files.js';
import { loadEncoder } from '../dist/index.js';
import { createRandom, unit, writeMadeUpIndex } from './made-up-index.mjs';
import { median, ROOT } from './processes.mjs';

process.env.LANCEDB_LOG ??= 'error';
const [other, rows = '50000', labels = '1000', rounds = '5'] = process.argv.slice(2);
const home = mkdtempSync(join(tmpdir(), 'labelwise-tag-'));
const builds = { own: ROOT, other };
const DIMENSION = 512;
const names = (await loadVocabulary()).slice(0, Number(labels));
const [file, model] = [join(home, 'labels.txt'), join(home, 'model')];

function run(build, ...flags) {
  const env = { ...process.env, LABELWISE_HOME: join(home, build) };
  const args = [...flags, '--db', join(home, build, 'db'), '--quiet'];
  const command = ['--require', join(ROOT, 'benchmarks/report-usage.cjs'), join(builds[build], 'dist/bin/labelwise.js'), ...args];
  const started = performance.now();
  const { status, stdout, stderr, output } = spawnSync(process.execPath, command, {
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  if (status !== 0) throw new Error(stderr);
  return { stdout, cpu: Number(output[3]), wall: (performance.now() - started) / 1000 };
}

const flags = process.argv.slice(6); // for this build alone: --one-label is how earlier ones tagged
const tag = (build) => run(build, 'tag', '--name', 'made-up', '--model', model, '--labels-file', file, ...(build === 'own' ? flags : []));

/** Directions with a cosine of 0.3 to one of the labels, as CLIP's have, so that images have tags. */
function createEmbeddings(centres) {
  const random = createRandom(5);
  return (i) => {
    const noise = unit(Array.from({ length: DIMENSION }, random));
    const centre = centres[i % centres.length];
    return unit(noise.map((value, k) => value + 0.315 * centre[k]));
  };
}

/** The tiny checkpoint of the tests with projections to 512 numbers, so that its labels cost nothing and its embeddings what CLIP's do. */
function writeModel(folder) {
  const tiny = join(ROOT, 'tests/parity/clip-tiny');
  mkdirSync(folder);
  for (const name of ['tokenizer.json', 'tokenizer_config.json', 'preprocessor_config.json'])
    copyFileSync(join(tiny, name), join(folder, name));
  const config = JSON.parse(readFileSync(join(tiny, 'config.json'), 'utf8'));
  for (const part of [config, config.text_config, config.vision_config]) part.projection_dim = DIMENSION;
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  const file = readFileSync(join(tiny, 'model.safetensors'));
  const length = Number(file.readBigUInt64LE(0));
  const { __metadata__: _, ...header } = JSON.parse(file.subarray(8, 8 + length).toString());
  const parts = [];
  let end = 0;
  for (const tensor of Object.values(header)) {
    let data = file.subarray(8 + length + tensor.data_offsets[0], 8 + length + tensor.data_offsets[1]);
    if (tensor.shape[0] === 24) {
      tensor.shape[0] = DIMENSION;
      data = Buffer.from(Float32Array.from({ length: DIMENSION * tensor.shape[1] }, (_, i) => Math.sin(i * 12.9898)).buffer);
    }
    tensor.data_offsets = [end, end + data.length];
    end += data.length;
    parts.push(data);
  }
  const json = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(json.length));
  writeFileSync(join(folder, 'model.safetensors'), Buffer.concat([size, json, ...parts]));
}

async function writeIndex(place, build) {
  const { fingerprint } = JSON.parse(run(build, 'models', 'show', model, '--json').stdout);
  const encoder = await loadEncoder({ model });
  const centres = await encoder.encodeTexts(names.map((name) => `a photo of a ${name}.`));
  await encoder.close();
  await writeMadeUpIndex({
    ...{ root: builds[build], place, rows: Number(rows), encoder: { name: model, fingerprint } },
    embeddingOf: createEmbeddings(centres),
  });
}

try {
  writeFileSync(file, names.join('\n'));
  writeModel(model);
  for (const build of Object.keys(builds)) await writeIndex(join(home, build, 'db'), build);
  for (const build of Object.keys(builds)) tag(build); // fills the cache of labels
  const found = { own: [], other: [] };
  for (let round = 0; round < Number(rounds); round++)
    for (const build of round % 2 === 0 ? ['own', 'other'] : ['other', 'own']) found[build].push(tag(build));
  const row = (key) => ({
    'other, s': median(found.other.map((one) => one[key])).toFixed(2),
    'own, s': median(found.own.map((one) => one[key])).toFixed(2),
    ratio: median(found.own.map((one, i) => one[key] / found.other[i][key])).toFixed(3),
  });
  console.log(
    `${rows} rows x ${labels} labels, ${cpus().length} cores of ${cpus()[0]?.model}, Node ${process.version}, ${rounds} rounds in turn`,
  );
  console.table({ 'processor time': row('cpu'), 'wall time': row('wall') });
} finally {
  rmSync(home, { recursive: true, force: true });
}
