/**
 * A photographer's library from the first index to a renamed folder: node benchmarks/photo-library.mjs --pictures 2000 [--work FOLDER] [--sources FOLDER] [--build FOLDER]
 * Makes small, distinct pictures (32 to 64 pixels, 2 KB) and runs one command after the other over them. Prints a table of wall time, processor time and
 * peak memory. With --work the folder stays: a run that was stopped goes on with the step that it was in. 200,000 pictures need 3 GB of disk.
 * --minutes: stop after so long and exit with 75, so that a loop can share a machine with others; the time of a step in pieces is their sum.
 * --sources: photos to cut the pictures from (default: the demo's). --build: the labelwise to run (default: this one).
 */
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { createRandom } from './random.mjs';

const { values: flags } = parseArgs({
  options: {
    pictures: { type: 'string', default: '2000' },
    work: { type: 'string' },
    sources: { type: 'string' },
    build: { type: 'string' },
    minutes: { type: 'string' },
  },
});
const until = performance.now() + Number(flags.minutes ?? 1e9) * 60_000;
const isOver = () => performance.now() > until;
const root = fileURLToPath(new URL('..', import.meta.url));
const PICTURES = Number(flags.pictures);
const IN_FOLDER = 500;
const work = flags.work ? resolve(flags.work) : mkdtempSync(join(tmpdir(), 'labelwise-library-'));
const [first, moved] = [join(work, 'photos'), join(work, 'photos-moved')];
const program = join(flags.build ? resolve(flags.build) : root, 'dist/bin/labelwise.js');
const notes = join(work, 'results.json');
mkdirSync(work, { recursive: true });

const folderOf = (i) => String(Math.floor(i / IN_FOLDER)).padStart(4, '0');
const pathOf = (folder, i) => join(folder, folderOf(i), `IMG_${String(i).padStart(6, '0')}.jpg`);

async function readSources() {
  const folder = flags.sources ?? join(root, 'demo/photos');
  const files = readdirSync(folder, { recursive: true }).filter((name) => /\.(?:jpe?g|png)$/i.test(name));
  const read = (name) => sharp(join(folder, name)).resize(96, 96, { fit: 'cover' }).removeAlpha().toColourspace('srgb').raw().toBuffer();
  const sources = [];
  for (const name of files) sources.push(await read(name));
  return sources;
}

/** Half of the pictures have a date of their own, a tenth a place. */
function exifOf(i) {
  if (i % 2 === 1) return;
  const day = new Date(Date.UTC(2005, 0, 1) + i * 1_800_000).toISOString().slice(0, 19).replaceAll('-', ':').replace('T', ' ');
  const IFD3 = {
    GPSLatitudeRef: 'N',
    GPSLatitude: `${40 + (i % 17)}/1 0/1 0/1`,
    GPSLongitudeRef: 'E',
    GPSLongitude: `${i % 23}/1 0/1 0/1`,
  };
  return { IFD2: { DateTimeOriginal: day }, ...(i % 10 === 0 && { IFD3 }) };
}

/** A cut of one photo, mirrored or not, its colours changed, mixed with another photo: distinct, and still a picture of something. */
function makePicture(i, sources, edited = '') {
  const random = createRandom(i * 2 + (edited ? 1 : 0));
  const pick = (n) => Math.floor(random() * n);
  const [one, other] = [sources[pick(sources.length)], sources[pick(sources.length)]];
  const share = random() * 0.3;
  const gain = [0, 1, 2].map(() => 0.75 + random() * 0.5);
  const pixels = Buffer.alloc(one.length);
  for (let k = 0; k < pixels.length; k++) pixels[k] = Math.min(255, (one[k] * (1 - share) + other[k] * share) * gain[k % 3]);
  const side = 48 + pick(48);
  const cut = { left: pick(96 - side + 1), top: pick(96 - side + 1), width: side, height: side };
  const image = sharp(pixels, { raw: { width: 96, height: 96, channels: 3 } })
    .extract(cut)
    .flop(random() < 0.5);
  const exif = exifOf(i);
  const sized = image.resize(32 + pick(33), 32 + pick(33), { fit: 'fill' });
  return (exif ? sized.withExif(exif) : sized).jpeg({ quality: 80 }).toBuffer();
}

