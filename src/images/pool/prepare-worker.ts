import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort } from 'node:worker_threads';
import { inNativeCall, outsideNativeCall } from '../../files/native-thread.js';
import { toFault } from '../../files/thread-fault.js';
import { type PreparedImage, prepareImage } from '../prepare-image.js';
import type { PrepareReply, PrepareRequest } from './prepare-pool.js';
import { MEMORY_GRANTED, type MemoryRequest } from './worker-pool.js';

/** A thread, or a process, that turns encoded images into the encoder's pixels, one at a time. */
const port = parentPort ?? {
  on: (_event: 'message', listener: (message: PrepareRequest | typeof MEMORY_GRANTED) => void) => process.on('message', listener),
  postMessage: (message: PrepareReply | MemoryRequest, _transfer?: readonly ArrayBuffer[]) => process.send?.(message),
};
if (!parentPort) process.on('disconnect', () => process.kill(process.pid, 'SIGKILL')); // its parent has ended

/** Answers the request for memory that this thread waits for. */
let onGranted: (() => void) | undefined;

port.on('message', (message: PrepareRequest | typeof MEMORY_GRANTED) => {
  if (message === MEMORY_GRANTED) {
    onGranted?.();
    return;
  }
  const { bytes, how, pixels } = message;
  const began = performance.now();
  let decoded = began;
  const onDecoded = (): void => {
    decoded = performance.now();
  };
  inNativeCall(() =>
    prepareImage(bytes, { ...how, acquire, onDecoded }, pixels).then(
      (image) => {
        const times = { decodeMs: decoded - began, preprocessMs: performance.now() - decoded };
        freeLarge(image);
        const buffers = [image, ...(image.crops ?? [])].map(({ pixels }) => pixels.buffer);
        port.postMessage({ ok: true, image, times } satisfies PrepareReply, buffers);
      },
      (error: unknown) => {
        port.postMessage({ ok: false, fault: toFault(error) } satisfies PrepareReply);
      },
    ),
  );
});

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

function freeLarge({ width, height }: PreparedImage): void {
  if (width * height * 3 < LARGE_BYTES) return;
  if (!collectGarbage) {
    setFlagsFromString('--expose-gc');
    collectGarbage = runInNewContext('gc') as () => void;
  }
  collectGarbage();
}
