import type { Worker } from 'node:worker_threads';
import { closedError, messageOf } from '../../errors.js';
import { startNativeThread } from '../../files/native-thread.js';

export interface WorkerPoolOptions {
  /** The most threads; they are started when there is work for them. */
  readonly size: number;
  /** Told of each thread that is started: how a test finds one to end. */
  readonly onSpawn?: ((worker: Worker) => void) | undefined;
}

/** A thread ended with work in hand: that work is lost, and another thread takes its place. */
export class WorkerDiedError extends Error {}

interface Job<Reply> {
  readonly message: unknown;
  readonly transfer: readonly ArrayBuffer[];
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

/** Threads that answer each message with one message, one at a time. An idle pool does not keep the process alive. */
export class WorkerPool<Reply> {
  readonly #idle: Worker[] = [];
  readonly #busy = new Map<Worker, Job<Reply>>();
  readonly #queue: Job<Reply>[] = [];
  #isClosed = false;

  constructor(
    private readonly file: string | URL,
    private readonly options: WorkerPoolOptions,
  ) {}

  /** Has a thread answer `message`; the buffers in `transfer` are handed over. @throws WorkerDiedError, or LabelwiseError `CLOSED` */
  run(message: unknown, transfer: readonly ArrayBuffer[] = []): Promise<Reply> {
    if (this.#isClosed) return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      this.#queue.push({ message, transfer, resolve, reject });
      this.#next();
    });
  }

  /** Ends all threads. Work in hand is let to its end: a thread that is stopped within a native call takes the process with it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const job of this.#queue.splice(0)) job.reject(closedError());
    const lastWords = [...this.#busy.keys()].map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
    await Promise.all([...this.#idle.splice(0).map((worker) => worker.terminate()), ...lastWords]);
  }

  #next(): void {
    if (this.#queue.length === 0) return;
    const isFull = this.#idle.length === 0 && this.#busy.size >= this.options.size;
    if (isFull) return;
    const job = this.#queue.shift() as Job<Reply>;
    let worker: Worker;
    try {
      worker = this.#idle.pop() ?? this.#spawn();
    } catch (error) {
      job.reject(new WorkerDiedError(messageOf(error), { cause: error }));
      return;
    }
    this.#busy.set(worker, job);
    worker.ref();
    worker.postMessage(job.message, [...job.transfer]);
  }

  #spawn(): Worker {
    const worker = startNativeThread(this.file);
    worker.on('message', (reply: Reply) => {
      const job = this.#busy.get(worker);
      this.#busy.delete(worker);
      job?.resolve(reply);
      if (this.#isClosed) {
        worker.terminate();
        return;
      }
      this.#idle.push(worker);
      worker.unref();
      this.#next();
    });
    worker.on('error', (error) => this.#bury(worker, error));
    worker.on('exit', (code) => this.#bury(worker, new Error(`the thread ended with code ${code}`)));
    this.options.onSpawn?.(worker);
    return worker;
  }

  #bury(worker: Worker, cause: Error): void {
    const job = this.#busy.get(worker);
    this.#busy.delete(worker);
    const place = this.#idle.indexOf(worker);
    if (place >= 0) this.#idle.splice(place, 1);
    job?.reject(new WorkerDiedError(cause.message, { cause }));
    if (!this.#isClosed) this.#next();
  }
}
