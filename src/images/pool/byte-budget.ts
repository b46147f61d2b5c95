interface Waiting {
  readonly bytes: number;
  admit(): void;
}

/** Memory that work in flight shares. Work is admitted in order; what needs more than the whole budget runs alone. */
export class ByteBudget {
  readonly #queue: Waiting[] = [];
  #used = 0;
  #running = 0;

  constructor(private readonly total: number) {}

  /** Waits until `bytes` fit. The function returned gives them back, once. */
  acquire(bytes: number): Promise<() => void> {
    return new Promise((resolve) => {
      const release = (): void => {
        this.#used -= bytes;
        this.#running--;
        this.#next();
      };
      let isHeld = true;
      const releaseOnce = (): void => {
        if (isHeld) release();
        isHeld = false;
      };
      this.#queue.push({ bytes, admit: () => resolve(releaseOnce) });
      this.#next();
    });
  }

  #next(): void {
    for (let first = this.#queue[0]; first && this.#fits(first.bytes); first = this.#queue[0]) {
      this.#queue.shift();
      this.#used += first.bytes;
      this.#running++;
      first.admit();
    }
  }

  #fits(bytes: number): boolean {
    return this.#running === 0 || this.#used + bytes <= this.total;
  }
}

/**
 * What all decodes of this process hold at most, together: 14 photos of 12 megapixels, or one image of 150. Each pool's threads ask
 * for their share here before they decode.
 */
export const decodeBudget = new ByteBudget(512 * 2 ** 20);