async function writePictures() {
  const sources = await readSources();
  for (let from = 0; from < PICTURES; from += IN_FOLDER) {
    const folder = join(first, folderOf(from));
    const to = Math.min(PICTURES, from + IN_FOLDER);
    if (existsSync(folder) && readdirSync(folder).length === to - from) continue;
    mkdirSync(folder, { recursive: true });
    for (let i = from; i < to; i++) writeFileSync(pathOf(first, i), await makePicture(i, sources));
    if (isOver()) throw new Stopped();
  }
}

/** Edits, deletes and adds: one picture in 200, one in 400, one in 400. */
async function changePictures() {
  const sources = await readSources();
  for (let i = 0; i < PICTURES; i += 400) {
    writeFileSync(pathOf(first, i), await makePicture(i, sources, 'edited'));
    writeFileSync(pathOf(first, i + 1).replace('.jpg', '-new.jpg'), await makePicture(PICTURES + i, sources));
    if (i + 200 < PICTURES) writeFileSync(pathOf(first, i + 200), await makePicture(i + 200, sources, 'edited'));
    if (existsSync(pathOf(first, i + 2))) unlinkSync(pathOf(first, i + 2));
  }
}

/** A step that goes on in the next run: what it used until now. */
class Stopped {
  constructor(used = {}) {
    this.used = used;
  }
}

/** Runs labelwise and measures the process: seconds of wall and processor time, and its peak memory. */
function run(args, { canStop = false } = {}) {
  const started = performance.now();
  const child = spawn(process.execPath, ['-r', join(root, 'benchmarks/report-peak.cjs'), program, ...args], {
    cwd: work,
    env: { ...process.env, LABELWISE_HOME: join(work, 'home') },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const texts = ['', '', '', ''];
  const timer = canStop && setTimeout(() => child.kill('SIGINT'), Math.max(0, Math.min(until - performance.now(), 2 ** 31 - 1)));
  for (const n of [1, 2, 3]) child.stdio[n].on('data', (chunk) => (texts[n] += chunk));
  return new Promise((settle, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      if (canStop && isOver() && texts[3] !== '' && code !== 0)
        return reject(new Stopped({ wallS: (performance.now() - started) / 1000, ...JSON.parse(texts[3]) }));
      if (code !== 0 || texts[3] === '') return reject(new Error(`labelwise ${args.join(' ')}: exit ${code}\n${texts[2]}`));
      const wallS = (performance.now() - started) / 1000;
      settle({ wallS, ...JSON.parse(texts[3]), stdout: texts[1], stderr: texts[2] });
    });
  });
}

const db = ['--db', join(work, 'db')];
const index = async (...args) => {
  const { stdout, stderr: _, ...used } = await run(['index', ...args, ...db, '--json', '--quiet'], { canStop: true });
  const [{ found, unchanged, known, encoded, removed }] = JSON.parse(stdout);
  return { ...used, says: `${found} found, ${unchanged} unchanged, ${known} known, ${encoded} encoded, ${removed} removed` };
};
const rows = (command) => async () => {
  const { stdout, stderr: _, ...used } = await run([...command, ...db, '--json', '--quiet']);
  return { ...used, says: `${JSON.parse(stdout).length} rows` };
};
const page =
  (...command) =>
  async () => {
    const { stdout: _, stderr: __, ...used } = await run([...command, ...db, '--quiet', '--html', join(work, 'page.html')]);
    return { ...used, says: `${(statSync(join(work, 'page.html')).size / 1e6).toFixed(2)} MB` };
  };
