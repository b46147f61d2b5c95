import { closedError, isError, LabelwiseError } from '../../errors.js';
import { toThreadFault } from '../../files/native-library.js';
import { fromFault } from '../../files/thread-fault.js';
import type { ModelSource, RunResult, SessionInfo, SessionSettings, TensorMessage, WorkerReply, WorkerRequest } from './protocol.js';
import { linkProcess, linkThread, type SessionLink } from './session-link.js';

type RequestBody = WorkerRequest extends infer R ? (R extends WorkerRequest ? Omit<R, 'id'> : never) : never;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** What opens graphs and runs them. */
export interface Sessions {
  /** `label` is what messages call the model. */
  open(model: ModelSource, label: string, settings: SessionSettings): Promise<SessionInfo>;
  /** Runs a session; the feeds' buffers are handed over, and come back in `spent` to be filled again. */
  run(session: number, feeds: Record<string, TensorMessage>, outputs: readonly string[]): Promise<RunResult>;
  /** Frees the sessions; a run that is under way is let to its end. */
  close(): Promise<void>;
}

/** A thread or process of sessions, seen from the main thread. An idle host does not keep this process alive. */
export class SessionHost implements Sessions {
  readonly #link: SessionLink;
  readonly #hasCopies: boolean;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #isClosed = false;
  /** Why the thread ended before it was closed. */
  #death: Error | undefined;

  /** @throws LabelwiseError `OUT_OF_MEMORY` or `NATIVE_LIBRARY_MISSING` when the system refuses a thread */
  static start(): SessionHost {
    try {
      return new SessionHost(linkThread(), false);
    } catch (error) {
      throw toThreadFault('ONNX Runtime', 'onnxruntime-node', error) ?? error;
    }
  }

  /** In a process of its own, which gets copies of the feeds. */
  static startProcess(): SessionHost {
    return new SessionHost(linkProcess(), true);
  }

  private constructor(link: SessionLink, hasCopies: boolean) {
    this.#link = link;
    this.#hasCopies = hasCopies;
    link.listen(
      (reply) => this.#settle(reply),
      (error) => this.#failAll(error),
    );
  }

  /** @throws LabelwiseError `DEVICE_UNAVAILABLE`, `NATIVE_LIBRARY_MISSING`, `CHECKPOINT_DAMAGED` or `OUT_OF_MEMORY` */
  async open(model: ModelSource, label: string, settings: SessionSettings): Promise<SessionInfo> {
    return (await this.#ask({ kind: 'open', model, settings }, []).catch((error: unknown) => {
      throw toOpenError(error, label);
    })) as SessionInfo;
  }

  /** An output that is in `into` is written there: its buffer is handed over too. */
  async run(
    session: number,
    feeds: Record<string, TensorMessage>,
    outputs: readonly string[],
    into: Record<string, TensorMessage> = {},
  ): Promise<RunResult> {
    const transfer = [...Object.values(feeds), ...Object.values(into)].map(({ data }) => data);
    const result = (await this.#ask({ kind: 'run', session, feeds, outputs, into }, transfer).catch((error: unknown) => {
      throw toRunError(error);
    })) as RunResult;
    if (!this.#hasCopies) return result;
    return { ...result, spent: Object.fromEntries(Object.entries(feeds).map(([name, { data }]) => [name, data])) };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    const isDone = this.#ask({ kind: 'close' }, []);
    this.#isClosed = true;
    await isDone.catch(() => {}); // a thread that is dead already holds nothing
    await this.#link.end();
  }

  #ask(body: RequestBody, transfer: readonly ArrayBuffer[]): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(this.#death ?? closedError());
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#link.hold(true);
      this.#link.post({ ...body, id }, transfer);
    });
  }

  #settle(reply: WorkerReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) this.#link.hold(false);
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
