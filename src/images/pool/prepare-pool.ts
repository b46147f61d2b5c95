import { LabelwiseError } from '../../errors.js';
import { toThreadFault } from '../../files/native-library.js';
import { packageFile } from '../../files/package-root.js';
import { type Fault, fromFault } from '../../files/thread-fault.js';
import { outputSize } from '../image-transform.js';
import type { Preparation, PreparedImage, PreparedPixels } from '../preparation.js';
import type { ImageLimits } from '../read-image.js';
import type { RgbImage } from '../rgb-image.js';
import { publishStage } from '../stage-channel.js';
import { BufferPool } from './buffer-pool.js';
import { decodeBudget } from './byte-budget.js';
import { type DecoderProcessOptions, startDecoderProcess } from './decoder-process.js';
import type { PrepareTimes } from './time-preparation.js';
import { WorkerDiedError, WorkerPool, type WorkerPoolOptions } from './worker-pool.js';

export interface PreparePoolOptions extends WorkerPoolOptions {
  /** Decode in processes of their own instead of threads. */
  readonly decodeProcess?: DecoderProcessOptions | undefined;
}

export interface PrepareRequest {
  readonly bytes: Uint8Array;
  readonly how: Preparation;
  /** A buffer to write the pixels into, where their size is known. */
  readonly pixels: ArrayBuffer | undefined;
}

/** A picture for people instead of the encoder's pixels. */
export interface ShrinkRequest {
  readonly bytes: Uint8Array;
  readonly limits: ImageLimits;
  readonly side: number;
}

interface Failed {
  readonly ok: false;
  readonly fault: Fault;
}

export type PrepareReply = { readonly ok: true; readonly image: PreparedImage; readonly times: PrepareTimes } | Failed;
export type ShrinkReply = { readonly ok: true; readonly picture: RgbImage } | Failed;

interface PrepareOptions {
  readonly isOurs: boolean;
  readonly withCrops?: boolean | undefined;
  /** The first image may be prepared in this thread, if it is a JPEG or PNG. */
  readonly mayBeHere?: boolean | undefined;
}

/** A JPEG or a PNG, by its first bytes: libvips decodes it, row by row or in threads of its own. */
const isPlain = ([a, b, c]: Uint8Array): boolean => (a === 0xff && b === 0xd8 && c === 0xff) || (a === 0x89 && b === 0x50 && c === 0x4e);

/** Decodes, orients, resizes, crops and normalises on threads, into buffers that are used again. */
export class PreparePool {
  readonly #workers: WorkerPool<PrepareReply | ShrinkReply>;
  readonly #buffers: BufferPool;
  readonly #bytes: number | undefined;
  #hasStarted = false;

  constructor(
    private readonly how: Preparation,
    private readonly options: PreparePoolOptions,
  ) {
    const size = outputSize(how.transform);
    this.#bytes = size && 3 * size.height * size.width * 4;
    this.#buffers = new BufferPool(4 * options.size);
    this.#workers = new WorkerPool(packageFile('dist/bin/prepare-worker.js'), {
      budget: decodeBudget,
      ...(options.decodeProcess && { start: (file) => startDecoderProcess(`${file}`, options.decodeProcess as DecoderProcessOptions) }),
      ...options,
    });
  }

  /**
   * The pixels of an encoded image; where `isOurs` says that nobody else reads `bytes`, they are handed over, else copied.
   *
   * @throws LabelwiseError `IMAGE_*`, `DECODER_CRASHED`, `NATIVE_LIBRARY_MISSING`, `OUT_OF_MEMORY` or `CLOSED`
   */
  async prepare(bytes: Uint8Array, { isOurs, withCrops, mayBeHere }: PrepareOptions): Promise<PreparedImage> {
    const how = withCrops ? { ...this.how, withCrops } : this.how;
    const isHere = mayBeHere && !this.#hasStarted && !this.options.decodeProcess && isPlain(bytes);
    this.#hasStarted = true;
    if (isHere) return prepareHere(bytes, how);
    const pixels = this.#bytes === undefined || this.options.decodeProcess ? undefined : this.#buffers.take(this.#bytes);
    const own = isOurs && bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes); // a view would take its whole buffer along
    const request: PrepareRequest = { bytes: own, how, pixels };
    const { image, times } = await this.#run<PrepareReply>(request, [own.buffer as ArrayBuffer, ...(pixels ? [pixels] : [])]);
    publishTimes(times, bytes);
    return image;
  }

  /** The picture of an encoded image, at most `side` pixels long; `bytes` are copied. @throws LabelwiseError as `prepare` does */
  async shrink(bytes: Uint8Array, side: number): Promise<RgbImage> {
    const own = new Uint8Array(bytes);
    const request: ShrinkRequest = { bytes: own, limits: this.how.limits, side };
    return (await this.#run<ShrinkReply>(request, [own.buffer])).picture;
  }

  async #run<Reply extends PrepareReply | ShrinkReply>(
    request: PrepareRequest | ShrinkRequest,
    transfer: readonly ArrayBuffer[],
  ): Promise<Extract<Reply, { ok: true }>> {
    const reply = await this.#workers.run(request, transfer).catch((error: unknown) => {
      throw error instanceof WorkerDiedError ? crashed(error, this.options) : error;
    });
    if (reply.ok) return reply as Extract<Reply, { ok: true }>;
    throw fromFault(reply.fault);
  }

  /** Gives the pixels' buffer back once they are copied to where they are used. */
  recycle(image: PreparedPixels): void {
    if (!this.options.decodeProcess) this.#buffers.give(image.pixels.buffer);
  }

  close(): Promise<void> {
    return this.#workers.close();
  }
}

/** Prepares an image in this thread. */
async function prepareHere(bytes: Uint8Array, how: Preparation): Promise<PreparedImage> {
  const { timePreparation } = await import('./time-preparation.js');
  const { image, times } = await timePreparation(bytes, { ...how, acquire: (size) => decodeBudget.acquire(size) });
  publishTimes(times, bytes);
  return image;
}

function publishTimes({ decodeMs, preprocessMs }: PrepareTimes, source: Uint8Array): void {
  const endMs = performance.now();
  const decodedMs = endMs - preprocessMs;
  publishStage({ stage: 'decode', startMs: decodedMs - decodeMs, endMs: decodedMs, images: 1, source });
  publishStage({ stage: 'preprocess', startMs: decodedMs, endMs, images: 1, source });
}

function crashed(cause: WorkerDiedError, { decodeProcess }: PreparePoolOptions): LabelwiseError {
  const fault = toThreadFault('sharp', 'sharp', cause.cause);
  if (fault) return fault;
  const decoder = decodeProcess ? 'process' : 'thread';
  return new LabelwiseError('DECODER_CRASHED', `The ${decoder} that decoded this image ended: ${cause.message}.`, {
    hint: `The image may be damaged, or memory ran short. The others go on in another ${decoder}.`,
    cause,
  });
}
