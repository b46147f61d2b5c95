import { readFileSync } from 'node:fs';
import type { OpenedDataset } from '../../datasets/opened-dataset.js';
import { LabelwiseError } from '../../errors.js';
import { affordable } from '../../eval/measures/bootstrap.js';
import { buildResults, type FinishedRun } from '../../eval/results/build-results.js';
import type { ChangedImage } from '../../eval/results/compare-variants.js';
import type { Results } from '../../eval/results/results-schema.js';
import { sizeOf } from '../../eval/run/run-evaluation.js';
import type { Run } from '../open-model.js';
import type { ChosenLabels } from './choose-labels.js';
import type { EvaluationFolder } from './evaluation-folder.js';
import type { EvaluationPlan } from './plan-variants.js';
import { runModel, scoringOf } from './run-model.js';

export interface EvaluateInput {
  readonly plan: EvaluationPlan;
  readonly dataset: OpenedDataset;
  readonly labels: ChosenLabels;
  readonly limit: number | undefined;
  readonly seed: number;
  readonly resamples: number;
  readonly folder: EvaluationFolder;
}

export interface Evaluated {
  readonly results: Results;
  readonly changes: readonly ChangedImage[];
  readonly runs: readonly FinishedRun[];
}

const BINS = 15;
const BATCH = 8;

/** Runs every model over the data, one after the other, and measures what they said. */
export async function evaluate(input: EvaluateInput, run: Run): Promise<Evaluated> {
  const { plan, dataset, labels, limit, folder } = input;
  const batchSize = run.config.batchSize ?? BATCH;
  const runs: FinishedRun[] = [];
  for (const [i, model] of plan.models.entries()) {
    if (plan.models.length > 1) run.say(`model ${i + 1} of ${plan.models.length}: ${model}`);
    const { labelSet } = labels;
    runs.push(
      await runModel({ model, plan, dataset, labelSet, limit, batchSize, log: folder.logOf(i + 1), assertHeld: folder.assertHeld }, run),
    );
  }
  refuseNothing(runs, sizeOf(input));
  const work = dataset.isMultiLabel ? dataset.size * labels.labelSet.labels.length : 1;
  const { results, changes } = buildResults({
    dataset,
    limit,
    labelSet: labels.labelSet,
    labelSource: labels.source,
    runs,
    scoring: scoringOf(dataset),
    topK: run.config.topK,
    batchSize,
    seed: input.seed,
    resamples: affordable(input.resamples, work),
    bins: BINS,
    versions: readVersions(),
  });
  if (limit !== undefined) warnOfFewLabels(results, run);
  return { results, changes, runs };
}

/** The first images of a data set that is sorted by label show few labels: their accuracy says little about the whole. */
function warnOfFewLabels({ variants, images }: Results, run: Run): void {
  const perClass = variants[0]?.perClass ?? [];
  const shown = perClass.filter((row) => row.images > 0).length;
  const byChance = perClass.length * (1 - (1 - 1 / perClass.length) ** (images.total - images.failed)); // labels in as many random draws
  if (shown < byChance / 2)
    run.warn(
      `the first ${images.total} images show only ${shown} of the ${perClass.length} labels: the data set is sorted, and this is not the accuracy of the whole. Leave --limit away, or shuffle the rows.`,
    );
}

/** There is no accuracy of nothing. */
function refuseNothing(runs: readonly FinishedRun[], total: number): void {
  const [first] = runs as [FinishedRun];
  if (first.run.ids.length > 0) return;
  const [failure] = first.run.failures;
  throw new LabelwiseError(
    'BATCH_INCOMPLETE',
    `None of the ${total} images could be used. The first: ${failure?.id}: ${failure?.message}`,
    {
      hint: 'Look at the rows with "labelwise datasets show".',
    },
  );
}

/** Dependencies are pinned, so package.json says which ran. */
function readVersions(): Record<string, string> {
  const { version, dependencies } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
    version: string;
    dependencies: Record<string, string>;
  };
  const of = (name: string): string => dependencies[name] ?? 'unknown';
  return { labelwise: version, node: process.versions.node, 'onnxruntime-node': of('onnxruntime-node'), sharp: of('sharp') };
}
