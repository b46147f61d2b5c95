import { Worker } from 'node:worker_threads';
import { LabelwiseError } from '../../errors.js';
import { installationFault, isMissingModule } from '../../files/installation-fault.js';
import type { ModelSource, RunResult, SessionInfo, SessionSettings, TensorMessage, WorkerReply, WorkerRequest } from './protocol.js';

type RequestBody = WorkerRequest extends infer R ? (R extends WorkerRequest ? Omit<R, 'id'> : never) : never;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/**
 * ONNX Runtime reads the process's command line with a recursive regular expression, some 250 bytes of stack a character: the usual 4 MB
 * overflow, and end the process, at 16,000 characters, which `classify *.jpg` soon has. Stack that is not used takes no memory.
 */
const STACK_MB = 768;

/** A thread of sessions, seen from the main thread. An idle host does not keep the process alive. */
export class SessionHost {
  readonly #worker = new Worker(new URL('./session-worker.js', import.meta.url), {
    stdout: false,
    stderr: false,
    resourceLimits: { stackSizeMb: STACK_MB },
  });
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #isClosed = false;

  constructor() {
    this.#worker.unref();
    this.#worker.on('message', (reply: WorkerReply) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#failAll(error));
    this.#worker.on('exit', (code) => this.#failAll(new Error(`the encoder's thread ended with code ${code}`)));
  }

  /** @throws LabelwiseError `DEVICE_UNAVAILABLE`, `CHECKPOINT_DAMAGED` or `OUT_OF_MEMORY` */
  async open(model: ModelSource, label: string, settings: SessionSettings): Promise<SessionInfo> {
    return (await this.#ask({ kind: 'open', model, settings }, []).catch((error: unknown) => {
      throw toOpenError(error, label, settings.device);
    })) as SessionInfo;
  }

  /** Runs a session; the feeds' buffers are handed over, and come back in `spent` to be filled again. */
  async run(session: number, feeds: Record<string, TensorMessage>, outputs: readonly string[]): Promise<RunResult> {
    const transfer = Object.values(feeds).map((feed) => feed.data);
    return (await this.#ask({ kind: 'run', session, feeds, outputs }, transfer).catch((error: unknown) => {
      throw toRunError(error);
    })) as RunResult;
  }

  /** Frees the sessions and ends the thread; a run that is under way is let to its end. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    const isDone = this.#ask({ kind: 'close' }, []);
    this.#isClosed = true;
    await isDone.catch(() => {}); // a thread that is dead already holds nothing
    await this.#worker.terminate();
  }

  #ask(body: RequestBody, transfer: readonly ArrayBuffer[]): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(new LabelwiseError('ABORTED', 'The encoder was closed.'));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage({ ...body, id }, [...transfer]);
    });
  }

  #settle(reply: WorkerReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if (reply.ok) waiting?.resolve(reply.value);
    else waiting?.reject(Object.assign(new Error(reply.message), { isUnavailable: reply.isUnavailable }));
  }

  #failAll(error: Error): void {
    this.#isClosed = true;
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}

function toOpenError(error: unknown, path: string, device: string): unknown {
  if (!(error instanceof Error) || error instanceof LabelwiseError) return error;
  if ('isUnavailable' in error && error.isUnavailable) {
    return new LabelwiseError('DEVICE_UNAVAILABLE', `The device ${device} cannot be used: ${error.message}.`, {
      hint: 'Use --device auto or --device cpu; docs/guides/gpu.md says how to install the libraries of a graphics card.',
      cause: error,
    });
  }
  if (isMissingModule(error)) return installationFault('The thread that runs the model', error);
  if (isOutOfMemory(error)) return toRunError(error);
  return new LabelwiseError('CHECKPOINT_DAMAGED', `${path} cannot be loaded: ${error.message.split('\n')[0]}`, {
    hint: 'The file is cut short, or its external data is missing. Download it again: labelwise models pull NAME.',
    cause: error,
  });
}

function toRunError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof LabelwiseError) return error;
  if (isOutOfMemory(error)) {
    return new LabelwiseError('OUT_OF_MEMORY', 'The encoder ran out of memory.', {
      hint: 'Use a smaller --batch-size or a smaller model.',
      cause: error,
    });
  }
  return new LabelwiseError('CHECKPOINT_UNSUPPORTED', `The model could not be run: ${error.message.split('\n')[0]}`, {
    hint: 'Its graph and its JSON files may not belong together.',
    cause: error,
  });
}

function isOutOfMemory(error: Error): boolean {
  return /failed to allocate|bad_alloc|out of memory/i.test(error.message);
}
