import type { Manifest } from '../../checkpoints/manifest.js';
import { openManifest } from '../../checkpoints/open-manifest.js';
import type { ImageSource } from '../../core/ports.js';
import { throwIfAborted } from '../../errors.js';
import type { Surroundings } from '../../hub/surroundings.js';
import { type Encoder, type LoadEncoderOptions, loadEncoder } from '../load-encoder.js';
import { chooseThreads } from '../onnx/available-threads.js';
import { dtypeFor, planEngine } from '../plan-engine.js';
import { refuseUnwritableTuning, type Tuning, writeTuning } from './tuning-note.js';

export interface TuneOptions extends LoadEncoderOptions, Surroundings {
  /** Real photos: decoding and resizing are part of what is measured. */
  readonly photos: readonly ImageSource[];
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

const BATCH_SIZES = [1, 2, 4, 8, 16];
const ROUNDS = 3;
/** One measurement takes at least this long, and at least two batches. */
const LEAST_MS = 700;

/**
 * Measures from file to embedding with each engine and batch size, with and without busy waiting, in turn and three times over, and keeps the
 * settings of the best median for `loadEncoder` on this machine. All that were measured are given, best first.
 *
 * @throws LabelwiseError `OUTPUT_UNWRITABLE` or `DISK_FULL` when they cannot be kept
 */
export async function tuneEncoder(options: TuneOptions): Promise<Tuning[]> {
  const threads = chooseThreads(options.threads);
  const { home } = options;
  await refuseUnwritableTuning(home);
  const manifest = await openManifest({ ...options, dtype: dtypeFor(options) });
  const loads = await waysToRun(manifest, options);
  const candidates = loads.flatMap((load) => BATCH_SIZES.map((batchSize) => ({ load, batchSize, rates: [] as number[] })));
  const total = ROUNDS * candidates.length;
  let done = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (const load of loads) {
      await using encoder = await loadEncoder({ ...options, ...load, threads, openImageCache: undefined });
      await measureRate(encoder, 1, options); // opens the session and starts the threads
      if (load.engine === 'openvino' && !(await encoder.device()).engine.startsWith('OpenVINO')) continue; // it failed, with a warning
      for (const candidate of candidates.filter((other) => other.load === load)) {
        throwIfAborted(options.signal);
        candidate.rates.push(await measureRate(encoder, candidate.batchSize, options));
        options.onProgress?.(++done, total);
      }
    }
  }
  const measured = candidates
    .filter(({ rates }) => rates.length === ROUNDS)
    .map(({ load, batchSize, rates }): Tuning => ({ ...load, batchSize, imagesPerSecond: rates.sort((a, b) => a - b)[1] as number }))
    .sort((a, b) => b.imagesPerSecond - a.imagesPerSecond);
  await writeTuning(manifest, measured[0] as Tuning, { threads, precision: options.precision, home });
  return measured;
}

type WayToRun = Pick<Tuning, 'engine' | 'isSpinning'>;

const WAYS: readonly WayToRun[] = [
  { engine: 'onnxruntime', isSpinning: false },
  { engine: 'onnxruntime', isSpinning: true },
  { engine: 'openvino', isSpinning: false }, // its threads wait as they like
];

/** The engines that the options allow and the machine has, for embeddings that a run with the same options may take. */
async function waysToRun(manifest: Manifest, options: TuneOptions): Promise<WayToRun[]> {
  const { engine = 'auto' } = options;
  if (engine !== 'auto') return WAYS.filter((way) => way.engine === engine);
  const ways: WayToRun[] = [];
  for (const way of WAYS) {
    const plan = await planEngine(manifest, way.engine, { ...options, engine: way.engine === 'openvino' ? 'auto' : way.engine }).catch(
      () => undefined,
    );
    if (plan && (plan.openvino !== undefined) === (way.engine === 'openvino')) ways.push(way);
  }
  return ways;
}

/** Images a second from file to embedding. */
async function measureRate(encoder: Encoder, batchSize: number, { photos, signal }: TuneOptions): Promise<number> {
  const startedAt = performance.now();
  const isEnough = (count: number): boolean => count >= 2 * batchSize && performance.now() - startedAt >= LEAST_MS;
  function* images(): Generator<ImageSource> {
    for (let i = 0; !isEnough(i); i++) yield photos[i % photos.length] as ImageSource;
  }
  let count = 0;
  for await (const outcome of encoder.encodeImages(images(), { signal, batchSize })) {
    if ('error' in outcome) throw outcome.error;
    count++;
  }
  return count / ((performance.now() - startedAt) / 1000);
}
