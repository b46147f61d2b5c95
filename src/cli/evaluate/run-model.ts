import type { LabelSet } from '../../core/label-set.js';
import type { Scoring } from '../../core/scoring.js';
import { refuseLoneLabel } from '../../core/zero-shot-classifier.js';
import type { OpenedDataset } from '../../datasets/opened-dataset.js';
import { type Encoder, loadEncoder } from '../../encoders/load-encoder.js';
import { LabelwiseError } from '../../errors.js';
import type { FinishedRun } from '../../eval/results/build-results.js';
import { loadRun } from '../../eval/run/load-run.js';
import { runEvaluation, sizeOf } from '../../eval/run/run-evaluation.js';
import { findClassEmbeddings } from '../../tasks/create-classifier.js';
import { cacheSettings, encoderOptions, type Run } from '../open-model.js';
import type { EvaluationPlan } from './plan-variants.js';

/** One model's part of an evaluation. */
export interface ModelJob {
  readonly model: string;
  readonly plan: EvaluationPlan;
  readonly dataset: OpenedDataset;
  readonly labelSet: LabelSet;
  readonly limit: number | undefined;
  readonly batchSize: number;
  readonly log: string;
}

type Variants = FinishedRun['variants'];

/** Runs what is not yet done of the data through a model, and reads it all back: a run in pieces and an unbroken one take one way. */
export async function runModel(job: ModelJob, run: Run): Promise<FinishedRun> {
  const { config } = run;
  // Without the cache of images: every image is encoded in its own batch, and the rate is the model's.
  const encoder = await loadEncoder({ ...encoderOptions(run), model: job.model, batchSize: job.batchSize, openImageCache: undefined });
  try {
    const { dataset, labelSet, log } = job;
    const scoring = scoringOf(dataset);
    refuseLoneLabel(labelSet, scoring);
    const variants = await embedVariants(job, encoder, run);
    const evaluation = {
      ...job,
      encoder,
      variants,
      scoring,
      topK: Math.min(config.topK, labelSet.labels.length),
      settings: { device: config.device, limits: encoder.limits },
    };
    await withProgress(run, sizeOf(job), (options) => runEvaluation(evaluation, options));
    const shape = { labelCount: labelSet.labels.length, isMultiLabel: dataset.isMultiLabel, variants: variants.length };
    return { run: await loadRun(log, shape), model: await describeModel(encoder), variants };
  } finally {
    await encoder.close();
  }
}

/** Where one label is right probabilities compete; where several may be each stands alone. What the model was trained for does not decide. */
export const scoringOf = (dataset: Pick<OpenedDataset, 'isMultiLabel'>): Scoring => (dataset.isMultiLabel ? 'sigmoid' : 'softmax');

async function embedVariants({ model, plan, labelSet }: ModelJob, encoder: Encoder, run: Run): Promise<Variants> {
  const variants: Variants[number][] = [];
  for (const prompt of plan.prompts) {
    const progress = run.progress('prompts');
    try {
      const { classEmbeddings } = await findClassEmbeddings(encoder, labelSet, {
        templates: prompt.templates,
        cache: cacheSettings(run),
        signal: run.io.signal,
        onWarning: run.warn,
        onProgress: (done, total) => progress.update(done, total),
      });
      variants.push({ name: plan.nameOf(model, prompt), classEmbeddings, templateSet: prompt.templateSet });
    } finally {
      progress.clear();
    }
  }
  return variants;
}

type RunWork = (options: NonNullable<Parameters<typeof runEvaluation>[1]>) => Promise<void>;

/** A bar, a word about what was done before, and after Ctrl-C how to go on. */
async function withProgress(run: Run, total: number, work: RunWork): Promise<void> {
  let progress = run.progress('images');
  let done = 0;
  try {
    await work({
      signal: run.io.signal,
      onResume: (before) => {
        done = before;
        run.say(
          before < total ? `${before} of ${total} images were done before; the rest goes on` : `all ${total} images were done before`,
        );
        progress = run.progress('images', 'count', before);
      },
      onProgress: (now) => {
        done = now;
        progress.update(now, total);
      },
    });
  } catch (error) {
    if (!(error instanceof LabelwiseError && error.code === 'ABORTED')) throw error;
    throw new LabelwiseError('ABORTED', `Stopped after ${done} of ${total} images.`, {
      hint: 'The same command goes on from there.',
      cause: error,
    });
  } finally {
    progress.clear();
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
