/**
 * `labelwise serve` under load, the encoder's own rate, memory over many requests, and beside FastAPI + transformers on the same weights.
 *
 *   node benchmarks/service.mjs [--seconds 20] [--clients 1,8,64,512] [--rounds 3] [--images 160]
 *                               [--memory 10000,100000] [--python PYTHON] [--parts load,peer,memory] [--out FILE] [--home FOLDER]
 *
 * Processor time is that of the service and of the processes that it started (/proc, so Linux): OpenVINO runs in one. The load generator is
 * another process. PYTHON needs what benchmarks/peers/fastapi_service.py names, and openvino for that engine. With --home, the model and its int8 copy are kept for the next run. Write nothing down from a busy machine but processor time and its ratios.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { findPhotos } from './peers.mjs';
import { jsonOf, median, ROOT, secondsOf } from './processes.mjs';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    clients: { type: 'string', default: '1,8,64,512' },
    rounds: { type: 'string', default: '3' },
    images: { type: 'string', default: '160' },
    memory: { type: 'string', default: '10000,100000' },
    python: { type: 'string' },
    parts: { type: 'string', default: 'load,peer,memory' },
    out: { type: 'string' },
    home: { type: 'string' },
  },
});
const parts = values.parts.split(',');
const home = values.home ?? mkdtempSync(join(tmpdir(), 'labelwise-service-'));
process.env.LABELWISE_HOME = home;
if (values.home === undefined) process.on('exit', () => rmSync(home, { recursive: true, force: true }));
const photos = findPhotos().slice(0, 64);
const TINY = join(ROOT, 'tests/parity/clip-tiny'); // for its tokenizer
const say = (line) => process.stderr.write(`${line}\n`);

/** The load generator keeps bodies of its own for each client: with more, it takes half a minute to begin. */
const MOST_BODIES = 2048;

/** Parent and ticks of a process, those of children that have ended included. */
const statOf = (pid) => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return { parent: Number(fields[1]), ticks: fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) };
};

/** What a process and all below it have used. */
function cpuSecondsOf(pid) {
  const all = readdirSync('/proc').flatMap((name) => {
    try {
      return /^\d+$/.test(name) ? [{ pid: Number(name), ...statOf(name) }] : [];
    } catch {
      return []; // it has ended meanwhile
    }
  });
  const ticksBelow = (top) => all.filter(({ parent }) => parent === top).reduce((sum, one) => sum + one.ticks + ticksBelow(one.pid), 0);
  return (statOf(pid).ticks + ticksBelow(pid)) / 100;
}

/** A service that runs, and what its processes have used. */
async function start(command, args, port) {
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  const address = `http://127.0.0.1:${port}`;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${args.join(' ')} ended with ${child.exitCode}`);
    const isReady = await fetch(`${address}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) break;
    await new Promise((next) => setTimeout(next, 200));
  }
  const cpuSeconds = () => cpuSecondsOf(child.pid);
  const residentMb = () => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]) / 1024;
  /** Load, with the processor time of the service for one answered image. */
  const load = (clients, limit, files = photos) => {
    const before = cpuSeconds();
    const few = files.slice(0, Math.ceil(MOST_BODIES / clients));
    const result = jsonOf('benchmarks/service-load.mjs', [address, String(clients), String(limit), ...few]);
    const cpuMs = (1000 * (cpuSeconds() - before)) / result.images;
    return { ...result, imagesPerSecond: result.images / result.seconds, cpuMsPerImage: cpuMs, residentMb: residentMb() };
  };
  return {
    load,
    async close() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

const freePort = async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
};

const labelwise = (...flags) => labelwiseWithCache('--no-cache', ...flags);

async function labelwiseWithCache(...flags) {
  const port = await freePort();
  return start(process.execPath, ['dist/bin/labelwise.js', 'serve', '-q', '--port', String(port), ...flags], port);
}

