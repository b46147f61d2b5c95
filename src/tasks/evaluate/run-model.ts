import type { LabelSet } from '../../core/label-set.js';
import type { Scoring } from '../../core/scoring.js';
import { refuseLoneLabel } from '../../core/zero-shot-classifier.js';
import type { OpenedDataset } from '../../datasets/opened-dataset.js';
import { type Encoder, loadEncoder } from '../../encoders/load-encoder.js';
import { LabelwiseError } from '../../errors.js';
import type { FinishedRun } from '../../eval/results/build-results.js';
import { loadRun } from '../../eval/run/load-run.js';
import { runEvaluation, sizeOf } from '../../eval/run/run-evaluation.js';
import { embedLabels } from '../embed-labels.js';
import { applyExamples } from '../teach/apply-examples.js';
import type { TaskOptions, Workspace } from '../workspace.js';
import type { EvaluationPlan } from './plan-variants.js';

/** One model's part of an evaluation. */
export interface ModelJob {
  readonly model: string;
  readonly plan: EvaluationPlan;
  readonly dataset: OpenedDataset;
  readonly labelSet: LabelSet;
  /** The name that examples of the labels were taught under. */
  readonly examples: string | undefined;
  readonly limit: number | undefined;
  readonly batchSize: number;
  readonly topK: number;
  readonly crops: boolean;
  readonly log: string;
  readonly assertHeld: () => Promise<void>;
}

type Variants = FinishedRun['variants'];

/** Runs what is not yet done of the data through a model, and reads it all back: a run in pieces and an unbroken one take one way. */
export async function runModel(workspace: Workspace, job: ModelJob, options: TaskOptions): Promise<FinishedRun> {
  const { settings } = workspace;
  // Without the cache of images: every image is encoded in its own batch, and the rate is the model's.
  const model = workspace.encoderOptions({ model: job.model, batchSize: job.batchSize, isUncached: true }, options);
  await using encoder = await loadEncoder(model); // closed before the next model is loaded
  const { dataset, labelSet, log, assertHeld } = job;
  const scoring = scoringOf(dataset);
  refuseLoneLabel(labelSet, scoring);
  const variants = await embedVariants(workspace, encoder, job, options);
  const evaluation = {
    ...job,
    encoder,
    variants,
    scoring,
    topK: Math.min(job.topK, labelSet.labels.length),
    withCrops: job.crops,
    settings: { device: settings.device, limits: encoder.limits, ...engineOf(encoder), ...(job.crops ? { crops: true } : {}) },
  };
  await runWithProgress(sizeOf(job), options, (runOptions) => runEvaluation(evaluation, runOptions));
  const shape = { labelCount: labelSet.labels.length, isMultiLabel: dataset.isMultiLabel, variants: variants.length };
  const loaded = await loadRun(log, shape);
  await assertHeld(); // else this may be the unfinished log of another process
  return { run: loaded, model: await describeModel(encoder), variants };
}

/** What a run that is resumed must have too; runs of ONNX Runtime have always meant it without a word. */
const engineOf = ({ settings }: Encoder) => (settings.engine === 'onnxruntime' ? {} : { engine: settings.engine });

/** Where one label is right probabilities compete; where several may be each stands alone. What the model was trained for does not decide. */
export const scoringOf = (dataset: Pick<OpenedDataset, 'isMultiLabel'>): Scoring => (dataset.isMultiLabel ? 'sigmoid' : 'softmax');

async function embedVariants(
  workspace: Workspace,
  encoder: Encoder,
  { model, plan, labelSet, examples: name, dataset }: ModelJob,
  options: TaskOptions,
): Promise<Variants> {
  const { signal, onProgress, onWarning = workspace.warn } = options;
  const { info } = encoder;
  const scoring = scoringOf(dataset);
  const variants: Variants[number][] = [];
  for (const prompt of plan.prompts) {
    const { classEmbeddings } = await embedLabels(encoder, labelSet, {
      templates: prompt.templates,
      cache: workspace.cache,
      signal,
      onWarning,
      onProgress: (done, total) => onProgress?.({ task: 'prompts', done, total }),
    });
    const taught = await applyExamples(workspace, { name, classEmbeddings, info, scoring }, options);
    variants.push({ name: plan.nameOf(model, prompt), classEmbeddings: taught, templateSet: prompt.templateSet });
  }
  return variants;
}

type RunWork = (options: NonNullable<Parameters<typeof runEvaluation>[1]>) => Promise<void>;

/** Says what was done before, and after an interruption how to go on. */
async function runWithProgress(total: number, { signal, onProgress, onNote }: TaskOptions, work: RunWork): Promise<void> {
  let from = 0;
  let done = 0;
  try {
    await work({
      signal,
      onResume: (before) => {
        from = done = before;
        onNote?.(
          before < total ? `${before} of ${total} images were done before; the rest follows` : `all ${total} images were done before`,
        );
      },
      onProgress: (now) => {
        done = now;
        onProgress?.({ task: 'images', done, total, from });
      },
    });
  } catch (error) {
    if (!(error instanceof LabelwiseError && error.code === 'ABORTED')) throw error;
    throw new LabelwiseError('ABORTED', `Stopped after ${done} of ${total} images.`, {
      hint: 'The same command resumes from there.',
      cause: error,
    });
  }
}

async function describeModel({ info, manifest, logitSource, device }: Encoder): Promise<FinishedRun['model']> {
  return {
    name: info.name,
    fingerprint: info.fingerprint,
    revision: manifest.revision ?? null,
    dtype: manifest.dtype,
    device: (await device()).device,
    logitScale: info.logitScale,
    logitBias: Number.isNaN(info.logitBias) ? 0 : info.logitBias, // unknown: softmax alone, where it cancels out
    logitSource,
  };
}
