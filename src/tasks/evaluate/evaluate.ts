import { readFileSync } from 'node:fs';
import { EMBEDDED_MODEL } from '../../checkpoints/checkpoint-folder.js';
import { assertCount } from '../../core/assert-option.js';
import type { OpenedDataset } from '../../datasets/opened-dataset.js';
import { LabelwiseError } from '../../errors.js';
import { affordable } from '../../eval/measures/bootstrap.js';
import { buildResults, type FinishedRun } from '../../eval/results/build-results.js';
import type { ChangedImage } from '../../eval/results/compare-variants.js';
import type { Results } from '../../eval/results/results-schema.js';
import { packageFile, VERSION } from '../../files/package-root.js';
import { type ImageLimits, toImageLimits } from '../../images/read-image.js';
import type { TaskOptions, Workspace } from '../workspace.js';
import { type ChosenLabels, labelsOfData } from './choose-labels.js';
import { type EvaluationFolder, withEvaluationFolder } from './evaluation-folder.js';
import { type EvaluationPlan, planVariants } from './plan-variants.js';
import { runModel, scoringOf } from './run-model.js';

/** What is measured, on what, and where it is kept. */
export interface EvaluateRequest {
  readonly dataset: OpenedDataset;
  /** By default the data's own labels, with the prompt names of a shipped label set that has the same names. */
  readonly labels?: ChosenLabels | undefined;
  /** The default is the workspace's model. */
  readonly models?: readonly string[] | undefined;
  readonly templates?: readonly string[] | undefined;
  readonly templateSets?: readonly string[] | undefined;
  /** Measure each model, template and template set separately, side by side. */
  readonly compare?: boolean | undefined;
  /** Embed the four corners of each image too, and take the largest similarity of each label; for data that shows several labels. */
  readonly crops?: boolean | undefined;
  /** Also measure top-k accuracy, and keep k predictions of each image; 5 by default. */
  readonly topK?: number | undefined;
  /** Only the first so many images. */
  readonly limit?: number | undefined;
  /** Seed and number of the bootstrap resamples: 0 and 1,000 by default. */
  readonly seed?: number | undefined;
  readonly resamples?: number | undefined;
  /** An absolute folder for the report. It also keeps the run, so that an interrupted one resumes; without it, the run is kept in the home. */
  readonly report?: string | undefined;
  readonly overwrite?: boolean | undefined;
  /** Receives the results while the run's predictions are still on disk; a run without a report is forgotten after that. */
  readonly deliver?: ((evaluated: Evaluated) => Promise<void>) | undefined;
}

export interface Evaluated {
  readonly results: Results;
  readonly changes: readonly ChangedImage[];
  readonly runs: readonly FinishedRun[];
  readonly folder: EvaluationFolder;
  /** Those that the images were measured under. */
  readonly limits: ImageLimits;
}

const BINS = 15;
const BATCH = 8;

/**
 * Measures models on a data set. A run that was interrupted goes on where it stopped, and gives the same results.
 *
 * @throws LabelwiseError `INVALID_ARGUMENT`, `BATCH_INCOMPLETE` when no image could be used, `EVALUATION_*`, `OUTPUT_UNWRITABLE`, `ABORTED`
 */
export async function evaluate(workspace: Workspace, request: EvaluateRequest, options: TaskOptions = {}): Promise<Results> {
  const { dataset, limit, seed, resamples, topK, crops } = request;
  if (crops && !dataset.isMultiLabel)
    throw new LabelwiseError(
      'INVALID_ARGUMENT',
      '`crops` needs data that shows several labels per image: one label is chosen by the whole image.',
    );
  if (request.overwrite && request.report === undefined)
    throw new LabelwiseError('INVALID_ARGUMENT', 'Expected `report` beside `overwrite`.');
  for (const [name, value, least] of [
    ['limit', limit, 1],
    ['seed', seed, 0],
    ['resamples', resamples, 100],
    ['topK', topK, 1],
  ] as const)
    assertCount(name, value, least);
  const { settings } = workspace;
  const plan = await planVariants({
    models: request.models ?? [settings.model ?? EMBEDDED_MODEL],
    templates: request.templates ?? [],
    templateSets: request.templateSets ?? [],
    isComparison: request.compare === true,
  });
  const labels = request.labels ?? (await labelsOfData(dataset));
  const { home: _home, hub: _hub, cache: _cache, db: _db, storageOptions: _options, cwd: _cwd, ...how } = settings;
  const name = { data: dataset.fingerprint, labels, plan, limit, topK, how, ...(crops ? { crops } : {}) };
  const work = async (folder: EvaluationFolder, signal: AbortSignal): Promise<Results> => {
    const held = { ...options, signal };
    const evaluated = await measure(workspace, { ...request, plan, labels, folder }, held);
    await request.deliver?.(evaluated);
    await folder.finish();
    return evaluated.results;
  };
  return withEvaluationFolder(workspace, { report: request.report, overwrite: request.overwrite === true, name }, { options, work });
}

