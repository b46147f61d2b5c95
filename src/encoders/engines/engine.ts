import type { DeviceChoice, TensorInfo, TensorMessage } from './protocol.js';

/** A graph that an engine has opened. */
export interface EngineSession {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly device: DeviceChoice;
  /**
   * Runs the graph. The buffers of the outputs belong to the caller; those of the feeds are no longer in use. ONNX Runtime writes an output that
   * is in `into` there.
   */
  run(
    feeds: Readonly<Record<string, TensorMessage>>,
    outputs: readonly string[],
    into?: Readonly<Record<string, TensorMessage>>,
  ): Promise<Record<string, TensorMessage>>;
  release(): Promise<void>;
}
