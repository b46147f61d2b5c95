import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { jsonOf, median, ROOT, secondsOf } from './processes.mjs';

const data = process.env.LABELWISE_DATA ?? join(ROOT, '../shared/data');

/** Photos of the ImageNet sample, else those of the demo. */
export function findPhotos() {
  const folder = [join(data, 'imagenet-sample'), join(ROOT, 'demo/photos')].find((path) => existsSync(path));
  return readdirSync(folder, { recursive: true })
    .filter((name) => /\.jpe?g$/i.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/** Checkpoints of true shape, each program in turn in processes of their own. */
export function compareWithPeers(photos, say) {
  const folder = process.env.LABELWISE_BENCH_MODELS;
  if (folder === undefined) return {};
  const compared = {};
  for (const [name, count, batch, rounds] of [
    ['b32', 96, 8, 3],
    ['l14', 12, 4, 3],
  ]) {
    const model = join(folder, name);
    if (!existsSync(model)) continue;
    const files = Array.from({ length: count }, (_, i) => photos[i % photos.length]);
    if (!existsSync(join(process.env.LABELWISE_HOME, 'int8'))) say(`an int8 copy of ${name} is made`);
    secondsOf(['models', 'quantize', model, '--force', '-q']);
    const runs = {
      'labelwise fp32': () => jsonOf('benchmarks/measure-images.mjs', [model, 'fp32', ...files]),
      'labelwise int8': () => jsonOf('benchmarks/measure-images.mjs', [model, 'int8', ...files]),
      ...(hasTransformersJs() && existsSync(join(model, 'onnx'))
        ? { 'transformers.js fp32': () => jsonOf('benchmarks/peers/transformers-js.mjs', [folder, name, String(batch), ...files]) }
        : {}),
      ...(hasTorch()
        ? { 'transformers + torch fp32': () => jsonOf('benchmarks/peers/transformers_torch.py', [model, String(batch), ...files], python) }
        : {}),
    };
    const found = Object.fromEntries(Object.keys(runs).map((program) => [program, []]));
    for (let round = 0; round < rounds; round++) {
      for (const [program, run] of Object.entries(runs)) {
        say(`${name}, ${program}, round ${round + 1} of ${rounds}`);
        found[program].push(run());
      }
    }
    compared[name] = Object.fromEntries(
      Object.entries(found).map(([program, rows]) => {
        const rates = rows.map((row) => row.imagesPerSecond);
        const middle = (key) => median(rows.map((row) => row[key]));
        const facts = { cpuSecondsPerImage: middle('cpuSecondsPerImage'), loadSeconds: middle('loadSeconds'), peakMb: middle('peakMb') };
        const own = rows[0].busy === undefined ? {} : { busy: middle('busy'), timeline: rows[0].timeline };
        return [program, { median: median(rates), least: Math.min(...rates), most: Math.max(...rates), rates, ...facts, ...own }];
      }),
    );
  }
  return compared;
}

const python = process.env.LABELWISE_PYTHON ?? 'python3';
const hasTorch = () => spawnSync(python, ['-c', 'import torch, transformers']).status === 0;

/** transformers.js is installed for the benchmark alone. */
function hasTransformersJs() {
  const folder = join(ROOT, 'benchmarks/peers');
  if (existsSync(join(folder, 'node_modules/@huggingface/transformers'))) return true;
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  return (
    spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder, env, shell: process.platform === 'win32' })
      .status === 0
  );
}
