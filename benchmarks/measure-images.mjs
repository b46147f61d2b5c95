// labelwise over image files: node measure-images.mjs MODEL DTYPE FILE... Prints one JSON line, with a sample of CPU use every 250 ms.

import { loadEncoder } from '../dist/index.js';
import { availableThreads } from '../dist/library/encoders.js';

const [model, dtype, ...files] = process.argv.slice(2);
const started = performance.now();
const encoder = await loadEncoder({ model, dtype: dtype === 'default' ? undefined : dtype, onWarning() {} });
await encoder.device();
const loadSeconds = (performance.now() - started) / 1000;
const encode = async (paths) => {
  for await (const outcome of encoder.encodeImages(paths)) if ('error' in outcome) throw outcome.error;
};
await encode(files.slice(0, encoder.settings.batchSize));
const timeline = [];
let [lastCpu, lastAt] = [process.cpuUsage(), performance.now()];
const sample = setInterval(() => {
  const { user, system } = process.cpuUsage(lastCpu);
  const now = performance.now();
  timeline.push(Math.round((100 * (user + system)) / 1000 / (now - lastAt) / availableThreads()));
  [lastCpu, lastAt] = [process.cpuUsage(), now];
}, 250);
const [before, at] = [process.cpuUsage(), performance.now()];
await encode(files);
const seconds = (performance.now() - at) / 1000;
clearInterval(sample);
const { user, system } = process.cpuUsage(before);
const cpuSeconds = (user + system) / 1e6;
const rate = { imagesPerSecond: files.length / seconds, cpuSecondsPerImage: cpuSeconds / files.length };
const busy = cpuSeconds / seconds / availableThreads();
console.log(JSON.stringify({ ...rate, busy, timeline, loadSeconds, peakMb: process.resourceUsage().maxRSS / 1000, ...encoder.settings }));
await encoder.close();
