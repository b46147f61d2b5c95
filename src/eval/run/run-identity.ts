import { norm } from '../../core/embedding.js';
import { fingerprint } from '../../core/fingerprint.js';
import type { ClassEmbeddings, EncoderInfo } from '../../core/ports.js';
import type { Scoring } from '../../core/scoring.js';
import type { Dataset } from '../../datasets/dataset.js';
import { LabelwiseError } from '../../errors.js';
import type { RunHead } from './run-log.js';

/** Raised when the same run would be written in another form. */
const LOG_VERSION = 1;

/** One variant: the labels' class embeddings in certain templates. All variants of a run share labels and image embeddings. */
export interface EvaluationVariant {
  readonly name: string;
  readonly classEmbeddings: ClassEmbeddings;
}

export interface IdentityParts {
  readonly dataset: Pick<Dataset, 'name' | 'fingerprint'>;
  readonly size: number;
  readonly encoder: EncoderInfo;
  readonly variants: readonly EvaluationVariant[];
  readonly scoring: Scoring;
  readonly topK: number;
  /** Whatever else could move the last bit of a number: batch size, device, limits of images. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** What decides whether a half-done run is this one: everything that an answer depends on. */
export function identifyRun(parts: IdentityParts): RunHead {
  const { dataset, size, encoder, variants, scoring, topK, settings } = parts;
  const [first] = variants;
  const facts = {
    'log version': LOG_VERSION,
    data: `${dataset.name} (${dataset.fingerprint})`,
    images: size,
    labels: first?.classEmbeddings.labelSet.fingerprint,
    model: `${encoder.name} (${encoder.fingerprint})`,
    'logit scale': [encoder.logitScale, encoder.logitBias],
    ...(encoder.calibrations?.length ? { calibration: encoder.calibrations } : {}),
    prompts: variants.map(({ classEmbeddings }) => fingerprint(classEmbeddings.prompts)),
    ...(variants.some(isWeighted)
      ? { 'template weights': variants.map(({ classEmbeddings }) => classEmbeddings.templateWeights ?? null) }
      : {}),
    ...(first?.classEmbeddings.offsets ? { examples: variants.map(identifyExamples) } : {}),
    scoring,
    'top k': topK,
    settings,
  };
  return { identity: fingerprint({ ...facts, data: dataset.fingerprint, model: encoder.fingerprint }), facts };
}

const isWeighted = ({ classEmbeddings }: EvaluationVariant): boolean => classEmbeddings.templateWeights !== undefined;

const identifyExamples = ({ classEmbeddings: { offsets, vectors } }: EvaluationVariant): string =>
  fingerprint([...(offsets ?? []), ...vectors.map(norm)]);

/** @throws LabelwiseError `EVALUATION_MISMATCH` that names what differs */
export function refuseOtherRun(found: RunHead, wanted: RunHead, folder: string): void {
  if (found.identity === wanted.identity) return;
  const differing = Object.keys(wanted.facts).filter((key) => JSON.stringify(found.facts[key]) !== JSON.stringify(wanted.facts[key]));
  const show = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
  const differences = differing.map((key) => `${key} ${show(found.facts[key])} there, ${show(wanted.facts[key])} now`);
  throw new LabelwiseError('EVALUATION_MISMATCH', `The folder ${folder} holds another run: ${differences.join('; ')}.`, {
    hint: 'Choose another folder with `report`, or use `overwrite` to start again in this one.',
  });
}
