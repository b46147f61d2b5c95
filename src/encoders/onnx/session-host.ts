import { closedError, isError, LabelwiseError } from '../../errors.js';
import { toThreadFault } from '../../files/native-library.js';
import { startNativeThread } from '../../files/native-thread.js';
import { packageFile } from '../../files/package-root.js';
import { fromFault } from '../../files/thread-fault.js';
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
  readonly #worker = startNativeThread(packageFile('dist/bin/session-worker.js'), {
    resourceLimits: { stackSizeMb: STACK_MB },
  });
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #isClosed = false;
  /** Why the thread ended before it was closed. */
  #death: Error | undefined;

  /** @throws LabelwiseError `OUT_OF_MEMORY` or `NATIVE_LIBRARY_MISSING` when the system refuses a thread */
  static start(): SessionHost {
    try {
      return new SessionHost();
    } catch (error) {
      throw toThreadFault('ONNX Runtime', 'onnxruntime-node', error) ?? error;
    }
  }

  private constructor() {
    this.#worker.unref();
    this.#worker.on('message', (reply: WorkerReply) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#failAll(error));
    this.#worker.on('exit', (code) => this.#failAll(new Error(`the encoder's thread ended with code ${code}`)));
  }

  /** @throws LabelwiseError `DEVICE_UNAVAILABLE`, `NATIVE_LIBRARY_MISSING`, `CHECKPOINT_DAMAGED` or `OUT_OF_MEMORY` */
  async open(model: ModelSource, label: string, settings: SessionSettings): Promise<SessionInfo> {
    return (await this.#ask({ kind: 'open', model, settings }, []).catch((error: unknown) => {
      throw toOpenError(error, label);
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
    if (this.#isClosed) return Promise.reject(this.#death ?? closedError());
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
    else waiting?.reject(fromFault(reply.fault));
  }

  #failAll(error: Error): void {
    this.#death ??= this.#isClosed ? closedError() : (toThreadFault('ONNX Runtime', 'onnxruntime-node', error) ?? error);
    this.#isClosed = true;
    for (const waiting of this.#waiting.values()) waiting.reject(this.#death);
    this.#waiting.clear();
  }
}

function toOpenError(error: unknown, path: string): unknown {
  if (!isError(error) || error instanceof LabelwiseError) return error;
  if (isOutOfMemory(error)) return toRunError(error);
  return new LabelwiseError('CHECKPOINT_DAMAGED', `${path} cannot be loaded: ${error.message.split('\n')[0]}`, {
    hint: 'The file is cut short, or its external data is missing. Download it again: labelwise models pull NAME.',
    cause: error,
  });
}

function toRunError(error: unknown): unknown {
  if (!isError(error) || error instanceof LabelwiseError) return error;
  if (isOutOfMemory(error)) {
    return new LabelwiseError('OUT_OF_MEMORY', 'The encoder ran out of memory.', {
      hint: 'Use a smaller `batchSize` or a smaller model.',
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
