/**
 * Photos of 12 to 50 megapixels from file to prediction, by two builds in turn: `node benchmarks/large-photos.mjs OTHER_ROOT [ROUNDS]`. Each round is a
 * process of its own. Prints processor time and wall time per photo, the ratio of the two builds in each round, and the most memory.
 * tests/integration/decode-by-rows.test.ts shows that the pixels are the same.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { findPhotos } from './peers.mjs';
import { jsonOf, median, ROOT } from './processes.mjs';
import { createRandom } from './random.mjs';

/** Passes over the files: V8 still compiles in the second. */
const [WARM, MEASURED] = [3, 5];
const [other, rounds = '7', root, ...files] = process.argv.slice(2);
if (root === undefined) await compare();
else await measure();

/** Photos enlarged, with the noise of a sensor: softer than a mosaic, sharper than an enlargement alone. */
async function writePhotos(folder, { width, height, orientation, count }) {
  const photos = findPhotos();
  const random = createRandom(width);
  const paths = [];
  for (let i = 0; i < count; i++) {
    const { data, info } = await sharp(photos[(i * 11) % photos.length])
      .resize(width, height, { fit: 'cover' })
      .removeAlpha()
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    const noise = Int8Array.from({ length: 65_521 }, () => 12 * (random() + random() - 1));
    for (let at = 0; at < data.length; at++) data[at] = Math.min(255, Math.max(0, data[at] + noise[at % noise.length]));
    const path = join(folder, `${width}-${orientation}-${i}.jpg`);
    writeFileSync(path, await sharp(data, { raw: info }).jpeg({ quality: 90 }).withMetadata({ orientation }).toBuffer());
    paths.push(path);
  }
  return paths;
}

async function compare() {
  const folder = mkdtempSync(join(tmpdir(), 'labelwise-large-'));
  console.log(`${cpus().length} cores of ${cpus()[0]?.model}, Node ${process.version}`);
  try {
    for (const kind of [
      { name: '12 megapixels', width: 4000, height: 3000, orientation: 1, count: 8 },
      { name: '12 megapixels, turned by EXIF', width: 4000, height: 3000, orientation: 6, count: 8 },
      { name: '24 megapixels', width: 6000, height: 4000, orientation: 1, count: 4 },
      { name: '50 megapixels', width: 8660, height: 5774, orientation: 1, count: 3 },
    ]) {
      const paths = await writePhotos(folder, kind);
      const runs = { other: [], own: [] };
      for (let round = 0; round < Number(rounds); round++)
        for (const name of round % 2 === 0 ? ['other', 'own'] : ['own', 'other'])
          runs[name].push(jsonOf(fileURLToPath(import.meta.url), [other, rounds, name === 'own' ? ROOT : other, ...paths]));
      const of = (key) => ['other', 'own'].map((name) => median(runs[name].map((run) => run[key])).toFixed(0)).join(' -> ');
      const ratio = (key) => median(runs.own.map((run, i) => runs.other[i][key] / run[key])).toFixed(2);
      console.log(`${kind.name}: processor time ${of('cpu')} ms (${ratio('cpu')} x), wall ${of('wall')} ms (${ratio('wall')} x)`);
      console.log(`  peak memory ${of('peakMb')} MB`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure() {
  const { createClassifier } = await import(pathToFileURL(join(root, 'dist/index.js')).href);
  const classifier = await createClassifier({ labels: ['cat', 'dog', 'fish', 'house'] });
  for (let i = 0; i < WARM; i++) await classifier.classify(files); // compiles, and sets memory up
  const [before, at] = [process.cpuUsage(), performance.now()];
  for (let i = 0; i < MEASURED; i++) await classifier.classify(files);
  const { user, system } = process.cpuUsage(before);
  const photos = MEASURED * files.length;
  const wall = (performance.now() - at) / photos;
  console.log(JSON.stringify({ wall, cpu: (user + system) / 1000 / photos, peakMb: process.resourceUsage().maxRSS / 1000 }));
  await classifier.close();
}
