import { parentPort } from 'node:worker_threads';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { inNativeCall } from '../../files/native-thread.js';
import { toFault } from '../../files/thread-fault.js';
import { type LateSession, openLateSession } from './late-session.js';
import { loadRuntime } from './open-session.js';
import type { RunResult, SessionInfo, TensorInfo, TensorMessage, TensorType, WorkerReply, WorkerRequest } from './protocol.js';

/*
 * Node 24 and later have Float16Array, and onnxruntime-node 1.30 then refuses float16 inputs ("not enough space: expected 4, got 0"): in this
 * thread it is taken away before the module loads.
 */
Reflect.deleteProperty(globalThis, 'Float16Array');

/** The thread that holds the sessions: session.run() blocks whatever thread it is called on, so it gets one of its own. */
const port = parentPort as NonNullable<typeof parentPort>;
const sessions: LateSession[] = [];
const VIEWS = {
  float32: Float32Array,
  float16: Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  bool: Uint8Array,
} as const;

port.on('message', (request: WorkerRequest) =>
  inNativeCall(() =>
    handle(request).then(
      ({ value, transfer }) => port.postMessage({ id: request.id, ok: true, value } satisfies WorkerReply, transfer),
      (error: unknown) => port.postMessage({ id: request.id, ok: false, fault: toFault(error) } satisfies WorkerReply),
    ),
  ),
);

async function handle(request: WorkerRequest): Promise<{ value: unknown; transfer: ArrayBuffer[] }> {
  if (request.kind === 'open') {
    const { session, choice, late } = await openLateSession(request.model, request.settings);
    const value: SessionInfo = {
      session: sessions.push(late) - 1,
      inputs: describe(session.inputMetadata),
      outputs: describe(session.outputMetadata),
      device: choice,
    };
    return { value, transfer: [] };
  }
  if (request.kind === 'close') {
    await Promise.all(sessions.splice(0).map((session) => session.release()));
    port.close();
    return { value: undefined, transfer: [] };
  }
  return run(await (sessions[request.session] as LateSession).next(), request.feeds, request.outputs);
}

async function run(
  session: InferenceSession,
  feeds: Record<string, TensorMessage>,
  outputs: readonly string[],
): Promise<{ value: RunResult; transfer: ArrayBuffer[] }> {
  const { Tensor } = loadRuntime();
  const tensors = Object.fromEntries(
    Object.entries(feeds).map(([name, feed]) => [
      name,
      new Tensor(feed.type as 'float32', new VIEWS[feed.type](feed.data) as Float32Array, [...feed.dims]),
    ]),
  );
  const results = await session.run(tensors, outputs);
  const given: Record<string, TensorMessage> = {};
  const spent = Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, feed.data]));
  const transfer = Object.values(spent);
  for (const name of outputs) {
    const tensor = results[name] as Tensor;
    const view = (await tensor.getData()) as Float32Array | Uint16Array;
    const data = new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice().buffer; // ours to transfer: the tensor's is the runtime's
    given[name] = { type: tensor.type as TensorType, data, dims: tensor.dims };
    transfer.push(data);
    tensor.dispose();
  }
  return { value: { outputs: given, spent }, transfer };
}

function describe(metadata: readonly InferenceSession.ValueMetadata[]): TensorInfo[] {
  return metadata.map((value) =>
    value.isTensor ? { name: value.name, type: value.type, shape: value.shape } : { name: value.name, type: 'other', shape: [] },
  );
}
