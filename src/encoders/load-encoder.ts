import { createHash } from 'node:crypto';
import type { KnownLogits } from '../checkpoints/checkpoint-folder.js';
import { describeUnknownFamily, opensUnpacked } from '../checkpoints/families.js';
import type { Manifest } from '../checkpoints/manifest.js';
import { type CheckpointOptions, openManifest } from '../checkpoints/open-manifest.js';
import { refuseOddLogits } from '../checkpoints/refuse-odd-logits.js';
import { describeUnknownClass } from '../checkpoints/tokenizer-class.js';
import { CROPS } from '../core/crops.js';
import { pocketKnows } from '../core/knows.js';
import type { EmbeddingCache, EncoderIdentity, EncoderInfo, ImageEncoder, TextEncoder } from '../core/ports.js';
import { closedError, LabelwiseError } from '../errors.js';
import { graphsOf } from '../graphs/graphs-of.js';
import type { PreparedGraphs } from '../graphs/prepare-graphs.js';
import type { Surroundings } from '../hub/surroundings.js';
import { BufferPool } from '../images/pool/buffer-pool.js';
import type { DecoderProcessOptions } from '../images/pool/decoder-process.js';
import { PreparePool } from '../images/pool/prepare-pool.js';
import { DEFAULT_IMAGE_LIMITS, type ImageLimits, readImageBytes, toImageLimits } from '../images/read-image.js';
import type { RgbImage } from '../images/rgb-image.js';
import { readCalibrations } from './calibrations.js';
import { encodeImages, type ImageBatching } from './encode-images.js';
import { encodeTexts } from './encode-texts.js';
import type { Device, DeviceChoice, EngineName, Precision } from './engines/protocol.js';
import { assertCount, chooseThreads } from './onnx/available-threads.js';
import { blankImageFeeds, emptyTextFeeds } from './onnx/companions.js';
import { solveLogits } from './onnx/solve-logits.js';
import { openTowers, type Towers } from './onnx/towers.js';
import { dtypeFor, type EncoderEngine, type EngineOptions, planEngine } from './plan-engine.js';
import { loadTokenizer } from './text/load-tokenizer.js';
import type { TextTokenizer } from './text/text-tokenizer.js';
import { readTuning } from './tuning/tuning-note.js';
import { usualBatchSize } from './tuning/usual-batch-size.js';

export interface LoadEncoderOptions extends CheckpointOptions {
  readonly device?: Device | 'auto' | undefined;
  /** What runs the graphs. The default, `auto`, is what `models tune` found, otherwise OpenVINO where it is installed, otherwise ONNX Runtime. */
  readonly engine?: EngineName | 'auto' | undefined;
  /** The number format to compute in. The default is that of `dtype`; bf16 and int8 have to pass `models quantize` first. */
  readonly precision?: Precision | undefined;
  /** Cores for one forward pass. The default is all that the process may use. */
  readonly threads?: number | undefined;
  /** Images in one forward pass. The default is what `models tune` found, otherwise 8, or fewer for large models. */
  readonly batchSize?: number | undefined;
  /** Whether the runtime's threads spin for more than a moment. The default is what `models tune` found, otherwise false: decoding needs the cores. */
  readonly isSpinning?: boolean | undefined;
  readonly limits?: Partial<ImageLimits> | undefined;
  /** Decode large JPEGs at a fraction of their size: faster, with pixels close to the exact ones (docs/guides/speed.md). */
  readonly fastDecode?: boolean | undefined;
  /** Whether the process runs nothing else: then labelwise sets how its memory goes back to the system, and takes about a tenth less. */
  readonly ownsProcess?: boolean | undefined;
  /** Decode images in processes of their own with a limit on their memory, so that a decoder's crash costs one image. */
  readonly decodeProcess?: DecoderProcessOptions | undefined;
  /** The multiplier of the cosine, for checkpoints that do not state it. */
  readonly logitScale?: number | undefined;
  /** What is added to the scaled cosine, for sigmoid models that do not state it. SigLIP's is about -13. */
  readonly logitBias?: number | undefined;
  /** Opens the image embeddings of earlier runs. Called when images are first encoded; the cache is closed with the encoder. */
  readonly openImageCache?: ((encoder: EncoderIdentity) => Promise<EmbeddingCache | undefined>) | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
}

