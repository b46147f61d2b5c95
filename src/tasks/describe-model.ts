import type { LogitScaleSource } from '../checkpoints/checkpoint-folder.js';
import type { Manifest } from '../checkpoints/manifest.js';
import type { TextRules } from '../checkpoints/text-rules.js';
import { hasProbabilities } from '../core/scoring.js';
import type { PrecisionReport } from '../encoders/quantize/precision-report.js';
import type { Tuning } from '../encoders/tuning/tuning-note.js';
import { formatBytes } from '../files/format-bytes.js';
import type { Int8Report } from '../graphs/quantize/int8-copy.js';
import type { ImageTransform, Resize } from '../images/image-transform.js';

/** The facts of a model. */
export type ShownModel = Omit<Manifest, 'text' | 'logits' | 'config'> & {
  readonly runs: string;
  readonly int8Copy?: string;
  /** What is known of the name (data/known-models.json), and what its card states. */
  readonly family?: string | undefined;
  readonly goodAt?: string | undefined;
  readonly languages?: string | undefined;
  readonly licence?: string | undefined;
  readonly accuracy?: { readonly imagenetTop1: number; readonly source: string } | undefined;
  readonly parameters?: number | undefined;
  readonly memoryBytes: number;
  readonly dimension: number;
  readonly logitScale: number;
  readonly logitBias: number;
  readonly logitSource: LogitScaleSource;
  readonly textRules: TextRules;
  readonly tuning: string;
  /** What runs the model, with its version. */
  readonly engine: string;
  /** The number format that it computes in, and what that costs. */
  readonly precision: string;
  readonly device: string;
  readonly deviceReasons: readonly string[];
};

export const ENGINE_NAMES = { onnxruntime: 'ONNX Runtime', openvino: 'OpenVINO' } as const;

export const WEIGHTS = { joint: 'joint ONNX', split: 'split ONNX', safetensors: 'safetensors' } as const;

const LOGITS: Record<LogitScaleSource, string> = {
  config: 'as the configuration says',
  weights: 'as trained, from the weights',
  joint: 'as the joint ONNX model computes it',
  published: 'as published for this model',
  given: 'as given',
  assumed: 'assumed, as no file states it; set `logitScale` if you know it',
};

const SOURCES = { embedded: 'comes with labelwise', folder: 'a folder', hub: 'from the hub' } as const;

/** The facts of a model for people: names and sentences. */
export function describeModel(model: ShownModel): [string, string][] {
  const { textRules: rules, logitScale, logitBias, logitSource, scoring } = model;
  const given = model.isBatchInvariant ? '' : '; one at a time, as are images: an embedding would depend on its neighbours in a batch';
  const int8: [string, string][] = model.int8Copy === undefined ? [] : [['int8 copy', model.int8Copy]];
  return [
    ['model', `${model.name} (${SOURCES[model.source]}${model.revision ? `, ${model.revision}` : ''})`],
    ['folder', model.folder],
    ['kind', `${model.modelType}, ${model.dtype}, ${WEIGHTS[model.model.kind]}`],
    ...describeKnown(model),
    ['runs', model.runs],
    ...int8,
    ['images', describeTransform(model.imageTransform)],
    ['texts', `at most ${rules.maxLength} tokens${rules.isLowercase ? ', in lower case' : ''}${given}`],
    ['embeddings', `${model.dimension} numbers, of length 1`],
    ['size', describeSize(model)],
    [
      'probability',
      hasProbabilities({ scoring, logitScale, logitBias })
        ? `${scoring} of ${precise(logitScale)} x cosine${logitBias ? ` ${logitBias < 0 ? '-' : '+'} ${precise(Math.abs(logitBias))}` : ''} (the scale: ${LOGITS[logitSource]})`
        : 'unknown: no file states scale and bias; set both with `logitScale` and `logitBias`',
    ],
    ['fingerprint', model.fingerprint],
    ['tuning', model.tuning],
    ['engine', `${model.engine}, ${model.precision}`],
    ['device', [model.device, ...model.deviceReasons.filter((reason) => !reason.startsWith(model.device))].join('; ')],
  ];
}

/** What people publish of a model; facts that nobody states are left out. */
function describeKnown({ family, goodAt, languages, licence, accuracy }: ShownModel): [string, string][] {
  const facts: [string, string | undefined][] = [
    ['family', family],
    ['good at', goodAt],
    ['languages', languages],
    ['licence', licence],
    ['accuracy', accuracy && `${accuracy.imagenetTop1.toFixed(1)} % on ImageNet without training (${accuracy.source})`],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== undefined);
}

function describeSize({ parameters, memoryBytes }: ShownModel): string {
  const memory = `about ${formatBytes(memoryBytes)} of memory with both towers`;
  return parameters === undefined ? memory : `${(parameters / 1e6).toFixed(parameters < 1e7 ? 1 : 0)} million parameters, ${memory}`;
}

/** How images become pixel values, in the order of the steps. */
export function describeTransform({ resize, filter, crop, mean, std }: ImageTransform): string {
  const steps = [
    resize && `${describeResize(resize)} (${filter})`,
    crop && `middle ${crop.width} x ${crop.height}`,
    `minus mean [${mean.map((x) => x.toFixed(3)).join(', ')}], over std [${std.map((x) => x.toFixed(3)).join(', ')}]`,
  ];
  return steps.filter((step) => step !== undefined).join(', ');
}

function describeResize(resize: Resize): string {
  if (resize.kind === 'shortest') return `shorter side to ${resize.size}`;
  if (resize.kind === 'exact') return `squashed to ${resize.width} x ${resize.height}`;
  return `own shape, at most ${resize.most} patches of ${resize.patchSize} x ${resize.patchSize}`;
}

const precise = (value: number): string => String(Number(value.toPrecision(9)));

/** The figures of an int8 copy, in one line. */
export function describeInt8Report(report: Int8Report): string {
  const { bytes, sourceBytes } = report;
  const share = ((100 * bytes) / sourceBytes).toFixed(1);
  return `${formatBytes(bytes)}, ${share} % of the weights; ${describePrecisionReport(report)}`;
}

/** How far the embeddings of a precision are from those in float32, in one line. */
export function describePrecisionReport({ photos, prompts, imageCosine, textCosine, top1Agreement }: PrecisionReport): string {
  const agreement = (100 * top1Agreement).toFixed(1);
  return `cosine ${imageCosine.mean.toFixed(4)} on ${photos} photos and ${textCosine.mean.toFixed(4)} on ${prompts} prompts, the same first label on ${agreement} %`;
}

/** The settings that tuning found, in one line. */
export const describeTuning = ({ engine, batchSize, isSpinning, imagesPerSecond }: Tuning): string =>
  `${ENGINE_NAMES[engine]}, batches of ${batchSize}, threads wait ${isSpinning ? 'busily' : 'asleep'}, ${imagesPerSecond.toFixed(1)} images/s from file to embedding when it was measured`;