const plain =
  (...command) =>
  async () => {
    const { stdout: _, stderr: __, ...used } = await run([...command, ...db, '--quiet']);
    return used;
  };
const search = (...args) => rows(['search', ...args]);

const labels = ['--labels', 'cat, dog, bird, car, boat, flower, building, person', '--name', 'things'];
const steps = {
  'pictures made': writePictures,
  'first index': () => index(first),
  'index, nothing changed': () => index(),
  'index status': plain('index', 'status'),
  'search "a dog", the first': search('a dog'),
  'search "a dog"': search('a dog'),
  'search --like': async () => search('--like', pathOf(first, 3))(),
  'search --in one folder': search('a dog', '--in', join(first, '0001')),
  'search --after --before': search('a dog', '--after', '2005-01-10', '--before', '2005-01-20'),
  'search --near --within': search('a dog', '--near', '48,11', '--within', '100km'),
  'search --where': search('a dog', '--where', 'width > 60 AND height > 60'),
  'search --in . --sort date': search('--in', first, '--sort', 'date'),
  'search --relevant': search('a dog', '--relevant'),
  'search --html, 80 pictures': page('search', 'a dog', '--top-k', '80'),
  'tag with 8 labels': plain('tag', ...labels),
  'tag with 8 labels --html': page('tag', ...labels, '--dry-run'),
  'search tag:dog': search('tag:dog'),
  'search "on grass" tag:dog': search('on grass', 'tag:dog'),
  'tags list': plain('tags', 'list'),
  'pictures changed': changePictures,
  'index, 1 % changed': () => index(),
  'search "a dog", after it': search('a dog'),
  'index of the renamed folder': () => {
    if (existsSync(first)) renameSync(first, moved);
    return index(moved);
  },
  'index --forget of the old name': plain('index', '--forget', first),
  'search tag:dog, renamed': search('tag:dog'),
  'index verify': plain('index', 'verify'),
  'export --csv': plain('export', '--csv', '--out', join(work, 'tags.csv')),
  duplicates: rows(['duplicates']),
  'duplicates --html': page('duplicates'),
  discover: rows(['discover']),
  'discover --html': page('discover'),
  'index optimize': plain('index', 'optimize'),
  'search "a dog", optimized': search('a dog'),
  'search --in one folder, optimized': search('a dog', '--in', join(moved, '0001')),
};

const results = existsSync(notes) ? JSON.parse(readFileSync(notes, 'utf8')) : {};
const keep = () => writeFileSync(notes, `${JSON.stringify(results, null, 2)}\n`);
const add = (before = {}, now) => ({
  ...now,
  wallS: (before.wallS ?? 0) + now.wallS,
  ...(now.cpuS !== undefined && { cpuS: (before.cpuS ?? 0) + now.cpuS, peakMb: Math.max(before.peakMb ?? 0, now.peakMb) }),
});
for (const [name, step] of Object.entries(steps)) {
  if (results[name] && !results[name].isPart) continue;
  if (isOver()) process.exit(75);
  const started = performance.now();
  const result = await step().catch((error) => {
    if (error instanceof Stopped) return { ...error.used, isPart: true };
    throw error;
  });
  results[name] = add(results[name], { wallS: (performance.now() - started) / 1000, ...result });
  keep();
  console.error(name, JSON.stringify(results[name]));
  if (results[name].isPart) process.exit(75);
}

const number = (value, digits) => (value === undefined ? '' : value.toFixed(digits));
console.log(`${PICTURES} pictures\n\n| step | wall, s | processor, s | peak memory, MB | |\n|---|---|---|---|---|`);
for (const [name, { wallS, cpuS, peakMb, says = '' }] of Object.entries(results))
  console.log(`| ${name} | ${number(wallS, 1)} | ${number(cpuS, 1)} | ${number(peakMb, 0)} | ${says} |`);
if (!flags.work) rmSync(work, { recursive: true });