export interface EncoderSettings {
  readonly engine: EngineName;
  readonly precision: Precision;
  readonly threads: number;
  readonly batchSize: number;
  readonly isSpinning: boolean;
}

/** A loaded checkpoint: both towers, the tokenizer and the facts. Each tower is opened when it is first used. */
export interface Encoder extends ImageEncoder, TextEncoder, AsyncDisposable {
  readonly info: EncoderInfo;
  readonly manifest: Manifest;
  readonly logitSource: KnownLogits['source'];
  readonly limits: ImageLimits;
  /** The settings in use: given by the caller, found by `models tune`, or the defaults. */
  readonly settings: EncoderSettings;
  readonly unknownWordsOf: NonNullable<TextEncoder['unknownWordsOf']>;
  tokenizer(): Promise<TextTokenizer>;
  /** An encoded image as a small picture, decoded where images are decoded for the encoder: at most `side` pixels long. */
  shrink(bytes: Uint8Array, side: number): Promise<RgbImage>;
  /** Where the encoder runs, and why. This opens the image tower. */
  device(): Promise<DeviceChoice>;
  /** Waits for the calls in progress, then frees the model's memory. After that, every method fails with `CLOSED`. */
  close(): Promise<void>;
}

/** Where warnings go unless the caller takes them. */
export const warnProcess = (message: string): void => process.emitWarning(message, 'LabelwiseWarning');

const TEXT_BATCH = 64;
/** Batches of pixels that wait to be filled again: one in the encoder, one before it, one being filled. */
const BATCH_BUFFERS = 3;

/**
 * Loads a checkpoint: downloads what is missing and reads its manifest.
 *
 * @throws LabelwiseError `CHECKPOINT_*`, `INVALID_ARGUMENT` for an option out of its range, `DTYPE_UNAVAILABLE`, `DEVICE_UNAVAILABLE` or `HUB_*`
 */
export async function loadEncoder(options: LoadEncoderOptions & Surroundings & Pick<EngineOptions, 'isUnchecked'>): Promise<Encoder> {
  const onWarning = options.onWarning ?? warnProcess;
  const limits = toImageLimits(options.limits);
  const threads = chooseThreads(options.threads);
  assertCount('batchSize', options.batchSize);
  assertPositive('limits.maxImageBytes', limits.maxImageBytes);
  assertPositive('limits.maxImageMegapixels', limits.maxImageMegapixels);
  const manifest = await openManifest({ ...options, dtype: dtypeFor(options) });
  const unknownFamily = describeUnknownFamily(manifest);
  if (unknownFamily !== undefined) onWarning(unknownFamily);
  const unknownClass = describeUnknownClass(manifest.name, manifest.text.tokenizerClass, manifest.text.tokenizerConfig);
  if (unknownClass !== undefined && manifest.text.family.cleaning !== 'lower') onWarning(unknownClass); // OpenCLIP's own tokenizer reads no class
  const { home } = options;
  const tuning = await readTuning(manifest, { threads, precision: options.precision }, home);
  const engine = await planEngine(manifest, tuning?.engine, options);
  const { isDequantized } = engine;
  const isUnpacked = engine.openvino === undefined && opensUnpacked(manifest.modelType, threads);
  const room = { home, isDequantized, isUnpacked, onWarning, signal: options.signal };
  const graphs = (): Promise<PreparedGraphs> => graphsOf(manifest, room);
  const int8 = manifest.model.kind === 'safetensors' && manifest.dtype === 'int8' ? await graphs() : undefined; // a copy that is missing is said now
  const isSpinning = options.isSpinning ?? tuning?.isSpinning ?? false;
  const settings = {
    device: options.device ?? 'auto',
    threads,
    isSpinning,
    openvino: engine.openvino,
    ownsProcess: options.ownsProcess,
  } as const;
  if (options.device !== undefined && options.device !== 'auto' && options.device !== 'cpu')
    await (await import('./onnx/assert-device.js')).assertDevice(settings);
  const fallback = engine.openvino && { isAllowed: engine.mayFallBack, onWarning };
  const towers = openTowers(manifest, { ...settings, fallback }, int8 ? async () => int8 : graphs);
  let tokenizerPromise: Promise<TextTokenizer> | undefined;
  const tokenizer = (): Promise<TextTokenizer> => {
    tokenizerPromise ??= loadTokenizer(manifest.text);
    return tokenizerPromise;
  };
  try {
    const logits = await findLogits({ manifest, towers, tokenizer, onWarning }, options);
    refuseOddLogits(manifest.name, logits);
    const calibrations = logits.source === 'given' ? [] : await readCalibrations(manifest, home, onWarning);
    const { batchSize = tuning?.batchSize ?? usualBatchSize(manifest.config), fastDecode, decodeProcess, openImageCache } = options;
    const how = { batchSize, isSpinning, fastDecode, decodeProcess, openImageCache, engine };
    return assemble({ manifest, logits, calibrations, towers, tokenizer, limits, threads, onWarning, ...how });
  } catch (error) {
    await towers.close();
    throw error;
  }
}

