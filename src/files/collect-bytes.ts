import type { FileHandle } from 'node:fs/promises';
import { throwIfAborted } from '../errors.js';

export interface CollectOptions {
  readonly maxBytes: number;
  /** The error for more than that; `size` where it is known. */
  readonly tooLarge: (size?: number) => Error;
  /** Counts bytes as they come; what it throws ends the reading. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** All that comes, in one piece. It is given up as soon as there is more than `maxBytes`. */
export async function collectBytes(
  parts: AsyncIterable<Uint8Array>,
  { maxBytes, tooLarge, onBytes, signal }: CollectOptions,
): Promise<Uint8Array> {
  const kept: Uint8Array[] = [];
  let size = 0;
  for await (const part of parts) {
    throwIfAborted(signal);
    size += part.length;
    if (size > maxBytes) throw tooLarge();
    onBytes?.(part.length);
    kept.push(part);
  }
  const [only] = kept;
  return only !== undefined && kept.length === 1 ? only : Buffer.concat(kept);
}

/** What a read takes where the size says too little: of /proc, or of a file that grows. */
const PIECE_BYTES = 64 * 2 ** 10;
const MOST_BYTES_AT_ONCE = 2 ** 30;

/** An open file of `size` bytes to its end, wherever that is by now: first all that it had, in a buffer of its own. */
export async function* readPieces(file: FileHandle, size: number): AsyncGenerator<Uint8Array> {
  for (let done = 0; ; ) {
    const wanted = done < size ? Math.min(size - done, MOST_BYTES_AT_ONCE) : PIECE_BYTES;
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafeSlow(wanted), 0, wanted);
    if (bytesRead === 0) return;
    done += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
