// Checkpoints of true shape, run from their safetensors, against ONNX Runtime on torch's export of the same weights:
//   node benchmarks/checkpoints.mjs FOLDER [--rounds N] [NAME ...]        (FOLDER is made by tests/parity/build/true_shapes.py)
// Forward passes: all variants in one process with the same session options, taken in turn; the ratio is the median of the rounds' ratios.
// Load and memory: a fresh process for each measurement, taken in turn too. "int8" is there after `labelwise models quantize FOLDER/NAME`.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SHAPES = {
  image: [{ batch: 1 }, { batch: 8 }],
  text: [
    { batch: 1, length: 12 },
    { batch: 16, length: 12 },
    { batch: 16, length: 77 },
  ],
};
const VARIANTS = ['export', 'labelwise', 'int8'];
const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
};
const [mode, ...rest] = process.argv.slice(2);
if (mode === '--child') console.log(JSON.stringify(await child(JSON.parse(rest[0]))));
else await main(process.argv.slice(2));

async function main(args) {
  const at = args.indexOf('--rounds');
  const rounds = at < 0 ? 7 : Number(args.splice(at, 2)[1]);
  const [folder, ...names] = args;
  console.log(`${cpus()[0].model}, ${cpus().length} cores; node ${process.version}; ${rounds} rounds`);
  for (const name of names.length > 0 ? names : readdirSync(folder)) {
    const checkpoint = join(folder, name);
    if (!existsSync(join(checkpoint, 'onnx/vision_model.onnx'))) continue;
    const sources = await findSources(checkpoint);
    for (const side of ['image', 'text']) {
      reportOpening(name, side, sources, rounds);
      reportForward(name, side, sources, rounds);
    }
  }
}

/** What each variant is opened from, in a form that a child process can be given. */
async function findSources(checkpoint) {
  const { openManifest } = await import('../dist/checkpoints/open-manifest.js');
  const { graphsOf } = await import('../dist/graphs/graphs-of.js');
  const { labelwiseHome } = await import('../dist/home/labelwise-home.js');
  const home = labelwiseHome();
  const sources = { export: { checkpoint } };
  for (const [variant, dtype] of Object.entries({ labelwise: 'fp32', int8: 'int8' })) {
    const { config, fingerprint, folder, model, modelType, name } = await openManifest({ model: checkpoint, dtype });
    const manifest = { config, dtype, fingerprint, folder, model, modelType, name };
    const isThere = await graphsOf(manifest, home).then(
      () => true,
      () => false,
    );
    if (isThere) sources[variant] = { manifest, home };
  }
  return sources;
}

function ask(request) {
  const script = fileURLToPath(import.meta.url);
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--child', JSON.stringify(request)], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the measurement ended with ${status}: ${stderr}`);
  return JSON.parse(stdout);
}

function reportOpening(name, side, sources, rounds) {
  const found = Object.fromEntries(Object.keys(sources).map((variant) => [variant, []]));
  for (let round = 0; round < Math.min(rounds, 5); round++) {
    for (const variant of Object.keys(sources)) found[variant].push(ask({ what: 'open', side, source: sources[variant] }));
  }
  for (const [what, unit] of [
    ['load', 'ms'],
    ['peak', 'MB'],
    ['resident', 'MB'],
  ]) {
    print(`${name} ${side} ${what}`, unit, Object.fromEntries(Object.entries(found).map(([v, all]) => [v, all.map((one) => one[what])])));
  }
}

function reportForward(name, side, sources, rounds) {
  for (const shape of SHAPES[side]) {
    const label = `${name} ${side} forward, batch ${shape.batch}${shape.length ? ` of ${shape.length} tokens` : ''}`;
    print(label, 'ms', ask({ what: 'forward', side, sources, shape, rounds }));
  }
}

/** Medians, the range, and the median of the ratios to the export (time or memory: under 1 is better than the export) and to fp32. */
function print(label, unit, values) {
  const parts = VARIANTS.filter((variant) => values[variant]).map((variant) => {
    const all = values[variant];
    const against = (other) => median(all.map((value, i) => value / values[other][i])).toFixed(2);
    const ratio = variant === 'export' ? '' : ` = ${against('export')} x export`;
    const toFloat = variant === 'int8' && values.labelwise ? `, ${against('labelwise')} x fp32` : '';
    return `${variant} ${median(all).toFixed(1)} (${Math.min(...all).toFixed(1)} to ${Math.max(...all).toFixed(1)}) ${unit}${ratio}${toFloat}`;
  });
  console.log(`${label.padEnd(44)} ${parts.join(' | ')}`);
}

async function child(request) {
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  const { graphsOf } = await import('../dist/graphs/graphs-of.js');
  const { availableThreads } = await import('../dist/encoders/onnx/available-threads.js');
  const options = {
    executionProviders: ['cpu'],
    intraOpNumThreads: availableThreads(),
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 4,
  };
  async function open({ checkpoint, manifest, home }, side) {
    if (checkpoint) return InferenceSession.create(join(checkpoint, `onnx/${side === 'image' ? 'vision' : 'text'}_model.onnx`), options);
    const graphs = await graphsOf(manifest, home);
    const extra = { session: { model_external_initializers_file_folder_path: graphs.dataFolder } };
    return InferenceSession.create(graphs[side], { ...options, extra });
  }
  function feedsOf(session, { batch, length }) {
    const integers = (fill) =>
      new Tensor(
        'int64',
        BigInt64Array.from({ length: batch * length }, (_, i) => fill(i % length)),
        [batch, length],
      );
    const makers = {
      pixel_values: () =>
        new Tensor(
          'float32',
          Float32Array.from({ length: batch * 3 * 224 ** 2 }, (_, i) => Math.sin(i)),
          [batch, 3, 224, 224],
        ),
      input_ids: () => integers((place) => (place === length - 1 ? 49407n : BigInt(place === 0 ? 49406 : 300 + place))),
      attention_mask: () => integers(() => 1n),
    };
    return Object.fromEntries(session.inputNames.map((name) => [name, makers[name]()]));
  }
  if (request.what === 'open') {
    const start = performance.now();
    const session = await open(request.source, request.side);
    const load = performance.now() - start;
    await session.run(feedsOf(session, { batch: 1, length: 12 }));
    return { load, peak: (process.resourceUsage().maxRSS * 1024) / 1e6, resident: process.memoryUsage().rss / 1e6 };
  }
  const sessions = {};
  for (const [variant, source] of Object.entries(request.sources)) sessions[variant] = await open(source, request.side);
  const times = Object.fromEntries(Object.keys(sessions).map((variant) => [variant, []]));
  for (let round = -1; round < request.rounds; round++) {
    for (const [variant, session] of Object.entries(sessions)) {
      const feeds = feedsOf(session, request.shape);
      const start = performance.now();
      await session.run(feeds);
      if (round >= 0) times[variant].push(performance.now() - start); // the first round warms up
    }
  }
  return times;
}
