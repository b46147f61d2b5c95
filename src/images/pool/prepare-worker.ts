import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort } from 'node:worker_threads';
import { inNativeCall, outsideNativeCall } from '../../files/native-thread.js';
import { toFault } from '../../files/thread-fault.js';
import { shrinkImage } from '../shrink-image.js';
import type { PrepareReply, PrepareRequest, ShrinkReply, ShrinkRequest } from './prepare-pool.js';
import { timePreparation } from './time-preparation.js';
import { MEMORY_GRANTED, type MemoryRequest } from './worker-pool.js';

type Message = PrepareRequest | ShrinkRequest | typeof MEMORY_GRANTED;

/** A thread, or a process, that turns encoded images into the encoder's pixels or into small pictures, one at a time. */
const port = parentPort ?? {
  on: (_event: 'message', listener: (message: Message) => void) => process.on('message', listener),
  postMessage: (message: PrepareReply | ShrinkReply | MemoryRequest, _transfer?: readonly ArrayBuffer[]) => process.send?.(message),
};
if (!parentPort) process.on('disconnect', () => process.kill(process.pid, 'SIGKILL')); // its parent has ended

/** Answers the request for memory that this thread waits for. */
let onGranted: (() => void) | undefined;

port.on('message', (message: Message) => {
  if (message === MEMORY_GRANTED) {
    onGranted?.();
    return;
  }
  inNativeCall(() =>
    ('side' in message ? shrink(message) : prepare(message)).catch((error: unknown) => {
      port.postMessage({ ok: false, fault: toFault(error) } satisfies PrepareReply);
    }),
  );
});

async function prepare({ bytes, how, pixels }: PrepareRequest): Promise<void> {
  const { image, times, pixels: decoded } = await timePreparation(bytes, { ...how, acquire }, pixels);
  freeLarge(decoded);
  const buffers = [image, ...(image.crops ?? [])].map(({ pixels }) => pixels.buffer);
  port.postMessage({ ok: true, image, times } satisfies PrepareReply, buffers);
}

async function shrink({ bytes, limits, side }: ShrinkRequest): Promise<void> {
  const picture = await shrinkImage(bytes, limits, { side, acquire });
  port.postMessage({ ok: true, picture } satisfies ShrinkReply);
}

/** Asks the pool for memory; it takes it back when this thread replies. */
async function acquire(askedBytes: number): Promise<() => void> {
  const granted = new Promise<void>((resolve) => {
    onGranted = resolve;
  });
  port.postMessage({ askedBytes } satisfies MemoryRequest);
  await outsideNativeCall(granted);
  return () => undefined;
}

/** Pixels beyond this are freed at once. Left to itself, V8 keeps one or more pictures of 450 MB a thread beyond what the pool counts. */
const LARGE_BYTES = 32 * 2 ** 20;
let collectGarbage: (() => void) | undefined;

function freeLarge(pixels: number): void {
  if (pixels * 3 < LARGE_BYTES) return;
  if (!collectGarbage) {
    setFlagsFromString('--expose-gc');
    collectGarbage = runInNewContext('gc') as () => void;
  }
  collectGarbage();
}
