import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort } from 'node:worker_threads';
import { LabelwiseError, messageOf } from '../../errors.js';
import { type PreparedImage, prepareImage } from '../prepare-image.js';
import type { PrepareReply, PrepareRequest } from './prepare-pool.js';
import { MEMORY_GRANTED, type MemoryRequest } from './worker-pool.js';

/** A thread that turns encoded images into the encoder's pixels, one at a time. */
const port = parentPort as NonNullable<typeof parentPort>;

/** Answers the request for memory that this thread waits for. */
let onGranted: (() => void) | undefined;

port.on('message', (message: PrepareRequest | typeof MEMORY_GRANTED) => {
  if (message === MEMORY_GRANTED) {
    onGranted?.();
    return;
  }
  const { bytes, how, pixels } = message;
  prepareImage(bytes, { ...how, acquire }, pixels).then(
    (image) => {
      freeLarge(image);
      port.postMessage({ ok: true, image } satisfies PrepareReply, [image.pixels.buffer]);
    },
    (error: unknown) => port.postMessage({ ok: false, error: toPlain(error) } satisfies PrepareReply),
  );
});

/** Asks the pool for memory; it takes it back when this thread replies. */
function acquire(askedBytes: number): Promise<() => void> {
  return new Promise((resolve) => {
    onGranted = () => resolve(() => undefined);
    port.postMessage({ askedBytes } satisfies MemoryRequest);
  });
}

/** Pixels beyond this are freed at once. Left to itself, V8 keeps one or more pictures of 450 MB a thread beyond what the pool counts. */
const LARGE_BYTES = 32 * 2 ** 20;
let collectGarbage: (() => void) | undefined;

function freeLarge({ width, height }: PreparedImage): void {
  if (width * height * 3 < LARGE_BYTES) return;
  if (!collectGarbage) {
    setFlagsFromString('--expose-gc');
    collectGarbage = runInNewContext('gc') as () => void;
  }
  collectGarbage();
}

/** An error as it crosses threads. */
function toPlain(error: unknown): Extract<PrepareReply, { ok: false }>['error'] {
  if (error instanceof LabelwiseError) return { ...error.toJSON(), cause: messageOf(error.cause) };
  return { message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
