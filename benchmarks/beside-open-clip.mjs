// A checkpoint, run by labelwise and by open_clip (or transformers, for SigLIP 2 NaFlex) on torch, in turn, with the same threads:
//   python benchmarks/beside-open-clip.py make FOLDER MobileCLIP2-S2   (or `naflex`)
//   node benchmarks/beside-open-clip.mjs FOLDER [--python PYTHON] [--batch 1,2,4] [--rounds 7] [--threads 2]
//     [--engine openvino] [--spinning] [--reparameterized] [--forward]
// Forward: both stay open and take turns; the ratio is the median of the rounds'. Load (both towers) and the largest memory after one image:
// fresh processes, in turn. --spinning lets ONNX Runtime's threads wait busily, as torch's do; `models tune` finds out where that pays.
// --reparameterized lets timm fold its branches first, which open_clip does not do by itself. --forward leaves the loads out. Several batch sizes take
// turns within each round, and both sides are compared at their fastest size as well.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const OPTIONS = {
  python: { type: 'string', default: 'python3' },
  batch: { type: 'string', default: '8' },
  rounds: { type: 'string', default: '7' },
  threads: { type: 'string', default: '2' },
  engine: { type: 'string', default: 'onnxruntime' },
  spinning: { type: 'boolean', default: false },
  reparameterized: { type: 'boolean', default: false },
  forward: { type: 'boolean', default: false },
  serve: { type: 'boolean', default: false },
};
const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
const [folder] = positionals;
const script = fileURLToPath(import.meta.url);
if (values.serve) await serve();
else await compare();

