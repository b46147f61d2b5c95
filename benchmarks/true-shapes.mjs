// Holds embeddings of checkpoints of true shape against Python's: node benchmarks/true-shapes.mjs FOLDER PHOTOS [--first N] [NAME ...]
// FOLDER is made by tests/parity/build/true_shapes.py; PHOTOS is the folder that it was given. Prints the lowest cosines.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadEncoder } from 'labelwise/encoders';

const args = process.argv.slice(2);
const firstAt = args.indexOf('--first'); // of the photos: large models take a second for each
const first = firstAt < 0 ? Number.POSITIVE_INFINITY : Number(args.splice(firstAt, 2)[1]);
const [folder, photos, ...names] = args;
const cosine = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0) / Math.hypot(...a) / Math.hypot(...b);
for (const name of names.length > 0 ? names : readdirSync(folder)) {
  const checkpoint = join(folder, name);
  if (!existsSync(join(checkpoint, 'reference.json'))) continue;
  const reference = JSON.parse(readFileSync(join(checkpoint, 'reference.json'), 'utf8'));
  const bytes = readFileSync(join(checkpoint, 'reference.f32'));
  const rowOf = (i) => new Float32Array(bytes.buffer, bytes.byteOffset + i * reference.dimension * 4, reference.dimension);
  for (const dtype of ['fp32', 'int8']) {
    let encoder;
    try {
      encoder = await loadEncoder({ model: checkpoint, dtype, onWarning: () => {} });
    } catch (error) {
      if (dtype === 'int8' && error.code === 'DTYPE_UNAVAILABLE') continue;
      throw error;
    }
    const texts = await encoder.encodeTexts(reference.texts);
    const textCosines = texts.map((text, i) => cosine(text, rowOf(reference.images.length + i)));
    const imageCosines = [];
    for await (const outcome of encoder.encodeImages(reference.images.slice(0, first).map((path) => join(photos, path)))) {
      if (outcome.error) throw outcome.error;
      imageCosines.push(cosine(outcome.embedding, rowOf(outcome.index)));
    }
    await encoder.close();
    const lowest = (values) => Math.min(...values).toFixed(7);
    console.log(
      `${name.padEnd(12)} ${dtype}  images ${imageCosines.length}: ${lowest(imageCosines)}  texts ${texts.length}: ${lowest(textCosines)}`,
    );
  }
}
