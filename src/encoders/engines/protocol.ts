import type { Fault } from '../../files/thread-fault.js';

/** What goes between the main thread and the thread or process that holds the sessions. Between threads, buffers are transferred, not copied. */
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

/** What runs the graphs, and for `auto` why not a faster device. */
export interface DeviceChoice {
  /** The engine with its version, for people: "OpenVINO 2026.4.1". */
  readonly engine: string;
  readonly device: Device;
  readonly reasons: readonly string[];
}

/** Where a graph can run: ONNX Runtime's execution providers by its names, and the devices that OpenVINO alone offers. */
export const DEVICES = ['cpu', 'cuda', 'coreml', 'dml', 'webgpu', 'intel-gpu', 'intel-npu'] as const;
export type Device = (typeof DEVICES)[number];

/** What runs an encoder's graphs. */
export const ENGINES = ['onnxruntime', 'openvino'] as const;
export type EngineName = (typeof ENGINES)[number];

/** The number format that an encoder computes in. */
export const PRECISIONS = ['fp32', 'bf16', 'int8'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** What OpenVINO needs beside the settings of every engine. */
export interface OpenVinoSettings {
  /** Its C library. */
  readonly library: string;
  readonly precision: Precision;
  /** Where the compiled models of this encoder are kept. */
  readonly folder: string;
  readonly home: string;
}

/** How a session runs. */
export interface SessionSettings {
  readonly device: Device | 'auto';
  readonly threads: number;
  /** Whether the runtime's threads wait busily for long, and not for a moment between two operators: paid for by whatever else has work. */
  readonly isSpinning: boolean;
  /** Whether settings of the whole process are labelwise's to change. */
  readonly ownsProcess?: boolean | undefined;
  /** Set where OpenVINO runs the graphs; ONNX Runtime does otherwise. */
  readonly openvino?: OpenVinoSettings | undefined;
}

/** A file of its own, or a graph whose weights lie in files of a folder. */
export type ModelSource = string | GraphSource;

export interface GraphSource {
  readonly graph: Uint8Array;
  readonly dataFolder: string;
  readonly dataFiles: readonly string[];
  /** Whether the weights stay in the order in which they lie: quicker to open, slower to run. */
  readonly isUnpacked?: boolean;
}

export type WorkerRequest = { readonly id: number } & (
  | { readonly kind: 'open'; readonly model: ModelSource; readonly settings: SessionSettings }
  | {
      readonly kind: 'run';
      readonly session: number;
      readonly feeds: Record<string, TensorMessage>;
      readonly outputs: readonly string[];
      /** Room for outputs whose shape is known. */
      readonly into?: Record<string, TensorMessage> | undefined;
    }
  | { readonly kind: 'close' }
);

export type WorkerReply = { readonly id: number } & (
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly fault: Fault }
);
