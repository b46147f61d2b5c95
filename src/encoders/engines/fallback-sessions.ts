import { LabelwiseError, messageOf } from '../../errors.js';
import type { ModelSource, RunResult, SessionInfo, SessionSettings, TensorMessage } from './protocol.js';
import { SessionHost, type Sessions } from './session-host.js';

interface Opened {
  readonly model: ModelSource;
  readonly label: string;
  readonly settings: SessionSettings;
  /** Its number with the engine in use. */
  current: Promise<SessionInfo>;
}

export interface Fallback {
  /** False where another engine would give other numbers: then a fault of OpenVINO is the end. */
  readonly isAllowed: boolean;
  readonly onWarning: (message: string) => void;
}

/**
 * Sessions of OpenVINO in a process of their own. When it fails, by a fault or by the end of its process, ONNX Runtime takes over with
 * one warning: the models are opened again, and the run in hand is done again.
 */
export class FallbackSessions implements Sessions {
  readonly #openvino: Sessions;
  readonly #fallback: Fallback;
  #onnxruntime: SessionHost | undefined;
  readonly #opened: Opened[] = [];
  #isClosed = false;

  constructor(fallback: Fallback) {
    this.#fallback = fallback;
    this.#openvino = startOrFail();
  }

  async open(model: ModelSource, label: string, settings: SessionSettings): Promise<SessionInfo> {
    const opened: Opened = { model, label, settings, current: this.#openvino.open(model, label, settings) };
    const session = this.#opened.push(opened) - 1;
    const info = this.#onnxruntime
      ? await this.#reopen(opened)
      : await opened.current.catch((error: unknown) => this.#replace(opened, error));
    return { ...info, session };
  }

  async run(session: number, feeds: Record<string, TensorMessage>, outputs: readonly string[]): Promise<RunResult> {
    const opened = this.#opened[session] as Opened;
    const onnxruntime = this.#onnxruntime; // before the number is known: it is that of the engine which gave it
    const info = await opened.current;
    if (onnxruntime) return onnxruntime.run(info.session, feeds, outputs);
    try {
      return await this.#openvino.run(info.session, feeds, outputs);
    } catch (error) {
      const { session: other } = await this.#replace(opened, error);
      return (this.#onnxruntime as unknown as SessionHost).run(other, feeds, outputs);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.#openvino.close(), this.#onnxruntime?.close()]);
  }

  /** Opens one model with ONNX Runtime, and from now on all others too. */
  async #replace(opened: Opened, error: unknown): Promise<SessionInfo> {
    if (this.#isClosed) throw error;
    if (!this.#fallback.isAllowed) throw toEngineFault(error);
    if (this.#onnxruntime) return opened.current;
    this.#onnxruntime = SessionHost.start();
    this.#fallback.onWarning(
      `OpenVINO failed, and ONNX Runtime takes its place: ${reasonOf(error)}. To go without it, set \`engine\` to onnxruntime.`,
    );
    const reopening = this.#opened.map((other) => this.#reopen(other));
    void this.#openvino.close();
    await Promise.allSettled(reopening);
    return opened.current;
  }

  #reopen(opened: Opened): Promise<SessionInfo> {
    const { openvino: _, ...settings } = opened.settings;
    opened.current.catch(() => {});
    opened.current = (this.#onnxruntime as SessionHost).open(opened.model, opened.label, settings);
    opened.current.catch(() => {}); // whoever runs it meets the error
    return opened.current;
  }
}

const reasonOf = (error: unknown): string => (messageOf(error).split('\n')[0] as string).replace(/\.$/, '');

function toEngineFault(error: unknown): unknown {
  if (error instanceof LabelwiseError && ['ENGINE_UNAVAILABLE', 'DEVICE_UNAVAILABLE', 'OUT_OF_MEMORY', 'CLOSED'].includes(error.code))
    return error;
  return new LabelwiseError('ENGINE_UNAVAILABLE', `OpenVINO cannot run this model: ${reasonOf(error)}.`, {
    hint: 'Leave `precision` and `device` out, or set `engine` to onnxruntime.',
    cause: error,
  });
}

/** A process, or sessions that fail for the reason why there is none: Node's permissions may forbid it. */
function startOrFail(): Sessions {
  try {
    return SessionHost.startProcess();
  } catch (error) {
    const fail = (): Promise<never> => Promise.reject(error);
    return { open: fail, run: fail, close: async () => {} };
  }
}
