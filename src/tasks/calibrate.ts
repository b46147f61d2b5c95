import type { CalibratedPrompts, Calibration } from '../core/decisions/calibration.js';
import { fitSigmoid, fitSoftmax, foldsOf, type LabelledScores, SOFTMAX_FORMS, sumOfLosses } from '../core/decisions/fit-calibration.js';
import { encodeItems } from '../core/encode-items.js';
import type { LabelSet } from '../core/label-set.js';
import { multiply, toMatrix } from '../core/matrix-product.js';
import { weightsOf } from '../core/prompt-template.js';
import { hasProbabilities, type ScoringRule } from '../core/scoring.js';
import type { BadExample, Example } from '../datasets/dataset.js';
import type { OpenedDataset } from '../datasets/opened-dataset.js';
import { removeCalibrations, writeCalibration } from '../encoders/calibrations.js';
import type { Encoder } from '../encoders/load-encoder.js';
import { LabelwiseError } from '../errors.js';
import { bootstrap, type Estimate } from '../eval/measures/bootstrap.js';
import { measureTable } from '../eval/measures/measure-table.js';
import { scoreSimilarities } from '../eval/measures/score-image.js';
import { toScoreTable } from '../eval/measures/score-table.js';
import { chooseTemplates, embedLabels, type TemplateChoice } from './embed-labels.js';
import { labelsOfData } from './evaluate/choose-labels.js';
import { scoringOf } from './evaluate/run-model.js';
import type { TaskOptions, Workspace } from './workspace.js';

export interface CalibrateRequest extends TemplateChoice {
  /** Labelled pictures. All show one label each, or all may show several. */
  readonly datasets: readonly OpenedDataset[];
  /** By default the data's own labels, with the prompt names of a shipped label set that has the same names. */
  readonly labels?: LabelSet | undefined;
}

/** What a calibration changes: figures of images that it was not fitted on. */
export interface CalibrationSummary {
  readonly model: string;
  readonly images: number;
  readonly calibration: Calibration;
  /** Mean of -ln of the probability of what an image shows, before and after. */
  readonly negativeLogLikelihood: { readonly before: number; readonly after: number };
  /** How far confidence and accuracy are apart, of images that show one label each. */
  readonly calibrationError: { readonly before: Estimate; readonly after: Estimate } | undefined;
}

/** Fewer images than that say little: of 100, one bin in fifteen holds seven. */
const FEWEST = 100;

/**
 * Fits probabilities to what labelled pictures show, and keeps the calibration for later runs with the same weights.
 *
 * @throws LabelwiseError `DATASET_INVALID` for too few images, `OUTPUT_UNWRITABLE`, `DISK_FULL`
 */
export async function calibrate(workspace: Workspace, request: CalibrateRequest, options: TaskOptions = {}): Promise<CalibrationSummary> {
  const encoder = await workspace.encoder({}, options);
  const templates = await chooseTemplates(request);
  const sets: LabelledScores[] = [];
  for (const dataset of request.datasets) {
    const labelSet = request.labels ?? (await labelsOfData(dataset)).labelSet;
    const { onWarning = workspace.warn, signal, onProgress } = options;
    const { classEmbeddings } = await embedLabels(encoder, labelSet, { templates, cache: workspace.cache, signal, onWarning });
    const onImages = (done: number) => onProgress?.({ task: 'images', done, total: dataset.size });
    sets.push(await scoreDataset({ encoder, dataset, vectors: classEmbeddings.vectors }, { signal, onImages }));
  }
  const prompts = { templates: templates.map(({ text }) => text), weights: weightsOf(templates) };
  const scoring = scoringOf(request.datasets[0] as OpenedDataset);
  const images = sets.reduce((sum, set) => sum + set.truths.length, 0);
  if (images < FEWEST)
    throw new LabelwiseError('DATASET_INVALID', `Expected ${FEWEST} images or more to calibrate with, got ${images}.`, {
      hint: 'Calibrate with more images, best a few hundred of many labels.',
    });
  const { calibration, folds } = fitBest(sets, scoring, prompts);
  await writeCalibration(encoder.manifest, workspace.settings.home, calibration);
  const { logitScale, logitBias } = encoder.info;
  const raw: ScoringRule = { scoring, logitScale, logitBias: scoring === 'softmax' ? 0 : logitBias };
  const before = folds.map((fold) => ({ ...fold, rule: raw }));
  return {
    model: encoder.info.name,
    images,
    calibration,
    negativeLogLikelihood: { before: hasProbabilities(raw) ? lossOf(before) : Number.NaN, after: lossOf(folds) },
    calibrationError: scoring === 'sigmoid' ? undefined : { before: errorOf(before), after: errorOf(folds) },
  };
}

