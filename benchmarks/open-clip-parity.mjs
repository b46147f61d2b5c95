/**
 * Compares labelwise with what open_clip gave for checkpoints of full size, in float32 and as an int8 copy:
 *
 *   python tests/parity/build/open_clip_towers.py --full FOLDER ViT-B-16-SigLIP EVA02-B-16 ...
 *   node benchmarks/open-clip-parity.mjs FOLDER
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quantizeCheckpoint } from '../dist/encoders/quantize/quantize-checkpoint.js';
import { loadEncoder } from '../dist/library/encoders.js';

const [folder] = process.argv.slice(2);
const parity = fileURLToPath(new URL('../tests/parity/', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'labelwise-parity-'));
process.env.LABELWISE_HOME = home;

function cosine(a, b) {
  const dot = (x, y) => x.reduce((sum, value, i) => sum + value * y[i], 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

/** The lowest cosines of photos and texts with open_clip. */
async function lowest(model, { texts, photos, te, ie }, dtype) {
  const encoder = await loadEncoder({ model, dtype });
  const embedded = await encoder.encodeTexts(texts);
  const ofTexts = Math.min(...embedded.map((embedding, i) => cosine([...embedding], te[i])));
  let ofPhotos = 1;
  for await (const outcome of encoder.encodeImages(photos)) {
    if ('error' in outcome) throw outcome.error;
    ofPhotos = Math.min(ofPhotos, cosine([...outcome.embedding], ie[outcome.index]));
  }
  await encoder.close();
  return `${ofPhotos.toFixed(7)} | ${ofTexts.toFixed(7)}`;
}

console.log('| checkpoint | photos | texts | int8: photos | texts |\n|---|---|---|---|---|');
for (const name of readdirSync(folder).sort()) {
  const model = join(folder, name);
  const golden = JSON.parse(readFileSync(join(model, 'golden.json'), 'utf8'));
  const photos = golden.photos.map((photo) => join(parity, photo));
  process.stdout.write(`| ${name} | ${await lowest(model, { ...golden, photos }, 'fp32')} |`);
  await quantizeCheckpoint({ model, home, hub: {}, photos, prompts: golden.texts, force: true });
  console.log(` ${await lowest(model, { ...golden, photos }, 'int8')} |`);
  rmSync(join(home, 'int8'), { recursive: true });
}
rmSync(home, { recursive: true });
