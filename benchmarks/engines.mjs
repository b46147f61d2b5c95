/**
 * From file to embedding with each engine and precision, beside transformers.js and another build of labelwise, in one run: every program is
 * loaded once in a process of its own, and all of them embed the same photos in turn. Linux only: processor time comes from /proc and covers
 * the processes that a program starts.
 *
 *   node benchmarks/engines.mjs MODELS [--base CHECKOUT] [--rounds N] [--photos N] [NAME ...]
 *
 * MODELS has folders of true shape (tests/parity/build/true_shapes.py): b32, l14. OpenVINO is found as by labelwise (LABELWISE_OPENVINO).
 * bf16 and int8 are checked by `models quantize` before they are measured, as labelwise demands.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findPhotos } from './peers.mjs';
import { median, ROOT } from './processes.mjs';

const args = process.argv.slice(2);
const take = (flag, fallback) => {
  const at = args.indexOf(flag);
  return at < 0 ? fallback : args.splice(at, 2)[1];
};
const base = take('--base');
const rounds = Number(take('--rounds', '7'));
const count = Number(take('--photos', '16'));
const [models, ...names] = args;
const home = mkdtempSync(join(tmpdir(), 'labelwise-engines-'));
const TICK = 100; // of Linux's clock, per second

/** Processor time of a process and those that it has started, in seconds. */
function cpuOf(pid) {
  const [, rest] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const fields = rest.split(' ');
  let ticks = Number(fields[11]) + Number(fields[12]);
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const list = `/proc/${pid}/task/${task}/children`;
    const children = existsSync(list) ? readFileSync(list, 'utf8').trim() : ''; // a thread may have ended
    for (const child of children === '' ? [] : children.split(' ')) ticks += cpuOf(child) * TICK;
  }
  return ticks / TICK;
}

async function start(script, options) {
  const child = spawn(process.execPath, [script, ...options], {
    cwd: ROOT,
    env: { ...process.env, LABELWISE_HOME: home },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value);
  const { engine, embeddings } = await next();
  return {
    engine,
    embeddings,
    async round() {
      const before = cpuOf(child.pid);
      child.stdin.write('\n');
      const { seconds } = await next();
      return { seconds, cpu: cpuOf(child.pid) - before };
    },
    end: () => child.stdin.end(),
  };
}

const cosine = (a, b) => {
  const dot = (x, y) => x.reduce((sum, value, i) => sum + value * y[i], 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
};

function quantize(model, ...flags) {
  const command = ['dist/bin/labelwise.js', 'models', 'quantize', model, '--label-set', 'cifar10', '--force', '-q', ...flags];
  const { status, stderr } = spawnSync(process.execPath, command, {
    cwd: ROOT,
    env: { ...process.env, LABELWISE_HOME: home },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
}

async function measure(name) {
  const model = join(models, name);
  const photos = findPhotos();
  const files = Array.from({ length: count }, (_, i) => photos[(i * 5) % photos.length]);
  const large = name === 'l14';
  if (!large) quantize(model); // L/14 is measured in floating point alone: seven of it fill the memory
  quantize(model, '--precision', 'bf16');
  const own = (options, build = ROOT) => [
    join(ROOT, 'benchmarks/encode-on-demand.mjs'),
    [build, JSON.stringify({ model, ...options }), ...files],
  ];
  const programs = {
    'transformers.js fp32': [join(ROOT, 'benchmarks/peers/transformers-js-on-demand.mjs'), [models, name, large ? '4' : '8', ...files]],
    ...(base ? { 'earlier build fp32': own({}, base) } : {}),
    'ONNX Runtime fp32': own({ engine: 'onnxruntime' }),
    'OpenVINO fp32': own({ engine: 'openvino' }),
    'OpenVINO bf16': own({ engine: 'openvino', precision: 'bf16' }),
    ...(large
      ? {}
      : {
          'ONNX Runtime int8': own({ engine: 'onnxruntime', precision: 'int8' }),
          'OpenVINO int8': own({ engine: 'openvino', precision: 'int8' }),
        }),
  };
  const started = {};
  for (const [program, [script, options]] of Object.entries(programs)) started[program] = await start(script, options);
  const found = Object.fromEntries(Object.keys(programs).map((program) => [program, []]));
  for (let round = 0; round < rounds; round++)
    for (const program of Object.keys(programs)) found[program].push(await started[program].round());
  const exact = started['ONNX Runtime fp32'].embeddings;
  const peer = found['transformers.js fp32'];
  console.log(`\n## ${name}: ${count} photos, ${rounds} rounds\n`);
  console.log(
    '| program | processor time per photo | wall time per photo | against transformers.js: processor, wall | lowest cosine to ONNX Runtime fp32 |',
  );
  console.log('|---|---|---|---|---|');
  for (const [program, rows] of Object.entries(found)) {
    const ratio = (key) => median(rows.map((row, i) => peer[i][key] / row[key])).toFixed(2);
    const each = (key) => ((1000 * median(rows.map((row) => row[key]))) / count).toFixed(1);
    const lowest = Math.min(...started[program].embeddings.map((embedding, i) => cosine(embedding, exact[i])));
    console.log(
      `| ${program} | ${each('cpu')} ms | ${each('seconds')} ms | ${ratio('cpu')} x, ${ratio('seconds')} x | ${lowest.toFixed(6)} |`,
    );
  }
  for (const program of Object.values(started)) program.end();
}

const flags = existsSync('/proc/cpuinfo') ? (/^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '').split(' ') : [];
const useful = flags.filter((flag) => /^(?:avx2|avx512f|avx512_vnni|avx_vnni|avx512_bf16|amx_\w+)$/.test(flag));
console.log(`${cpus().length} cores of ${cpus()[0]?.model}; ${useful.join(' ')}; Node ${process.version}; load ${loadavg()[0].toFixed(1)}`);
try {
  for (const name of names.length > 0 ? names : ['b32', 'l14'].filter((one) => existsSync(join(models, one)))) await measure(name);
} finally {
  rmSync(home, { recursive: true, force: true });
}