/** Forgets what was fitted to the workspace's model, and gives its name. What ships with labelwise counts again. */
export async function removeCalibration(workspace: Workspace, options: TaskOptions = {}): Promise<string> {
  const { manifest } = await workspace.encoder({}, options);
  await removeCalibrations(manifest, workspace.settings.home);
  return manifest.name;
}

/** A part of the images with the rule that the other parts led to. */
interface HeldOut {
  readonly held: readonly LabelledScores[];
  readonly rule: ScoringRule;
}

/** Fits each form that a calibration may have on four fifths of the images, and keeps the form that the other fifth finds likeliest. */
function fitBest(sets: readonly LabelledScores[], scoring: ScoringRule['scoring'], prompts: CalibratedPrompts) {
  const forms: ((some: readonly LabelledScores[]) => Calibration)[] =
    scoring === 'sigmoid'
      ? [(some) => ({ ...prompts, sigmoid: fitSigmoid(some) })]
      : SOFTMAX_FORMS.map((form) => (some) => ({ ...prompts, softmax: fitSoftmax(some, form) }));
  const tried = forms.map((toCalibration) => {
    const folds = [...foldsOf(sets)].map(
      ({ fitted, held }): HeldOut => ({ held, rule: { scoring, logitScale: 1, logitBias: 0, calibration: toCalibration(fitted) } }),
    );
    return { toCalibration, folds, loss: lossOf(folds) };
  });
  const [best] = tried.sort((a, b) => a.loss - b.loss) as [(typeof tried)[number]];
  return { calibration: best.toCalibration(sets), folds: best.folds };
}

function lossOf(folds: readonly HeldOut[]): number {
  const parts = folds.flatMap(({ held, rule }) => held.map((set) => ({ set, rule })));
  const count = (set: LabelledScores, { scoring }: ScoringRule) => (scoring === 'sigmoid' ? set.similarities.length : set.truths.length);
  return (
    parts.reduce((sum, { set, rule }) => sum + sumOfLosses(set, rule), 0) / parts.reduce((sum, { set, rule }) => sum + count(set, rule), 0)
  );
}

/** The expected calibration error with its interval, as `eval` measures it. */
function errorOf(folds: readonly HeldOut[]): Estimate {
  let offset = 0; // labels of different sets are different
  const images = folds.flatMap(({ held, rule }) =>
    held.flatMap(({ similarities, labels, truths }) => {
      const from = offset;
      offset += labels;
      return truths.map((shown, image) => {
        const row = similarities.subarray(image * labels, (image + 1) * labels);
        const { top, rank, negativeLogLikelihood } = scoreSimilarities(row, shown, { ...rule, topK: 1 });
        const [{ label, probability: confidence }] = top as [(typeof top)[number]];
        const found = { rank: rank as number, confidence, negativeLogLikelihood: negativeLogLikelihood as number };
        return { truth: from + (shown[0] as number), predicted: from + label, ...found };
      });
    }),
  );
  const table = toScoreTable(images, offset);
  const measure = (places?: Int32Array) => [measureTable(table, { ks: [] }, places).expectedCalibrationError];
  return bootstrap(images.length, measure, { seed: 0, biased: [0] })[0] as Estimate;
}

interface Scoring {
  readonly encoder: Encoder;
  readonly dataset: OpenedDataset;
  readonly vectors: readonly Float32Array[];
}

/** The similarities of all images that can be used, and what they show. */
async function scoreDataset(
  { encoder, dataset, vectors }: Scoring,
  { signal, onImages }: { signal: AbortSignal | undefined; onImages: (done: number) => void },
): Promise<LabelledScores> {
  const embeddings: Float32Array[] = [];
  const truths: (readonly number[])[] = [];
  let done = 0;
  const imageOf = (example: Example | BadExample) => ('error' in example ? undefined : example.image);
  for await (const { item, outcome } of encodeItems(encoder, dataset.examples({ signal }), imageOf, { signal })) {
    onImages(++done);
    if ('error' in item || 'error' in outcome) continue;
    embeddings.push(outcome.embedding);
    truths.push(item.labels);
  }
  return { similarities: multiply(toMatrix(embeddings), toMatrix(vectors)), labels: vectors.length, truths };
}
