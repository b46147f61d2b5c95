import { readFileSync } from 'node:fs';
import { openTowers } from '../dist/encoders/onnx/towers.js';
import { graphsOf } from '../dist/graphs/graphs-of.js';
import { availableThreads, decodeImage, loadEncoder, writePixels } from '../dist/library/encoders.js';
import { median } from './processes.mjs';

const ROUNDS = 5;

/**
 * Each stage of a checkpoint's way from file to embedding, alone, and all of them in a run: seconds an image, of the clock and of processors.
 * `limit`: what the stages' processor time comes to when no core is ever idle.
 */
export async function measureStages(photos, model = 'pocket') {
  const encoder = await loadEncoder({ model, onWarning() {} });
  const { imageTransform } = encoder.manifest;
  const { threads, batchSize, isSpinning } = encoder.settings;
  const bytes = photos.map((path) => readFileSync(path));
  const decoded = await Promise.all(bytes.map((data) => decodeImage(data, encoder.limits)));
  const size = 3 * 224 * 224;
  const out = new Float32Array(size);
  const prepare = () => graphsOf(encoder.manifest, process.env.LABELWISE_HOME);
  const towers = openTowers(encoder.manifest, { device: 'cpu', threads, isSpinning }, prepare);
  const tower = await towers.image();
  const dims = [batchSize, 3, 224, 224];
  let pixels = Float32Array.from({ length: batchSize * size }, (_, i) => Math.sin(i)).buffer; // comes back from each pass
  const forward = async () => {
    for (let at = 0; at < bytes.length; at += batchSize)
      pixels = (await tower.run({ pixel_values: { type: 'float32', dims, data: pixels } })).spent.pixel_values;
  };
  const stages = {
    decode: async () => {
      for (const data of bytes) await decodeImage(data, encoder.limits);
    },
    'resize, crop and normalise': () => {
      for (const image of decoded) writePixels(image, imageTransform, { out });
    },
    [`forward pass, batches of ${batchSize}`]: forward,
    'all of it, in a run': async () => {
      for await (const outcome of encoder.encodeImages(bytes)) if ('error' in outcome) throw outcome.error;
    },
  };
  for (const work of Object.values(stages)) await work();
  const found = {};
  for (const [name, work] of Object.entries(stages)) found[name] = await measure(work, photos.length);
  await Promise.all([encoder.close(), towers.close()]);
  const [whole, ...parts] = Object.values(found).reverse();
  const limit = parts.reduce((sum, part) => sum + part.processor, 0) / availableThreads();
  return { stages: found, limit, wholeAgainstLimit: whole.median / limit };
}

async function measure(work, count) {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    const [before, started] = [process.cpuUsage(), performance.now()];
    await work();
    const { user, system } = process.cpuUsage(before);
    rounds.push({ clock: (performance.now() - started) / 1000 / count, processor: (user + system) / 1e6 / count });
  }
  const clocks = rounds.map(({ clock }) => clock);
  return {
    median: median(clocks),
    least: Math.min(...clocks),
    most: Math.max(...clocks),
    processor: median(rounds.map((r) => r.processor)),
  };
}
