import { isMainThread, type ResourceLimits, Worker, workerData } from 'node:worker_threads';

/**
 * Node ends its threads when the process exits. One that is within a native call of sharp or ONNX Runtime then throws from C++ where
 * nobody catches, and the process aborts with code 134. So each thread shares a gate with the thread that started it: at exit the gate
 * is closed, and the exit waits until the call in hand has returned.
 */
type Gate = Int32Array<SharedArrayBuffer>; // [isClosed, callsInHand]
const IS_CLOSED = 0;
const CALLS_IN_HAND = 1;

/** A native call that takes longer holds an exit up no further. */
const LONGEST_WAIT_MS = 60_000;

const gates = new Map<Worker, Gate>();
/** Held by one thread of ours at a time. */
const lock = new Int32Array(new SharedArrayBuffer(4));

interface ThreadData {
  readonly labelwise: { readonly gate: Gate; readonly lock: Int32Array<SharedArrayBuffer> };
}

/** Starts a thread that makes native calls, each within `inNativeCall`. */
export function startNativeThread(file: string | URL, options: { readonly resourceLimits?: ResourceLimits } = {}): Worker {
  const gate = new Int32Array(new SharedArrayBuffer(8));
  // `node -e` has --input-type, with which no file would start. Else the flags are inherited: named here, those of V8 would be refused.
  const isInline = process.execArgv.some((flag) => flag.startsWith('--input-type'));
  const worker = new Worker(file, {
    ...options,
    ...(isInline && { execArgv: [] }),
    workerData: { labelwise: { gate, lock } } satisfies ThreadData,
    stdout: false,
    stderr: false,
  });
  if (gates.size === 0) process.on('exit', closeGates);
  gates.set(worker, gate);
  worker.once('exit', () => {
    gates.delete(worker);
    if (gates.size === 0) process.off('exit', closeGates);
  });
  return worker;
}

function closeGates(): void {
  const deadline = performance.now() + LONGEST_WAIT_MS;
  for (const gate of gates.values()) Atomics.store(gate, IS_CLOSED, 1);
  for (const gate of gates.values()) {
    for (let calls = Atomics.load(gate, CALLS_IN_HAND); calls > 0; calls = Atomics.load(gate, CALLS_IN_HAND)) {
      if (Atomics.wait(gate, CALLS_IN_HAND, calls, Math.max(0, deadline - performance.now())) === 'timed-out') return;
    }
  }
}

/** In a thread: runs work that makes native calls, unless the process is exiting; then nobody waits for an answer, and none comes. */
export async function inNativeCall(work: () => Promise<void>): Promise<void> {
  if (isMainThread) return await work(); // a process of its own holds up nobody's exit
  const { gate } = (workerData as ThreadData).labelwise;
  Atomics.add(gate, CALLS_IN_HAND, 1); // before the look at the gate: either the exit sees this call, or the call sees the exit
  try {
    if (Atomics.load(gate, IS_CLOSED) === 0) await work();
  } finally {
    setImmediate(() => {
      // a turn later no native frame is left on this thread's stack
      Atomics.sub(gate, CALLS_IN_HAND, 1);
      Atomics.notify(gate, CALLS_IN_HAND);
    });
  }
}

/** Within `inNativeCall`: waits for what the main thread answers. An exit does not wait for it, and from then on no answer comes. */
export async function outsideNativeCall(answer: Promise<void>): Promise<void> {
  if (isMainThread) return await answer;
  const { gate } = (workerData as ThreadData).labelwise;
  Atomics.sub(gate, CALLS_IN_HAND, 1);
  Atomics.notify(gate, CALLS_IN_HAND);
  await answer;
  Atomics.add(gate, CALLS_IN_HAND, 1);
  if (Atomics.load(gate, IS_CLOSED) === 0) return;
  Atomics.sub(gate, CALLS_IN_HAND, 1);
  Atomics.notify(gate, CALLS_IN_HAND);
  await new Promise(() => undefined);
}

/** In a thread: runs work while no other thread of ours is in here. A thread that was ended within keeps the others waiting no longer than 5 s. */
export function inThreadLock<T>(work: () => T): T {
  const shared = (workerData as Partial<ThreadData> | null)?.labelwise?.lock; // a host's own thread has none
  if (isMainThread || !shared) return work();
  while (Atomics.compareExchange(shared, 0, 0, 1) === 1) if (Atomics.wait(shared, 0, 1, 5000) === 'timed-out') break;
  try {
    return work();
  } finally {
    Atomics.store(shared, 0, 0);
    Atomics.notify(shared, 0, 1);
  }
}
