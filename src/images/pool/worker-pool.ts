import type { Worker } from 'node:worker_threads';
import { closedError, messageOf } from '../../errors.js';
import { startNativeThread } from '../../files/native-thread.js';
import type { ByteBudget } from './byte-budget.js';

/** A thread, or a process that behaves as one. */
export type PoolMember = Pick<Worker, 'postMessage' | 'ref' | 'unref' | 'terminate'> & {
  on(event: 'message', listener: (message: never) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: (code: number | string) => void): unknown;
  once(event: 'exit', listener: (code: number | string) => void): unknown;
};

export interface WorkerPoolOptions {
  /** The most threads; they are started when there is work for them. */
  readonly size: number;
  /** What threads get memory from when they ask for it. */
  readonly budget?: ByteBudget | undefined;
  /** Told of each thread that is started: how a test finds one to end. */
  readonly onSpawn?: ((worker: PoolMember) => void) | undefined;
  /** Starts a member; a thread of this process by default. */
  readonly start?: ((file: string | URL) => PoolMember) | undefined;
}

/** What a thread posts to ask for memory; `MEMORY_GRANTED` answers it, and the reply to the message gives the memory back. */
export interface MemoryRequest {
  readonly askedBytes: number;
}
export const MEMORY_GRANTED = 'memory granted';

/** A thread ended with work in hand: that work is lost, and another thread takes its place. */
export class WorkerDiedError extends Error {}

interface Job<Reply> {
  readonly message: unknown;
  readonly transfer: readonly ArrayBuffer[];
  resolve(reply: Reply): void;
  reject(error: Error): void;
  /** Gives back the memory that the thread was granted. */
  release?: () => void;
}

const isMemoryRequest = (message: unknown): message is MemoryRequest =>
  typeof message === 'object' && message !== null && 'askedBytes' in message;

/** Threads that answer each message with one message, one at a time. An idle pool does not keep the process alive. */
export class WorkerPool<Reply> {
  readonly #idle: PoolMember[] = [];
  readonly #busy = new Map<PoolMember, Job<Reply>>();
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
    let worker: PoolMember;
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

  #spawn(): PoolMember {
    const worker = (this.options.start ?? startNativeThread)(this.file) as PoolMember;
    worker.on('message', (reply: Reply | MemoryRequest) => {
      if (isMemoryRequest(reply)) {
        this.#grant(worker, reply.askedBytes);
        return;
      }
      const job = this.#busy.get(worker);
      this.#busy.delete(worker);
      job?.release?.();
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
    worker.on('exit', (code) => this.#bury(worker, new Error(`it ended with ${typeof code === 'number' ? `code ${code}` : code}`)));
    this.options.onSpawn?.(worker);
    return worker;
  }

  async #grant(worker: PoolMember, bytes: number): Promise<void> {
    const job = this.#busy.get(worker);
    job?.release?.(); // one that asks again has freed what it had
    if (job) delete job.release;
    const release = await this.options.budget?.acquire(bytes);
    if (!job || this.#busy.get(worker) !== job) {
      release?.(); // the thread ended while it waited
      return;
    }
    if (release) job.release = release;
    worker.postMessage(MEMORY_GRANTED);
  }

  #bury(worker: PoolMember, cause: Error): void {
    const job = this.#busy.get(worker);
    this.#busy.delete(worker);
    job?.release?.();
    const place = this.#idle.indexOf(worker);
    if (place >= 0) this.#idle.splice(place, 1);
    job?.reject(new WorkerDiedError(cause.message, { cause }));
    if (!this.#isClosed) this.#next();
  }
}