type Measuring = EvaluateRequest & { readonly plan: EvaluationPlan; readonly labels: ChosenLabels; readonly folder: EvaluationFolder };

/** Runs every model over the data, one after the other, and measures what they said. */
async function measure(workspace: Workspace, input: Measuring, options: TaskOptions): Promise<Evaluated> {
  const { plan, dataset, labels, limit, folder, topK = 5, seed = 0, resamples = 1000, crops = false } = input;
  const batchSize = workspace.settings.batchSize ?? BATCH;
  const runs: FinishedRun[] = [];
  for (const [i, model] of plan.models.entries()) {
    if (plan.models.length > 1) options.onNote?.(`model ${i + 1} of ${plan.models.length}: ${model}`);
    const { labelSet, examples } = labels;
    const { assertHeld } = folder;
    runs.push(
      await runModel(
        workspace,
        { model, plan, dataset, labelSet, examples, limit, batchSize, topK, crops, log: folder.logOf(i + 1), assertHeld },
        options,
      ),
    );
  }
  refuseNothing(runs);
  const work = dataset.isMultiLabel ? dataset.size * labels.labelSet.labels.length : 1;
  const { results, changes } = buildResults({
    dataset,
    limit,
    labelSet: labels.labelSet,
    labelSource: runs.some(({ variants }) => variants[0]?.classEmbeddings.offsets) ? `${labels.source}, taught by examples` : labels.source,
    runs,
    scoring: scoringOf(dataset),
    topK,
    batchSize,
    crops,
    seed,
    resamples: affordable(resamples, work),
    bins: BINS,
    versions: readVersions(),
  });
  if (limit !== undefined) warnOfFewLabels(results, options);
  return { results, changes, runs, folder, limits: toImageLimits(workspace.settings.limits) };
}

/** The first images of a data set that is sorted by label show few labels: their accuracy says little about the whole. */
function warnOfFewLabels({ variants, images }: Results, { onWarning }: TaskOptions): void {
  const perClass = variants[0]?.perClass ?? [];
  const shown = perClass.filter((row) => row.images > 0).length;
  const byChance = perClass.length * (1 - (1 - 1 / perClass.length) ** (images.total - images.failed)); // labels in as many random draws
  if (shown < byChance / 2)
    onWarning?.(
      `the first ${images.total} images show only ${shown} of the ${perClass.length} labels: the data set is sorted, and this is not the accuracy of the whole. Leave \`limit\` out, or shuffle the rows.`,
    );
}

/** There is no accuracy of nothing. */
function refuseNothing(runs: readonly FinishedRun[]): void {
  const [first] = runs as [FinishedRun];
  if (first.run.ids.length > 0) return;
  const [failure] = first.run.failures;
  throw new LabelwiseError('BATCH_INCOMPLETE', `None of the images could be used. The first: ${failure?.id}: ${failure?.message}`, {
    hint: 'Look at the rows with "labelwise datasets show".',
  });
}

/** Dependencies are pinned, so package.json says which ran. */
function readVersions(): Record<string, string> {
  const { dependencies } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const of = (name: string): string => dependencies[name] ?? 'unknown';
  return { labelwise: VERSION, node: process.versions.node, 'onnxruntime-node': of('onnxruntime-node'), sharp: of('sharp') };
}
