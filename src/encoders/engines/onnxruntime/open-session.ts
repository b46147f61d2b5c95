import type { InferenceSession } from 'onnxruntime-node';
import { LabelwiseError, messageOf } from '../../../errors.js';
import { toNativeFault } from '../../../files/native-library.js';
import { inThreadLock } from '../../../files/native-thread.js';
import { packageRequire } from '../../../files/package-root.js';
import type { Device, DeviceChoice, ModelSource, SessionSettings } from '../protocol.js';
import { hasCuda, hasGraphicsDevice } from './graphics-card.js';

let loaded: typeof import('onnxruntime-node') | undefined;

/** ONNX Runtime, required: an import that fails also ends the thread, so that Node reports it twice, and one that works reads each file twice. */
export function loadRuntime(): typeof import('onnxruntime-node') {
  if (loaded) return loaded;
  try {
    loaded = inThreadLock(() => packageRequire()('onnxruntime-node') as typeof import('onnxruntime-node'));
  } catch (error) {
    throw toNativeFault('ONNX Runtime', 'onnxruntime-node', error);
  }
  loaded.env.logLevel = 'error'; // it warns on stderr of graphics cards that it cannot look at; what matters comes as an exception
  return loaded;
}

/**
 * How long a thread that has no work stays awake, in microseconds: about the time between two operators of a run. Asleep at once, its waking cost a
 * single image 3 to 10 % and a text 20 %; 50 or more took the cores from another session (docs/decisions/weights.md).
 */
const MOMENT_US = '20';

/** Fastest first; `auto` takes the first that opens the model. */
const PREFERENCE: readonly Exclude<Device, 'cpu'>[] = ['cuda', 'coreml', 'dml', 'webgpu'];

function choose(device: Device, reasons: readonly string[]): DeviceChoice {
  return { engine: `ONNX Runtime ${loadRuntime().env.versions.node ?? ''}`.trim(), device, reasons };
}

/** Opens a model on a device, or on the best that works. */
export async function openSession(
  model: ModelSource,
  settings: SessionSettings,
): Promise<{ session: InferenceSession; choice: DeviceChoice }> {
  const wanted = settings.device;
  if (wanted !== 'auto') {
    const obstacle = wanted === 'cpu' ? undefined : findObstacle(wanted);
    if (obstacle) throw unavailable(wanted, obstacle);
    try {
      return { session: await create(model, wanted, settings), choice: choose(wanted, [`${wanted} was asked for`]) };
    } catch (error) {
      if (wanted === 'cpu' || isModelFault(error)) throw error;
      throw unavailable(wanted, messageOf(error), error);
    }
  }
  const reasons: string[] = [];
  for (const device of PREFERENCE) {
    const obstacle = findObstacle(device);
    if (obstacle !== undefined) {
      reasons.push(obstacle);
      continue;
    }
    try {
      return { session: await create(model, device, settings), choice: choose(device, [...reasons, `${device} works`]) };
    } catch (error) {
      if (isModelFault(error)) throw error;
      reasons.push(`${device}: ${messageOf(error).split('\n')[0]}`);
    }
  }
  return { session: await create(model, 'cpu', settings), choice: choose('cpu', [...reasons, 'cpu always works']) };
}

function unavailable(device: Device, reason: string, cause?: unknown): LabelwiseError {
  return new LabelwiseError('DEVICE_UNAVAILABLE', `The device ${device} cannot be used: ${reason}.`, {
    hint: 'Set `device` to auto or cpu; docs/guides/gpu.md says how to install the libraries of a graphics card.',
    cause,
  });
}

function create(model: ModelSource, device: Device, { threads, isSpinning }: SessionSettings): Promise<InferenceSession> {
  const { InferenceSession } = loadRuntime();
  const options: InferenceSession.SessionOptions = {
    executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 4,
  };
  const intra_op = { allow_spinning: '1', ...(isSpinning ? {} : { spin_duration_us: MOMENT_US }) };
  if (typeof model === 'string') return InferenceSession.create(model, { ...options, extra: { session: { intra_op } } });
  const packing = model.isUnpacked ? { disable_prepacking: '1' } : {};
  const extra = { session: { intra_op, model_external_initializers_file_folder_path: model.dataFolder, ...packing } };
  return InferenceSession.create(model.graph, { ...options, extra });
}

/** Why a device cannot be tried, or undefined. */
function findObstacle(device: Exclude<Device, 'cpu'>): string | undefined {
  const backend = loadRuntime()
    .listSupportedBackends()
    .find((candidate) => candidate.name === device);
  if (!backend) return `${device}: ONNX Runtime has none for ${process.platform}-${process.arch}`;
  if (device === 'cuda' && process.platform === 'linux' && !hasCuda()) {
    return 'cuda: its libraries are not installed (see docs/guides/gpu.md)';
  }
  if (device === 'webgpu' && process.platform === 'linux' && !hasGraphicsDevice()) return 'webgpu: no graphics device';
  return undefined;
}

/** The file itself is at fault, on whatever device. */
function isModelFault(error: unknown): boolean {
  return /INVALID_PROTOBUF|NO_SUCHFILE|INVALID_GRAPH|Protobuf parsing failed|doesn't exist|external data/i.test(messageOf(error));
}
