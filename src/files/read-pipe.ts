import { constants, fstatSync, openSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { addAbortSignal, type Readable } from 'node:stream';
import { LabelwiseError, messageOf, throwIfAborted } from '../errors.js';
import { type CollectOptions, collectBytes } from './collect-bytes.js';

export interface StreamOptions extends CollectOptions {
  /** What messages call it. */
  readonly name: string;
}

/** All that a stream gives, at most `maxBytes`; the signal ends the waiting too. @throws LabelwiseError `INPUT_UNREADABLE`, `ABORTED` */
export async function readStream(stream: Readable, options: StreamOptions): Promise<Uint8Array> {
  throwIfAborted(options.signal);
  refuseSpent(stream, options);
  try {
    return await collectBytes(options.signal ? addAbortSignal(options.signal, stream) : stream, options);
  } catch (cause) {
    throwIfAborted(options.signal);
    if (cause instanceof LabelwiseError) throw cause;
    throw new LabelwiseError('INPUT_UNREADABLE', `${options.name} cannot be read: ${messageOf(cause)}.`, { cause });
  }
}

/** Refuses what would look like an empty file: a stream that was read before, or a folder as stdin, from which Node reads nothing. */
function refuseSpent(stream: Readable & { readonly fd?: unknown }, { name }: StreamOptions): void {
  if (stream.destroyed || stream.readableEnded) {
    throw new LabelwiseError('INPUT_UNREADABLE', `${name} has been read already.`, { hint: 'It can be read once: name it once.' });
  }
  if (typeof stream.fd === 'number' && fstatSync(stream.fd).isDirectory())
    throw new LabelwiseError('INPUT_UNREADABLE', `${name} is a folder.`, {
      hint: 'Give the folder as an argument: labelwise classify FOLDER.',
    });
}

/**
 * All that comes out of a named pipe, as in `classify <(curl URL)`. Neither opening it nor reading takes one of
 * Node's threads: one that waits for a writer cannot be called back, and would keep the process from ending.
 */
export async function readPipe(path: string, options: StreamOptions): Promise<Uint8Array> {
  return readStream(openPipe(path, options.name), options);
}

function openPipe(path: string, name: string): Readable {
  try {
    return new Socket({ fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), readable: true, writable: false });
  } catch (cause) {
    throw new LabelwiseError('INPUT_UNREADABLE', `${name} cannot be read: ${messageOf(cause)}.`, { hint: 'Check its permissions.', cause });
  }
}

/** Whether a pipe stands at a path. */
export const isPipe = (path: string): Promise<boolean> =>
  stat(path).then(
    (stats) => stats.isFIFO(),
    () => false,
  );
