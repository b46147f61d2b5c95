/**
 * A command while `labelwise serve` runs on the same home, beside Node alone and the same command without a service, in turn:
 * `node benchmarks/second-command.mjs [ROUNDS]`. Prints the median and the least of wall and processor time. On a busy machine, the processor
 * time beyond Node's says what the command itself takes.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { median, ROOT } from './processes.mjs';

const rounds = Number(process.argv[2] ?? 15);
const scratch = mkdtempSync(join(tmpdir(), 'labelwise-second-'));
const program = join(ROOT, 'dist/bin/labelwise.js');
const photos = join(ROOT, 'demo/photos');
const command = [program, 'classify', join(photos, readdirSync(photos)[0]), '--labels', 'cat, dog, espresso, rocket', '--ndjson'];
const homes = { service: join(scratch, 'service'), alone: join(scratch, 'alone') };
const envOf = (home) => ({ ...process.env, LABELWISE_HOME: home, LANCEDB_LOG: 'error' });

function run(args, home) {
  const began = performance.now();
  const preload = ['--require', join(ROOT, 'benchmarks/report-usage.cjs')];
  const { status, stderr, output } = spawnSync(process.execPath, [...preload, ...args], {
    env: envOf(home),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  if (status !== 0) throw new Error(stderr);
  return { wall: performance.now() - began, cpu: Number(output[3]) * 1000 };
}

const service = spawn(process.execPath, [program, 'serve', '--port', '0'], {
  env: envOf(homes.service),
  stdio: ['ignore', 'pipe', 'pipe'],
});
try {
  let said = '';
  for (const stream of [service.stdout, service.stderr]) stream.on('data', (data) => (said += data));
  while (!/http:/.test(said)) await wait(100);
  const jobs = {
    'through the service': () => run(command, homes.service),
    'by itself': () => run(command, homes.alone),
    'node -e 0': () => run(['-e', '0'], homes.alone),
  };
  const found = Object.fromEntries(Object.keys(jobs).map((what) => [what, []]));
  for (const job of Object.values(jobs)) job(); // fills the caches
  for (let round = 0; round < rounds; round++) for (const [what, job] of Object.entries(jobs)) found[what].push(job());
  const show = (values) => `${median(values).toFixed(0)} (${Math.min(...values).toFixed(0)})`;
  console.log(`${rounds} rounds in turn, ${cpus().length} cores of ${cpus()[0]?.model}, Node ${process.version}; median (least), ms`);
  console.table(
    Object.entries(found).map(([what, times]) => ({
      what,
      wall: show(times.map(({ wall }) => wall)),
      'processor time': show(times.map(({ cpu }) => cpu)),
    })),
  );
} finally {
  service.kill('SIGTERM');
  rmSync(scratch, { recursive: true, force: true });
}
