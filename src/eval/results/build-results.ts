import type { LabelSet } from '../../core/label-set.js';
import type { Scoring } from '../../core/scoring.js';
import type { Dataset } from '../../datasets/dataset.js';
import type { LoadedRun, LoadedVariant } from '../run/load-run.js';
import type { EvaluationVariant } from '../run/run-identity.js';
import { type ChangedImage, type ComparedVariant, compareVariants } from './compare-variants.js';
import { type MeasureSettings, measureVariant } from './measure-variant.js';
import type { Results, VariantResults } from './results-schema.js';

/** One model's finished run, with what the results state about it. */
export interface FinishedRun {
  readonly run: LoadedRun;
  readonly model: VariantResults['model'];
  readonly variants: readonly (Pick<EvaluationVariant, 'name' | 'classEmbeddings'> & { readonly templateSet: string | undefined })[];
}

export interface ResultsInput {
  readonly dataset: Dataset;
  readonly limit: number | undefined;
  readonly labelSet: LabelSet;
  readonly labelSource: string;
  readonly runs: readonly FinishedRun[];
  readonly scoring: Scoring;
  readonly topK: number;
  readonly batchSize: number;
  readonly crops: boolean;
  readonly seed: number;
  readonly resamples: number;
  readonly bins: number;
  readonly versions: Readonly<Record<string, string>>;
}

const FAILURES = 100;

/** Measures finished runs, and each variant against the first. */
export function buildResults(input: ResultsInput): { results: Results; changes: ChangedImage[] } {
  const { dataset, labelSet, runs, topK, seed, resamples, bins } = input;
  const labelNames = labelSet.labels.map(({ name }) => name);
  const settings: MeasureSettings = { labelNames, topK, bins, seed, resamples };
  const run = (runs[0] as FinishedRun).run;
  const { comparisons, changes } = compareVariants(toCompared(runs), settings);
  return {
    changes,
    results: {
      schemaVersion: 1,
      versions: { ...input.versions },
      data: {
        name: dataset.name,
        split: dataset.split ?? null,
        revision: dataset.revision ?? null,
        fingerprint: dataset.fingerprint,
        size: dataset.size,
        limit: input.limit ?? null,
        isMultiLabel: dataset.isMultiLabel,
      },
      labels: { source: input.labelSource, fingerprint: labelSet.fingerprint, names: labelNames },
      settings: {
        scoring: input.scoring,
        topK,
        batchSize: input.batchSize,
        ...(input.crops ? { crops: true } : {}),
        seed,
        resamples,
        bins,
      },
      images: { total: run.images, measured: run.ids.length, failed: run.failures.length },
      failures: run.failures.slice(0, FAILURES),
      variants: runs.flatMap((finished) => finished.variants.map((_, i) => toVariant(finished, i, settings))),
      comparisons,
    },
  };
}

function toVariant({ run, model, variants }: FinishedRun, i: number, settings: MeasureSettings): VariantResults {
  const { name, classEmbeddings, templateSet } = variants[i] as FinishedRun['variants'][number];
  return {
    name,
    model,
    templates: [...classEmbeddings.templates],
    templateSet: templateSet ?? null,
    examplePrompts: (classEmbeddings.prompts[0] ?? []).slice(0, 100),
    ...measureVariant(run.variants[i] as LoadedVariant, settings),
    imagesPerSecond: run.seconds > 0 ? run.images / run.seconds : null,
    seconds: run.seconds,
    peakMemoryBytes: run.peakBytes,
  };
}

const toCompared = (runs: readonly FinishedRun[]): ComparedVariant[] =>
  runs.flatMap(({ run, variants }) => variants.map(({ name }, i) => ({ name, ids: run.ids, variant: run.variants[i] as LoadedVariant })));
