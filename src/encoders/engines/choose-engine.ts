import { LabelwiseError } from '../../errors.js';
import { hasGraphicsCard } from './onnxruntime/graphics-card.js';
import { findOpenVino, type OpenVinoHints } from './openvino/find-openvino.js';
import type { Device, EngineName, Precision } from './protocol.js';

/** What a caller wants of the engine, and what is known of the model and the machine. */
export interface EngineWish extends OpenVinoHints {
  readonly engine: EngineName | 'auto';
  readonly device: Device | 'auto';
  readonly precision: Precision;
  /** What `models tune` found to be the fastest. */
  readonly tuned: EngineName | undefined;
}

export interface ChosenEngine {
  /** OpenVINO's C library; undefined where ONNX Runtime is to run the model. */
  readonly library: string | undefined;
  /** Whether only OpenVINO will do. */
  readonly isNeeded: boolean;
}

const ONNX_RUNTIME: ChosenEngine = { library: undefined, isNeeded: false };
const INTEL: readonly string[] = ['intel-gpu', 'intel-npu'];

/**
 * The engine for a model. `auto` takes the one that `models tune` found to be the fastest; untuned, OpenVINO where it is installed and no
 * graphics card is in use, else ONNX Runtime.
 *
 * @throws LabelwiseError `INVALID_ARGUMENT` for wishes that exclude each other, `ENGINE_UNAVAILABLE` where OpenVINO is needed and missing
 */
export function chooseEngine(wish: EngineWish): ChosenEngine {
  const { engine, device, tuned } = wish;
  const need = needForOpenVino(wish);
  const isOnnxRuntimes = !['auto', 'cpu', ...INTEL].includes(device);
  if (need !== undefined && need !== 'engine' && engine === 'onnxruntime')
    throw conflict(`Expected \`engine\` to be auto or openvino, because only OpenVINO offers ${need}, got onnxruntime.`);
  if (need !== undefined && isOnnxRuntimes)
    throw conflict(`Expected \`device\` to be auto, cpu or one of ${INTEL.join(', ')} for OpenVINO, got ${device}.`);
  if (need !== undefined) return { library: requireOpenVino(wish), isNeeded: true };
  if (engine === 'onnxruntime' || isOnnxRuntimes || tuned === 'onnxruntime') return ONNX_RUNTIME;
  if (wish.openvino === undefined && device === 'auto' && tuned === undefined && hasGraphicsCard()) return ONNX_RUNTIME;
  return { library: wish.openvino === undefined ? findOpenVino(wish) : requireOpenVino(wish), isNeeded: false };
}

/** What only OpenVINO can do, in words. */
function needForOpenVino({ engine, device, precision }: EngineWish): string | undefined {
  if (INTEL.includes(device)) return `the device ${device}`;
  if (precision === 'bf16') return 'the precision bf16';
  return engine === 'openvino' ? 'engine' : undefined;
}

function requireOpenVino(wish: OpenVinoHints): string {
  const library = findOpenVino(wish);
  if (library !== undefined) return library;
  const where = wish.openvino ?? 'any Python environment, npm package or library folder';
  throw new LabelwiseError('ENGINE_UNAVAILABLE', `OpenVINO was not found in ${where}.`, {
    hint: 'Install it (pip install openvino), or name its folder with `openvino`; docs/guides/speed.md says where labelwise looks.',
  });
}

const conflict = (message: string): LabelwiseError => new LabelwiseError('INVALID_ARGUMENT', message);
