import { RequestProblem } from './problem.js';

/** How much work a service takes at once. */
export interface QueueLimits {
  /** Requests that run together. */
  readonly running: number;
  /** Requests that wait for a place; more are turned away. */
  readonly waiting: number;
}

/** A line in front of the model. A client that goes away frees its place. */
export class WorkQueue {
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** Wraps the wait for a place, so that it can be timed. */
  onWait: (wait: () => Promise<void>) => Promise<void> = (wait) => wait();

  constructor(readonly limits: QueueLimits) {}

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Whether the next one is turned away. */
  get isFull(): boolean {
    return this.#running >= this.limits.running && this.#waiting.length >= this.limits.waiting;
  }

  /** @throws RequestProblem 503 with Retry-After where the line is full */
  refuseFull(): void {
    if (!this.isFull) return;
    throw new RequestProblem(503, 'QUEUE_FULL', 'The service has as much work as it takes.', {
      hint: 'Try again later.',
      headers: { 'Retry-After': '1' },
    });
  }

  /** @throws RequestProblem as `refuseFull` */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    if (this.#running >= this.limits.running) await this.onWait(() => this.#wait(signal));
    else this.#running++;
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      const next = this.#waiting.shift(); // takes over this place
      if (next) next();
      else this.#running--;
    }
  }

  async #wait(signal: AbortSignal): Promise<void> {
    this.refuseFull();
    await new Promise<void>((enter, leave) => {
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(take), 1);
        leave(signal.reason);
      };
      const take = (): void => {
        signal.removeEventListener('abort', onAbort);
        enter();
      };
      this.#waiting.push(take);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}
