import { parentPort } from 'node:worker_threads';
import { inNativeCall } from '../../files/native-thread.js';
import { toFault } from '../../files/thread-fault.js';
import { prepareImage } from '../prepare-image.js';
import type { PrepareReply, PrepareRequest } from './prepare-pool.js';

/** A thread that turns encoded images into the encoder's pixels, one at a time. */
const port = parentPort as NonNullable<typeof parentPort>;

port.on('message', ({ bytes, how, pixels }: PrepareRequest) =>
  inNativeCall(() =>
    prepareImage(bytes, how, pixels).then(
      (image) => port.postMessage({ ok: true, image } satisfies PrepareReply, [image.pixels.buffer]),
      (error: unknown) => port.postMessage({ ok: false, fault: toFault(error) } satisfies PrepareReply),
    ),
  ),
);
