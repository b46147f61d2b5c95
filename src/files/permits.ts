import { throwIfAborted } from '../errors.js';

interface Waiter {
  readonly count: number;
  readonly limit: number;
  readonly start: () => void;
}

/** A bound that many share, first come, first served. Each taker names the limit it keeps, so takers of different sizes can share one bound. */
export class Permits {
  #taken = 0;
  readonly #waiters: Waiter[] = [];

  /** Waits until `count` more stay within `limit`. If none are taken, even a count above the limit is granted. @throws LabelwiseError `ABORTED` */
  async take(count: number, limit: number, signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    if (this.#waiters.length === 0 && this.#fits(count, limit)) {
      this.#taken += count;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        reject();
        this.#startNext();
      };
      const start = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const waiter: Waiter = { count, limit, start };
      this.#waiters.push(waiter);
      signal?.addEventListener('abort', leave, { once: true });
    }).catch(() => throwIfAborted(signal));
  }

  give(count: number): void {
    this.#taken -= count;
    this.#startNext();
  }

  #fits(count: number, limit: number): boolean {
    return this.#taken === 0 || this.#taken + count <= limit;
  }

  #startNext(): void {
    for (let first = this.#waiters[0]; first && this.#fits(first.count, first.limit); first = this.#waiters[0]) {
      this.#waiters.shift();
      this.#taken += first.count;
      first.start();
    }
  }
}
