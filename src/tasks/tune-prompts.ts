import { fitTemplateWeights, type TemplateTrial, weighTemplates } from '../core/decisions/weigh-templates.js';
import { meanEmbedding } from '../core/embedding.js';
import { encodeItems } from '../core/encode-items.js';
import type { LabelSet } from '../core/label-set.js';
import { type Matrix, toMatrix } from '../core/matrix-product.js';
import type { ImageSource } from '../core/ports.js';
import { LabelwiseError } from '../errors.js';
import { renderTable } from '../files/table.js';
import { chooseTemplates, embedLabels, type TemplateChoice } from './embed-labels.js';
import type { TaskOptions, Workspace } from './workspace.js';

/** An image to weigh templates by. */
export interface TuningImage {
  readonly image: ImageSource;
  /** The place of its label in the label set; all images have one, or none. */
  readonly truth?: number | undefined;
  readonly error?: LabelwiseError | undefined;
}

export interface TunePromptsRequest extends TemplateChoice {
  readonly labels: LabelSet;
  readonly images: AsyncIterable<TuningImage>;
}

export interface TunedPrompts {
  /** With weights that sum to 1. */
  readonly templates: readonly { readonly text: string; readonly weight: number }[];
  readonly images: number;
  readonly failed: number;
  /** Images that are right with equal weights, and with weights that the other half of the images chose; undefined without labels. */
  readonly measured: { readonly before: number; readonly after: number } | undefined;
  readonly model: string;
  /** Of the model. */
  readonly fingerprint: string;
}

/** Weighs templates for a label set by images: by their labels where they have some, else without. @throws LabelwiseError `INVALID_ARGUMENT` */
export async function tunePrompts(workspace: Workspace, request: TunePromptsRequest, options: TaskOptions = {}): Promise<TunedPrompts> {
  const templates = await chooseTemplates(request);
  if (templates.length < 2)
    throw new LabelwiseError('INVALID_ARGUMENT', 'Expected two or more templates to weigh, got one.', {
      hint: 'Name several with `templates`, or a set with `templateSet`, for example imagenet-80.',
    });
  const encoder = await workspace.encoder({}, options);
  const { signal, onWarning = workspace.warn } = options;
  const { embeddings, truths, failed } = await encodeTuningImages(workspace, request.images, options);
  if (embeddings.length === 0) throw new LabelwiseError('BATCH_INCOMPLETE', 'None of the images could be used.');
  const byTemplate: Float32Array[][] = [];
  for (const [i, { text }] of templates.entries()) {
    const { classEmbeddings } = await embedLabels(encoder, request.labels, {
      templates: [{ text }],
      cache: workspace.cache,
      signal,
      onWarning,
    });
    byTemplate.push([...classEmbeddings.vectors]);
    options.onProgress?.({ task: 'prompts', done: i + 1, total: templates.length });
  }
  const { multiply } = await workspace.product();
  const trial = { byTemplate, logitScale: encoder.info.logitScale, multiply };
  const all = { ...trial, images: toMatrix(embeddings) };
  const weights = truths === undefined ? await weighTemplates(all) : await fitTemplateWeights(all, truths);
  return {
    templates: templates.map(({ text }, i) => ({ text, weight: weights[i] as number })),
    images: embeddings.length,
    failed,
    measured: truths && (await crossValidate(trial, embeddings, truths)),
    model: encoder.info.name,
    fingerprint: encoder.info.fingerprint,
  };
}

/** Tuned prompts as a template set to store. Four digits are enough, and weights of zero stay out. */
export function toTemplateFile({ templates, model, fingerprint, images }: TunedPrompts, labelSet: LabelSet) {
  const kept = templates.map(({ text, weight }) => ({ text, weight: Number(weight.toFixed(4)) })).filter(({ weight }) => weight > 0);
  return {
    source: `labelwise prompts tune, ${model}, ${images} images, ${labelSet.labels.length} labels`,
    templates: kept.map(({ text }) => text),
    weights: kept.map(({ weight }) => weight),
    tunedWith: { model, fingerprint, labels: labelSet.fingerprint },
  };
}

const SHOWN = 10;

/** The heaviest templates, and what the weights gain, in lines. */
export function* describeTuned({ templates, images, measured }: TunedPrompts): Generator<string> {
  const best = [...templates].sort((a, b) => b.weight - a.weight).slice(0, SHOWN);
  yield* renderTable(
    ['weight', 'template'],
    best.map(({ text, weight }) => [`${(100 * weight).toFixed(1)} %`, text]),
    [0],
  );
  if (templates.length > SHOWN) yield `        and ${templates.length - SHOWN} more`;
  const percent = (count: number): string => `${((100 * count) / images).toFixed(1)} %`;
  if (measured)
    yield `accuracy with equal weights ${percent(measured.before)} -> ${percent(measured.after)} on ${images} images, each half with the weights of the other`;
}

async function encodeTuningImages(workspace: Workspace, images: AsyncIterable<TuningImage>, options: TaskOptions) {
  const encoder = await workspace.encoder({}, options);
  const embeddings: Float32Array[] = [];
  const truths: number[] = [];
  let failed = 0;
  const imageOf = ({ error, image }: TuningImage) => (error ? undefined : image);
  for await (const { item, outcome } of encodeItems(encoder, images, imageOf, { signal: options.signal })) {
    if ('error' in outcome) failed++;
    else {
      embeddings.push(outcome.embedding);
      if (item.truth !== undefined) truths.push(item.truth);
    }
    options.onProgress?.({ task: 'images', done: embeddings.length + failed, total: undefined });
  }
  return { embeddings, truths: truths.length === 0 ? undefined : truths, failed };
}

/** Each half of the images, every other one, is measured with the weights of the other half. */
async function crossValidate(trial: Omit<TemplateTrial, 'images'>, embeddings: readonly Float32Array[], truths: readonly number[]) {
  const count = { before: 0, after: 0 };
  const equal = trial.byTemplate.map(() => 1);
  for (const half of [0, 1]) {
    const of = <T>(list: readonly T[], isOwn: boolean): T[] => list.filter((_, i) => (i % 2 === half) === isOwn);
    const own = { images: toMatrix(of(embeddings, true)), truths: of(truths, true) };
    if (own.truths.length === 0 || own.truths.length === truths.length) continue;
    const weights = await fitTemplateWeights({ ...trial, images: toMatrix(of(embeddings, false)) }, of(truths, false));
    count.before += await countRight(trial, own, equal);
    count.after += await countRight(trial, own, weights);
  }
  return count;
}

async function countRight(
  { byTemplate, multiply }: Omit<TemplateTrial, 'images'>,
  { images, truths }: { images: Matrix; truths: readonly number[] },
  weights: readonly number[],
): Promise<number> {
  const vectors = (byTemplate[0] ?? []).map((_, label) =>
    meanEmbedding(
      byTemplate.map((list) => list[label] as Float32Array),
      weights,
    ),
  );
  const similarities = await multiply(images, toMatrix(vectors)); // [images, labels]
  return truths.filter((truth, i) => {
    const row = similarities.subarray(i * vectors.length, (i + 1) * vectors.length);
    return row.every((similarity, label) => similarity < (row[truth] as number) || label === truth);
  }).length;
}
