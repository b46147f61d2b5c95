import { setMaxListeners } from 'node:events';
import type { ImageEncoder, KeptEmbedding } from '../core/ports.js';

interface Waiting {
  readonly image: Uint8Array;
  readonly resolve: (embedding: KeptEmbedding) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Images of all requests as one stream to the encoder, so that they share its batches. Batches fill up while there is work. An image that
 * comes alone is encoded at once: the encoder delivers what it has when its source pauses.
 */
export class ImageBatcher {
  readonly #encoder: ImageEncoder;
  readonly #queue: Waiting[] = [];
  readonly #given: Waiting[] = [];
  #wake = (): void => {};
  #running: Promise<void> | undefined;
  #isClosed = false;

  constructor(encoder: ImageEncoder) {
    this.#encoder = encoder;
  }

  /** Images that wait for the encoder. */
  get waiting(): number {
    return this.#queue.length;
  }

  /**
   * Embeds an image. If the signal says stop, an image that still waits gives up its place.
   *
   * @throws LabelwiseError for a bad image, or the signal's reason
   */
  encode(image: Uint8Array, signal?: AbortSignal): Promise<KeptEmbedding> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    let leave = (): void => {};
    const result = new Promise<KeptEmbedding>((resolve, reject) => {
      const waiting = { image, resolve, reject };
      this.#queue.push(waiting);
      leave = () => this.#leave(waiting, signal?.reason);
    });
    if (signal) setMaxListeners(0, signal); // a request may bring more images than Node thinks listeners are sane
    signal?.addEventListener('abort', leave);
    this.#running ??= this.#run();
    this.#wake();
    return result.finally(() => signal?.removeEventListener('abort', leave));
  }

  /** Ends the stream after the images in hand. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wake();
    await this.#running;
  }

  #leave(waiting: Waiting, reason: unknown): void {
    const place = this.#queue.indexOf(waiting);
    if (place >= 0) this.#queue.splice(place, 1);
    waiting.reject(reason);
  }

  async #run(): Promise<void> {
    try {
      for await (const outcome of this.#encoder.encodeImages(this.#images())) {
        const waiting = this.#given.shift() as Waiting;
        if ('error' in outcome) waiting.reject(outcome.error);
        else waiting.resolve(outcome);
      }
    } catch (error) {
      for (const { reject } of [...this.#given.splice(0), ...this.#queue.splice(0)]) reject(error);
    }
    this.#running = undefined; // the next image begins another stream
  }

  async *#images(): AsyncGenerator<Uint8Array> {
    while (this.#queue.length > 0 || !this.#isClosed) {
      const next = this.#queue.shift();
      if (next) {
        this.#given.push(next);
        yield next.image;
      } else {
        await new Promise<void>((wake) => {
          this.#wake = wake;
        });
      }
    }
  }
}
