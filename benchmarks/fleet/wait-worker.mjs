/**
 * A worker whose forward pass is a wait, as a process of its own: node wait-worker.mjs QUEUE STORAGE_OPTIONS WAIT_MS BATCH [MODEL]. With MODEL, the
 * forward passes are that model's, on one core. On SIGTERM it finishes what it
 * has in hand, and tells its parent how much processor time it took since SIGUSR2 (or its start).
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeImage } from '../../dist/images/decode-image.js';
import { DEFAULT_IMAGE_LIMITS } from '../../dist/images/read-image.js';
import { loadEncoder } from '../../dist/index.js';
import { createSources } from '../../dist/ingest/create-sources.js';
import { runWorker } from '../../dist/jobs/run-worker.js';
import { openDatabase } from '../../dist/store/database.js';
import { DIMENSION, info } from './wait-info.mjs';

const [queue, optionsText, waitText, batchText, model = ''] = process.argv.slice(2);
const [storageOptions, waitMs, batchSize] = [JSON.parse(optionsText), Number(waitText), Number(batchText)];

/** One forward pass at a time, whatever is in hand. */
let device = Promise.resolve();
let busyMs = 0;
const forward = (images) => {
  const length = (waitMs * images) / batchSize;
  device = device.then(() => sleep(length)).then(() => (busyMs += length));
  return device;
};

/** Decodes a batch while the one before is in its forward pass, as the real encoder does. */
async function* encodeImages(images) {
  let index = 0;
  let before;
  const finish = async ({ batch, decoded, passed }) => {
    await passed;
    return (await decoded).map(({ width, height }, i) => ({ index: index++, width, height, embedding: embed(batch[i]) }));
  };
  const begin = (batch) => {
    const decoded = Promise.all(batch.map((bytes) => decodeImage(bytes, DEFAULT_IMAGE_LIMITS)));
    return { batch, decoded, passed: decoded.then(() => forward(batch.length)) };
  };
  const next = async function* (batch) {
    const started = begin(batch);
    if (before) yield* await finish(before);
    before = started;
  };
  let batch = [];
  for await (const image of images) {
    if (batch.push(image) < batchSize) continue;
    yield* next(batch);
    batch = [];
  }
  if (batch.length > 0) yield* next(batch);
  if (before) yield* await finish(before);
}

function embed(bytes) {
  const values = Float32Array.from(createHash('shake256', { outputLength: DIMENSION }).update(bytes).digest(), (byte) => byte - 127.5);
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}

let cpu = process.cpuUsage();
let busyBefore = 0;
process.on('SIGUSR2', () => {
  cpu = process.cpuUsage();
  busyBefore = busyMs;
});
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
await runWorker({
  queue,
  signal: stop.signal,
  sources: createSources(storageOptions),
  openDatabase: (address) => openDatabase(address, '`db`', { storageOptions }),
  openEncoder: async () => ({
    encoder: model === '' ? { info, encodeImages } : await loadEncoder({ model, threads: 1 }),
    maxImageBytes: 2 ** 24,
  }),
});
const { user, system } = process.cpuUsage(cpu);
process.send?.({ cpuMs: (user + system) / 1000, busyMs: busyMs - busyBefore }, () => process.exit());
