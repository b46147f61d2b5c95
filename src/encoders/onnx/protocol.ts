import type { Fault } from '../../files/thread-fault.js';

/** What goes between the main thread and the thread that holds the sessions. Buffers are transferred, never copied. */
export type TensorType = 'float32' | 'float16' | 'int64' | 'int32' | 'bool';

export interface TensorMessage {
  readonly type: TensorType;
  readonly data: ArrayBuffer;
  readonly dims: readonly number[];
}

/** The name, type and shape of an input or output; a string in the shape is a size that may vary. */
export interface TensorInfo {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

/** A session that stands, and where it runs. */
export interface SessionInfo {
  readonly session: number;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly device: DeviceChoice;
}

/** What a run gives: the named outputs, and the feeds' buffers to use again. */
export interface RunResult {
  readonly outputs: Readonly<Record<string, TensorMessage>>;
  readonly spent: Readonly<Record<string, ArrayBuffer>>;
}

/** The execution provider in use, and for `auto` why not a faster one. */
export interface DeviceChoice {
  readonly device: Device;
  readonly reasons: readonly string[];
}

/** ONNX Runtime's execution providers, by its names. */
export type Device = 'cuda' | 'coreml' | 'dml' | 'webgpu' | 'cpu';

/** How a session runs. */
export interface SessionSettings {
  readonly device: Device | 'auto';
  readonly threads: number;
  /** Whether the runtime's threads wait busily between two operators: quicker hand-overs, paid for by whatever else has work. */
  readonly isSpinning: boolean;
}

/** A file of its own, or a graph whose weights lie in a folder. */
export type ModelSource = string | GraphSource;

export interface GraphSource {
  readonly graph: Uint8Array;
  readonly dataFolder: string;
  /** The same for long runs: it takes longer to open, and less time for each run. */
  readonly forLongRuns?: Uint8Array | undefined;
}

export type WorkerRequest = { readonly id: number } & (
  | { readonly kind: 'open'; readonly model: ModelSource; readonly settings: SessionSettings }
  | { readonly kind: 'run'; readonly session: number; readonly feeds: Record<string, TensorMessage>; readonly outputs: readonly string[] }
  | { readonly kind: 'close' }
);

export type WorkerReply = { readonly id: number } & (
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly fault: Fault }
);