/** A process that answers each line with one of JSON. */
function open(command, args) {
  const env = { ...process.env, THREADS: values.threads, ...(values.reparameterized ? { REPARAMETERIZED: '1' } : {}) };
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'ignore'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${command} ${args.join(' ')} ended early.`);
    return JSON.parse(value);
  };
  const ask = (line) => {
    child.stdin.write(`${line}\n`);
    return next();
  };
  const close = async () => {
    child.stdin.end();
    await once(child, 'exit'); // the next would share the cores with its end
  };
  return { next, ask, close };
}

async function compare() {
  const sides = {
    python: () => open(values.python, [script.replace(/\.mjs$/, '.py'), 'serve', folder]),
    labelwise: () =>
      open(process.execPath, [
        script,
        folder,
        '--serve',
        '--threads',
        values.threads,
        '--engine',
        values.engine,
        ...(values.spinning ? ['--spinning'] : []),
      ]),
  };
  const rounds = Number(values.rounds);
  const warm = sides.labelwise(); // it writes the graphs, which the next starts find
  await warm.next();
  await warm.close();
  if (!values.forward) await compareLoads(sides, rounds);
  await compareForward(sides, rounds);
}

async function compareLoads(sides, rounds) {
  const opened = { python: [], labelwise: [] };
  for (let round = 0; round < Math.min(rounds, 5); round++) {
    for (const side of Object.keys(sides)) {
      const one = sides[side]();
      opened[side].push(await one.next());
      await one.close();
    }
  }
  report('load, wall', 's', opened, (x) => x.load.wall);
  report('load, processor', 's', opened, (x) => x.load.cpu);
  report('load and imports, wall', 's', opened, (x) => x.load.wall + x.imports.wall);
  report('memory after one image', 'MB', opened, (x) => x.peak);
}

async function compareForward(sides, rounds) {
  const [ours, theirs] = [sides.labelwise(), sides.python()];
  await Promise.all([ours.next(), theirs.next()]);
  const sizes = values.batch.split(',').map(Number);
  const runs = new Map(sizes.map((size) => [size, { python: [], labelwise: [] }]));
  for (let round = -1; round < rounds; round++) {
    for (const [size, found] of runs) {
      const pair = { python: await theirs.ask(size), labelwise: await ours.ask(size) };
      if (round >= 0) for (const side of Object.keys(pair)) found[side].push(pair[side]); // the first round warms up
    }
  }
  const dot = (x, y) => x.reduce((sum, value, i) => sum + value * y[i], 0);
  for (const [size, found] of runs) {
    const [a, b] = [found.python[0].first, found.labelwise[0].first];
    console.log(`cosine of the first embeddings: ${(dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))).toFixed(7)}`);
    const wall = report(`a batch of ${size}, wall`, 's', found, (x) => x.wall);
    console.log(`images a second: ${(1 / wall).toFixed(2)} x`);
    report(`a batch of ${size}, processor`, 's', found, (x) => x.cpu);
  }
  if (sizes.length > 1) {
    const fastest = (side) => Math.max(...sizes.map((size) => size / median(runs.get(size)[side].map((x) => x.wall))));
    console.log(`images a second, each at its fastest size: ${(fastest('labelwise') / fastest('python')).toFixed(2)} x`);
  }
  report('memory after the batches', 'MB', runs.get(sizes.at(-1)), (x) => x.peak);
  for (const one of [ours, theirs]) await one.close();
}

function report(what, unit, found, of) {
  const [theirs, ours] = [found.python.map(of), found.labelwise.map(of)];
  const ratio = median(ours.map((value, i) => value / theirs[i]));
  console.log(
    `${what.padEnd(28)} Python ${median(theirs).toFixed(3)} ${unit}, labelwise ${median(ours).toFixed(3)} ${unit}: ${ratio.toFixed(2)} x`,
  );
  return ratio;
}

function median(all) {
  const sorted = [...all].sort((x, y) => x - y);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

async function serve() {
  const started = { wall: 0, cpu: 0 };
  const now = () => ({ wall: performance.now() / 1e3, cpu: process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6 });
  const since = (then) => ({ wall: now().wall - then.wall, cpu: now().cpu - then.cpu });
  const { openManifest } = await import('labelwise/encoders');
  const { opensUnpacked } = await import('../dist/checkpoints/families.js');
  const { graphsOf } = await import('../dist/graphs/graphs-of.js');
  const { openTowers } = await import('../dist/encoders/onnx/towers.js');
  const { planEngine } = await import('../dist/encoders/plan-engine.js');
  const { labelwiseHome } = await import('../dist/home/labelwise-home.js');
  const imports = since(started);
  const before = now();
  const home = labelwiseHome(process.env);
  const manifest = await openManifest({ model: folder });
  const { openvino } = await planEngine(manifest, undefined, { home, openvino: process.env.LABELWISE_OPENVINO, engine: values.engine });
  const settings = { device: 'cpu', threads: Number(values.threads), isSpinning: values.spinning, ownsProcess: true, openvino };
  const isUnpacked = openvino === undefined && opensUnpacked(manifest.modelType, settings.threads);
  const fallback = openvino && { isAllowed: false, onWarning: () => {} };
  const towers = openTowers(manifest, { ...settings, fallback }, () => graphsOf(manifest, { home, isUnpacked }));
  const [image] = await Promise.all([towers.image(), towers.text()]);
  const load = since(before);
  const side = manifest.imageTransform.crop?.width ?? 256; // NaFlex takes any: here 16 x 16 patches
  const run = async (batch) => {
    const pixels = Float32Array.from({ length: batch * 3 * side ** 2 }, (_, i) => Math.sin(i));
    const start = now();
    const { outputs } = await image.run({ pixel_values: { type: 'float32', data: pixels.buffer, dims: [batch, 3, side, side] } });
    const [{ data, dims }] = Object.values(outputs);
    return { ...since(start), first: [...new Float32Array(data).subarray(0, dims[1])] };
  };
  await run(1);
  const peak = () => process.resourceUsage().maxRSS / 1e3;
  console.log(JSON.stringify({ imports, load, peak: peak() }));
  for await (const line of createInterface({ input: process.stdin }))
    console.log(JSON.stringify({ ...(await run(Number(line))), peak: peak() }));
  await towers.close();
}
