import { join } from 'node:path';
import type { Dtype } from '../checkpoints/dtypes.js';
import type { Manifest } from '../checkpoints/manifest.js';
import { modelPaths } from '../checkpoints/model-files.js';
import { LabelwiseError } from '../errors.js';
import type { Surroundings } from '../hub/surroundings.js';
import { chooseEngine } from './engines/choose-engine.js';
import type { Device, EngineName, OpenVinoSettings, Precision } from './engines/protocol.js';
import { readPrecisionReport } from './quantize/precision-report.js';

/** The options that decide how a checkpoint is run. */
export interface EngineOptions {
  readonly dtype?: Dtype | undefined;
  readonly device?: Device | 'auto' | undefined;
  readonly engine?: EngineName | 'auto' | undefined;
  readonly precision?: Precision | undefined;
  /** Run a precision that no check has passed: the check itself does. */
  readonly isUnchecked?: boolean | undefined;
}

/** How an encoder's graphs are run. */
export interface EncoderEngine {
  readonly precision: Precision;
  /** Set where OpenVINO runs them. */
  readonly openvino: OpenVinoSettings | undefined;
  /** Whether the graphs of int8 weights are those for OpenVINO. */
  readonly isDequantized: boolean;
  /** Whether ONNX Runtime would give the same embeddings. */
  readonly mayFallBack: boolean;
  /** What the fingerprint ends with, so that no embedding of one precision is taken for one of another. */
  readonly suffix: string;
}

/** The dtype of the weights for a precision. @throws LabelwiseError `INVALID_ARGUMENT` for a dtype and a precision that exclude each other */
export function dtypeFor({ dtype, precision }: Pick<EngineOptions, 'dtype' | 'precision'>): Dtype | undefined {
  if (precision === undefined) return dtype;
  const needed = precision === 'int8' ? 'int8' : 'fp32';
  if (dtype === undefined) return precision === 'int8' ? 'int8' : undefined;
  if (dtype === needed) return dtype;
  throw new LabelwiseError('INVALID_ARGUMENT', `Expected \`dtype\` to be ${needed} for \`precision\` ${precision}, got ${dtype}.`, {
    hint: 'Leave `dtype` out.',
  });
}

/**
 * Chooses what runs a checkpoint. Both engines give float32 embeddings that are the same to about the sixth digit, and share a fingerprint.
 *
 * @throws LabelwiseError `INVALID_ARGUMENT`, `ENGINE_UNAVAILABLE`, or `PRECISION_UNCHECKED`
 */
export async function planEngine(
  manifest: Manifest,
  tuned: EngineName | undefined,
  options: EngineOptions & Surroundings,
): Promise<EncoderEngine> {
  const { home } = options;
  const precision = options.precision ?? (manifest.dtype === 'int8' && manifest.model.kind === 'safetensors' ? 'int8' : 'fp32');
  const wish = { ...options, engine: options.engine ?? 'auto', device: options.device ?? 'auto', precision, tuned } as const;
  const { library, isNeeded } = chooseEngine(wish);
  if (library === undefined) return { ...ONNX_RUNTIME, precision };
  const isExact = precision !== 'bf16' && manifest.dtype === 'fp32' && !(await isQuantizedOnnx(manifest));
  const suffix = precision === 'bf16' ? '-bf16' : isExact ? '' : '-openvino';
  const fingerprint = manifest.fingerprint + suffix;
  const isChecked = isExact || options.isUnchecked === true || (await readPrecisionReport(fingerprint, home)) !== undefined;
  // `dtype` alone means what it did before there was another engine.
  if (!isNeeded && !isExact && (options.precision === undefined || !isChecked)) return { ...ONNX_RUNTIME, precision };
  if (!isChecked && precision !== 'fp32') throw unchecked(manifest.name, precision);
  return {
    precision,
    openvino: { library, precision, folder: join(home, 'openvino', fingerprint), home },
    isDequantized: precision === 'int8',
    mayFallBack: isExact,
    suffix,
  };
}

const ONNX_RUNTIME = { openvino: undefined, isDequantized: false, mayFallBack: false, suffix: '' } as const;

/** Whether ONNX files quantise what they compute: engines round that differently. The embedded model does, though its files are called fp32. */
async function isQuantizedOnnx({ model, modelType, folder }: Manifest): Promise<boolean> {
  if (model.kind === 'safetensors') return false;
  if (modelType === 'pocket') return true;
  const { hasQuantizedNodes } = await import('../checkpoints/onnx/has-quantized-nodes.js');
  return (await Promise.all(modelPaths(model).map((path) => hasQuantizedNodes(join(folder, path))))).includes(true);
}

const unchecked = (name: string, precision: Precision): LabelwiseError =>
  new LabelwiseError('PRECISION_UNCHECKED', `Nobody has checked what ${precision} costs ${name} with OpenVINO.`, {
    hint: `Check it on photos: labelwise models quantize ${name} --precision ${precision}.`,
  });
