import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { EngineSession } from '../engine.js';
import type { ModelSource, SessionSettings, TensorInfo, TensorMessage, TensorType } from '../protocol.js';
import { loadRuntime, openSession } from './open-session.js';
import { returnFreedMemory } from './return-memory.js';

const VIEWS = {
  float32: Float32Array,
  float16: Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  bool: Uint8Array,
} as const;

/** Opens a graph with ONNX Runtime. */
export async function openOnnxRuntime(model: ModelSource, settings: SessionSettings): Promise<EngineSession> {
  /*
   * Node 24 and later have Float16Array, and onnxruntime-node 1.30 then refuses float16 inputs ("not enough space: expected 4, got 0"): in this
   * thread it is taken away before the module loads.
   */
  Reflect.deleteProperty(globalThis, 'Float16Array');
  const { session, choice } = await openSession(model, settings);
  if (settings.ownsProcess) returnFreedMemory(); // not before: a model whose kernels are folded would take a third longer to open
  return {
    inputs: describe(session.inputMetadata),
    outputs: describe(session.outputMetadata),
    device: choice,
    run: (feeds, outputs, into = {}) => run(session, feeds, { outputs, into }),
    release: () => session.release(),
  };
}

async function run(
  session: InferenceSession,
  feeds: Readonly<Record<string, TensorMessage>>,
  { outputs, into }: { outputs: readonly string[]; into: Readonly<Record<string, TensorMessage>> },
): Promise<Record<string, TensorMessage>> {
  const { Tensor } = loadRuntime();
  const toTensor = ({ type, data, dims }: TensorMessage): Tensor =>
    new Tensor(type as 'float32', new VIEWS[type](data) as Float32Array, [...dims]);
  const tensors = Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, toTensor(feed)]));
  const wanted = Object.fromEntries(outputs.map((name) => [name, into[name] ? toTensor(into[name]) : null]));
  const results = await session.run(tensors, wanted);
  const given: Record<string, TensorMessage> = {};
  for (const name of outputs) {
    if (into[name]) {
      given[name] = into[name];
      continue;
    }
    const tensor = results[name] as Tensor;
    const view = (await tensor.getData()) as Float32Array | Uint16Array;
    const data = new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice().buffer; // ours to transfer: the tensor's is the runtime's
    given[name] = { type: tensor.type as TensorType, data, dims: tensor.dims };
    tensor.dispose();
  }
  return given;
}

function describe(metadata: readonly InferenceSession.ValueMetadata[]): TensorInfo[] {
  return metadata.map((value) =>
    value.isTensor ? { name: value.name, type: value.type, shape: value.shape } : { name: value.name, type: 'other', shape: [] },
  );
}
