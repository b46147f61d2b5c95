import { Permits } from '../files/permits.js';

/** Images between reading and embedding, over all calls and encoders of the process: what bounds its memory. */
const inHand = new Permits();
/** Images that are being read or decoded, likewise. */
const inPreparation = new Permits();

/** Batches of permits: one or two in the encoder, as many in preparation. */
const BATCHES_IN_HAND = 4;
/** A call that has had no work of its own for this long waits for its source or its consumer. */
const LULL_MS = 10;

/**
 * What one call may hold of the process's bounds. Permits are taken a batch at a time, so that many calls at once still form whole
 * batches. A call that only waits for its source or its consumer gives back all it holds: no call ever waits for another one's caller.
 */
export class CallShare {
  #held = 0;
  #spare = 0;
  #busy = 0;
  #isLull = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  #onLull = (): void => {};

  /** `left` is how many images may come. */
  constructor(
    private readonly batchSize: number,
    private left: number,
    private readonly signal: AbortSignal,
  ) {}

  /** Waits until one more image may be in hand. */
  async admit(): Promise<void> {
    if (this.#spare === 0) {
      const count = Math.max(1, Math.min(this.batchSize, this.left));
      await inHand.take(count, BATCHES_IN_HAND * this.batchSize, this.signal);
      this.#held += count;
      this.#spare += count;
      if (this.#isClosed) this.#letGo();
    }
    this.#spare--;
    this.left--;
  }

  /** Reads or decodes, with no more than `atOnce` images of the process at a time. */
  async prepare<T>(work: () => Promise<T>, atOnce: number): Promise<T> {
    await inPreparation.take(1, atOnce, this.signal);
    return work().finally(() => inPreparation.give(1));
  }

  /** Runs work that ends by itself, whatever source and consumer do. */
  async work<T>(work: () => Promise<T>): Promise<T> {
    this.#busy++;
    this.#isLull = false;
    clearTimeout(this.#timer);
    try {
      return await work();
    } finally {
      if (--this.#busy === 0 && !this.#isClosed) this.#timer = setTimeout(() => this.#beginLull(), LULL_MS);
    }
  }

  /** Waits until nothing more is ready and the encoder is idle; it replaces an earlier wait. */
  lull(): Promise<void> {
    return this.#isLull
      ? Promise.resolve()
      : new Promise((resolve) => {
          this.#onLull = resolve;
        });
  }

  /** `count` images are no longer in hand. */
  giveBack(count: number): void {
    const own = Math.min(count, this.#held); // what a lull gave back is not given twice
    this.#held -= own;
    inHand.give(own);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#letGo();
  }

  #beginLull(): void {
    this.#isLull = true;
    this.#letGo();
    this.#onLull();
  }

  #letGo(): void {
    this.#spare = 0;
    this.giveBack(this.#held);
  }
}
