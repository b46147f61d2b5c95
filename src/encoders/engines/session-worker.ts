import { parentPort } from 'node:worker_threads';
import { inNativeCall } from '../../files/native-thread.js';
import { toFault } from '../../files/thread-fault.js';
import type { EngineSession } from './engine.js';
import { openOnnxRuntime } from './onnxruntime/onnxruntime-session.js';
import type { SessionInfo, WorkerReply, WorkerRequest } from './protocol.js';

/**
 * The thread or process that holds the sessions. A run blocks whatever thread it is called on, so sessions get one of their own. OpenVINO gets
 * a process: a fault in a library that labelwise does not ship must not end the command.
 */
const sessions: EngineSession[] = [];

if (parentPort) {
  const port = parentPort;
  port.on('message', (request: WorkerRequest) =>
    inNativeCall(async () => {
      const { reply, transfer } = await answer(request);
      // The end of the thread is the answer to `close`. One that is terminated while the runtime still frees its objects aborts the process.
      if (request.kind === 'close') port.close();
      else port.postMessage(reply, transfer);
    }),
  );
} else {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {}); // it ends with the channel to whoever started it
  process.on('message', async (request: WorkerRequest) => {
    const { reply } = await answer(request);
    process.send?.(reply);
  });
}

async function answer(request: WorkerRequest): Promise<{ reply: WorkerReply; transfer: ArrayBuffer[] }> {
  try {
    const { value, transfer } = await handle(request);
    return { reply: { id: request.id, ok: true, value }, transfer };
  } catch (error) {
    return { reply: { id: request.id, ok: false, fault: toFault(error) }, transfer: [] };
  }
}

async function handle(request: WorkerRequest): Promise<{ value: unknown; transfer: ArrayBuffer[] }> {
  if (request.kind === 'open') {
    const session = await open(request);
    const { inputs, outputs, device } = session;
    return { value: { session: sessions.push(session) - 1, inputs, outputs, device } satisfies SessionInfo, transfer: [] };
  }
  if (request.kind === 'close') {
    await Promise.all(sessions.splice(0).map((session) => session.release()));
    return { value: undefined, transfer: [] };
  }
  const outputs = await (sessions[request.session] as EngineSession).run(request.feeds, request.outputs, request.into);
  const given = Object.values(outputs).map(({ data }) => data);
  if (!parentPort) return { value: { outputs, spent: {} }, transfer: [] }; // a process was given copies
  const spent = Object.fromEntries(Object.entries(request.feeds).map(([name, { data }]) => [name, data]));
  return { value: { outputs, spent }, transfer: [...Object.values(spent), ...given] };
}

async function open({ model, settings }: Extract<WorkerRequest, { kind: 'open' }>): Promise<EngineSession> {
  if (settings.openvino) return (await import('./openvino/openvino-session.js')).openOpenVino(model, settings, settings.openvino);
  return openOnnxRuntime(model, settings);
}