interface Parts {
  readonly manifest: Manifest;
  readonly logits: KnownLogits;
  readonly calibrations: EncoderInfo['calibrations'];
  readonly towers: Towers;
  readonly tokenizer: () => Promise<TextTokenizer>;
  readonly limits: ImageLimits;
  readonly threads: number;
  readonly batchSize: number;
  readonly isSpinning: boolean;
  readonly engine: EncoderEngine;
  readonly fastDecode: boolean | undefined;
  readonly decodeProcess: DecoderProcessOptions | undefined;
  readonly openImageCache: LoadEncoderOptions['openImageCache'];
  readonly onWarning: (message: string) => void;
}

function assemble(parts: Parts): Encoder {
  const { manifest, logits, towers, tokenizer, limits, onWarning } = parts;
  const isJoint = manifest.model.kind === 'joint';
  const info: EncoderInfo = {
    name: manifest.name,
    fingerprint: `${manifest.fingerprint}${parts.engine.suffix}${parts.fastDecode ? '-fast' : ''}`,
    scoring: manifest.scoring,
    logitScale: logits.logitScale,
    logitBias: logits.logitBias ?? (manifest.scoring === 'sigmoid' ? Number.NaN : 0),
    calibrations: parts.calibrations,
  };
  const pool = new PreparePool(
    { transform: manifest.imageTransform, limits, isFastDecode: parts.fastDecode },
    {
      size: parts.threads,
      decodeProcess: parts.decodeProcess,
    },
  );
  const buffers = new BufferPool(BATCH_BUFFERS);
  let cache: Promise<EmbeddingCache | undefined> | undefined;
  let isClosed = false;
  const assertOpen = (): void => {
    if (isClosed) throw closedError();
  };
  const close = async (): Promise<void> => {
    isClosed = true;
    await Promise.all([towers.close(), pool.close(), cache?.then((opened) => opened?.close())]);
    cache = undefined;
  };
  return {
    info,
    manifest,
    logitSource: logits.source,
    limits,
    settings: {
      engine: parts.engine.openvino ? 'openvino' : 'onnxruntime',
      precision: parts.engine.precision,
      threads: parts.threads,
      batchSize: parts.batchSize,
      isSpinning: parts.isSpinning,
    },
    async tokenizer() {
      assertOpen();
      return tokenizer();
    },
    async *encodeImages(images, encodeOptions = {}) {
      assertOpen();
      assertCount('batchSize', encodeOptions.batchSize);
      const { withCrops } = encodeOptions;
      const isUncached = encodeOptions.isUncached || withCrops;
      if (!isUncached) cache ??= parts.openImageCache?.(info);
      const batchSize = encodeOptions.batchSize ?? parts.batchSize;
      const batching: ImageBatching = {
        batchSize: withCrops ? Math.ceil(batchSize / (1 + CROPS)) : batchSize,
        withCrops,
        startsHere: encodeOptions.startsHere,
        prepareAtOnce: parts.threads + 1,
        tower: towers.image,
        read: (image, signal) => readImageBytes(image, limits, signal),
        pool,
        buffers,
        companion: async () => (isJoint ? emptyTextFeeds(await towers.text(), await tokenizer()) : () => ({})),
        cache: isUncached ? undefined : await cache,
        keyOf: (bytes) => imageKey(bytes, limits),
      };
      yield* encodeImages(images, batching, encodeOptions);
    },
    async encodeTexts(texts, encodeOptions = {}) {
      assertOpen();
      const [tower, ownTokenizer] = await Promise.all([towers.text(), tokenizer()]);
      const companion = isJoint ? blankImageFeeds(await towers.image(), manifest.imageTransform) : () => ({});
      return encodeTexts(tower, ownTokenizer, texts, { batchSize: TEXT_BATCH, companion, onWarning }, encodeOptions);
    },
    knows: manifest.modelType === 'pocket' ? pocketKnows : undefined,
    async unknownWordsOf(texts) {
      const { unknownWordsOf } = await tokenizer();
      return texts.map(unknownWordsOf);
    },
    async shrink(bytes, side) {
      assertOpen();
      return pool.shrink(bytes, side);
    },
    async device() {
      assertOpen();
      await towers.image();
      return towers.device() as DeviceChoice;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function assertPositive(name: string, value: number): void {
  if (value > 0) return;
  throw new LabelwiseError('INVALID_ARGUMENT', `Expected ${name} to be a number above 0, got ${value}.`);
}
/** Changes whenever some image decodes to other pixels than before. */
const PIXELS_VERSION = 2;

/** The content of an image, and the limits that it was let through under: what a run refuses, no earlier run answers for it. */
function imageKey(bytes: Uint8Array, { maxImageMegapixels, allowSvg }: ImageLimits): string {
  const hash = `${createHash('sha256').update(bytes).digest('hex')}:${PIXELS_VERSION}`;
  const isUsual = maxImageMegapixels === DEFAULT_IMAGE_LIMITS.maxImageMegapixels && allowSvg === DEFAULT_IMAGE_LIMITS.allowSvg;
  return isUsual ? hash : `${hash}:${maxImageMegapixels}:${allowSvg}`;
}

type LogitSources = Pick<Parts, 'manifest' | 'towers' | 'tokenizer' | 'onWarning'>;

async function findLogits(sources: LogitSources, { logitScale, logitBias }: LoadEncoderOptions): Promise<KnownLogits> {
  const { manifest, towers, tokenizer, onWarning } = sources;
  const isAlone = manifest.model.kind === 'joint' && !manifest.logits && (logitScale === undefined || logitBias === undefined);
  const known = isAlone ? await solveLogits(await towers.image(), await tokenizer(), manifest.imageTransform) : manifest.logits;
  const scale = logitScale ?? known?.logitScale;
  const bias = logitBias ?? known?.logitBias;
  const isGiven = logitScale !== undefined || logitBias !== undefined;
  const needsBias = manifest.scoring === 'sigmoid';
  if (scale !== undefined && (bias !== undefined || !needsBias))
    return { logitScale: scale, logitBias: bias, source: isGiven ? 'given' : (known as KnownLogits).source };
  onWarning(
    needsBias
      ? `${manifest.name} states no logit ${scale === undefined ? 'scale' : 'bias'}, so its probabilities are unknown and only similarities are shown. Give both with \`logitScale\` and \`logitBias\`.`
      : `The logit scale of ${manifest.name} is unknown: no model.safetensors holds it. Probabilities assume 100, which most CLIP models train to; the ranking does not depend on it. Give it with \`logitScale\`.`,
  );
  return {
    logitScale: scale ?? 100,
    logitBias: undefined,
    source: scale === undefined ? 'assumed' : isGiven ? 'given' : (known as KnownLogits).source,
  };
}
