/**
 * `labelwise index` over many photos from disk: node benchmarks/bulk.mjs [COUNT] [--model MODEL] [--small] [--folder FOLDER] [--minutes MINUTES]. The
 * photos are those of findPhotos, each copy with other bytes behind its picture, so that every file is decoded and encoded. Samples the process every
 * half second and prints the share of its cores' time that was in use, the processor time of other programs, and resident memory in tenths of the run.
 * Linux only. With --small the photos are 64 pixels wide, so that memory can be watched over many of them. --minutes stops the run, and --folder keeps
 * the photos and the index, so that the same command goes on where it stopped.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import sharp from 'sharp';
import { availableThreads } from '../dist/library/encoders.js';
import { findPhotos } from './peers.mjs';
import { median, ROOT } from './processes.mjs';

const args = process.argv.slice(2);
const optionOf = (name) => (args.includes(name) ? args.splice(args.indexOf(name), 2)[1] : undefined);
const model = optionOf('--model') ?? 'pocket';
const kept = optionOf('--folder');
const minutes = Number(optionOf('--minutes') ?? Number.POSITIVE_INFINITY);
const isSmall = args.includes('--small');
const count = Number(args.find((arg) => !arg.startsWith('--')) ?? 50_000);
const folder = kept ?? mkdtempSync(join(tmpdir(), 'labelwise-bulk-'));
const TICK = 100; // of Linux's clock, per second

async function writePhotos() {
  const photos = [];
  for (const path of findPhotos())
    photos.push(
      isSmall ? { path: '.jpg', bytes: await sharp(path).resize(64, 64).jpeg().toBuffer() } : { path, bytes: readFileSync(path) },
    );
  for (let i = 0; i < count; i++) {
    const { path, bytes } = photos[i % photos.length];
    const parent = join(folder, 'photos', String(Math.floor(i / 1000)));
    if (i % 1000 === 0) mkdirSync(parent, { recursive: true });
    writeFileSync(join(parent, `${i}${isSmall ? '.jpg' : extname(path)}`), Buffer.concat([bytes, Buffer.from(` ${i}`)]));
  }
}

function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICK;
}

const cpuOfAll = () => cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0) / 1000;
const residentOf = (pid) => Math.round(Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1000);

/** How many photos the index holds. */
function countIndexed(env) {
  const { stdout } = spawnSync(process.execPath, ['dist/bin/labelwise.js', 'index', 'status', '--json'], {
    cwd: ROOT,
    env,
    encoding: 'utf8',
  });
  return JSON.parse(stdout || '[]')[0]?.files ?? 0;
}

try {
  if (!existsSync(join(folder, 'photos'))) await writePhotos();
  const env = { ...process.env, LABELWISE_HOME: join(folder, 'home') };
  const before = countIndexed(env);
  const command = ['dist/bin/labelwise.js', 'index', join(folder, 'photos'), '--model', model, '--quiet'];
  const child = spawn(process.execPath, command, { cwd: ROOT, env, stdio: 'ignore' });
  const samples = [];
  const sample = () => {
    try {
      samples.push({ at: performance.now() / 1000, own: cpuOf(child.pid), all: cpuOfAll(), resident: residentOf(child.pid) });
    } catch {} // it has just ended
  };
  sample();
  const timer = setInterval(sample, 500);
  const stop = setTimeout(() => child.kill('SIGINT'), Math.min(minutes * 60_000, 2 ** 31 - 1));
  const code = await new Promise((done) => child.once('exit', done));
  clearInterval(timer);
  clearTimeout(stop);
  if (code !== 0 && minutes === Number.POSITIVE_INFINITY) throw new Error(`index ended with ${code}`);
  const [first, last] = [samples[0], samples.at(-1)];
  const room = (last.at - first.at) * availableThreads();
  const [own, others] = [last.own - first.own, last.all - first.all - (last.own - first.own)];
  const tenths = Array.from({ length: 10 }, (_, i) => samples.slice((i * samples.length) / 10, ((i + 1) * samples.length) / 10));
  const after = countIndexed(env);
  const done = after - before;
  const share = (time) => `${((100 * time) / room).toFixed(1)} %`;
  console.log(
    `${before} to ${after} of ${count} photos, ${model}, ${availableThreads()} cores of ${cpus()[0]?.model}, Node ${process.version}`,
  );
  console.log(`${(done / (last.at - first.at)).toFixed(1)} photos/s, ${((1000 * own) / done).toFixed(1)} ms of processor time per photo`);
  console.log(`cores in use: ${share(own)} by labelwise, ${share(others)} by other programs, ${share(room - own - others)} idle`);
  console.log(`resident memory, MB: ${tenths.map((some) => median(some.map(({ resident }) => resident))).join(' ')}`);
} finally {
  if (kept === undefined) rmSync(folder, { recursive: true, force: true });
}