const own = (model, dtype, count) =>
  jsonOf('benchmarks/measure-images.mjs', [model, dtype, ...Array.from({ length: count }, (_, i) => photos[i % photos.length])]);

/** The embedded model at several numbers of clients, and the encoder by itself between them. */
async function underLoad() {
  const service = await labelwise();
  service.load(8, 32);
  const rows = {};
  for (const clients of values.clients.split(',')) {
    say(`${clients} clients`);
    const { imagesPerSecond, cpuSecondsPerImage } = own('pocket', 'default', 200);
    rows[clients] = {
      ...service.load(clients, `${values.seconds}s`),
      encoder: { imagesPerSecond, cpuMsPerImage: 1000 * cpuSecondsPerImage },
    };
  }
  await service.close();
  return rows;
}

const hasOpenVino = (python) => spawnSync(python, ['-c', 'import openvino']).status === 0;

/** The same weights and pictures, in turn, from 8 clients. */
async function besidePeer() {
  const model = join(home, 'b32');
  if (!existsSync(model)) execFileSync(values.python, ['benchmarks/peers/make_b32.py', TINY, model], { cwd: ROOT, stdio: 'inherit' });
  if (!existsSync(join(home, 'int8'))) secondsOf(['models', 'quantize', model, '--force', '-q']);
  const port = await freePort();
  const services = {
    'labelwise fp32, ONNX Runtime': () => labelwise('--model', model, '--dtype', 'fp32', '--engine', 'onnxruntime'),
    ...(hasOpenVino(values.python)
      ? {
          'labelwise fp32, OpenVINO': () =>
            labelwise('--model', model, '--dtype', 'fp32', '--engine', 'openvino', '--openvino', dirname(dirname(values.python))),
        }
      : {}),
    'labelwise int8, ONNX Runtime': () => labelwise('--model', model, '--dtype', 'int8', '--engine', 'onnxruntime'),
    'FastAPI + transformers fp32': () => start(values.python, ['benchmarks/peers/fastapi_service.py', model, String(port)], port),
  };
  const found = Object.fromEntries(Object.keys(services).map((name) => [name, []]));
  for (let round = 0; round < Number(values.rounds); round++)
    for (const [name, begin] of Object.entries(services)) {
      say(`${name}, round ${round + 1}`);
      const service = await begin();
      service.load(8, 24); // warm
      found[name].push(service.load(8, values.images));
      await service.close();
    }
  const rows = Object.fromEntries(
    Object.entries(found).map(([name, runs]) => {
      const middle = (key) => median(runs.map((run) => run[key]));
      return [
        name,
        { cpuMsPerImage: middle('cpuMsPerImage'), imagesPerSecond: middle('imagesPerSecond'), p99: middle('p99'), runs: runs.length },
      ];
    }),
  );
  const peer = rows['FastAPI + transformers fp32'].cpuMsPerImage;
  return { rows, ratios: Object.fromEntries(Object.entries(rows).map(([name, { cpuMsPerImage }]) => [name, peer / cpuMsPerImage])) };
}

/**
 * Resident memory after the first and after the last of many requests. They bring the same photos again and again, so most embeddings come
 * from the cache: so many could not be decoded and encoded in a bounded time.
 */
async function overTime() {
  const [first, last] = values.memory.split(',').map(Number);
  const service = await labelwiseWithCache();
  const files = photos.slice(0, 16);
  const early = service.load(16, first, files);
  const late = service.load(16, last - first, files);
  await service.close();
  return {
    first,
    last,
    firstMb: early.residentMb,
    lastMb: late.residentMb,
    grownMb: late.residentMb - early.residentMb,
    statuses: late.statuses,
  };
}

const result = {};
if (parts.includes('load')) result.load = await underLoad();
if (parts.includes('peer') && values.python !== undefined) result.peer = await besidePeer();
if (parts.includes('memory')) result.memory = await overTime();
const text = `${JSON.stringify(result, null, 2)}\n`;
if (values.out === undefined) process.stdout.write(text);
else writeFileSync(values.out, text);
