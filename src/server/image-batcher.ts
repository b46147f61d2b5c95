import type { Embedding } from '../core/embedding.js';
import type { ImageEncoder } from '../core/ports.js';

interface Waiting {
  readonly image: Uint8Array;
  readonly resolve: (embedding: Embedding) => void;
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

  /** @throws LabelwiseError for a bad image */
  encode(image: Uint8Array): Promise<Embedding> {
    const result = new Promise<Embedding>((resolve, reject) => this.#queue.push({ image, resolve, reject }));
    this.#running ??= this.#run();
    this.#wake();
    return result;
  }

  /** Ends the stream after the images in hand. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      for await (const outcome of this.#encoder.encodeImages(this.#images())) {
        const waiting = this.#given.shift() as Waiting;
        if ('error' in outcome) waiting.reject(outcome.error);
        else waiting.resolve(outcome.embedding);
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
