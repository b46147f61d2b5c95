import { readFileSync } from 'node:fs';
import { decodeImage, loadEncoder, writePixels } from '../dist/encoders/index.js';
import { timed } from './processes.mjs';

/** Each stage of pocket's way from file to embedding, alone: seconds a photo on one core; the forward pass on all. */
export async function measureStages(photos) {
  const encoder = await loadEncoder(); // closed with the process
  const { imageTransform } = encoder.manifest;
  const bytes = photos.map((path) => readFileSync(path));
  const decoded = await Promise.all(bytes.map((data) => decodeImage(data, encoder.limits)));
  const out = new Float32Array(3 * 224 * 224);
  const decode = await timed(5, async () => {
    for (const data of bytes) await decodeImage(data, encoder.limits);
  });
  const resize = await timed(5, () => {
    for (const image of decoded) writePixels(image, imageTransform, { out });
  });
  const all = async () => {
    for await (const outcome of encoder.encodeImages(bytes)) if ('error' in outcome) throw outcome.error;
  };
  await all();
  const whole = await timed(5, all);
  const each = ({ median, least, most, rounds }) => ({
    median: median / photos.length,
    least: least / photos.length,
    most: most / photos.length,
    rounds,
  });
  return { decode: each(decode), 'resize, crop and normalise': each(resize), 'all of it, in a run': each(whole) };
}
