import type { MeasuredDirections } from '../core/decisions/example-directions.js';
import { type PromptTemplate, withWeights } from '../core/prompt-template.js';
import { createZeroShotClassifier, refuseLoneLabel, type ZeroShotClassifier } from '../core/zero-shot-classifier.js';
import type { Encoder } from '../encoders/load-encoder.js';
import { LabelwiseError } from '../errors.js';
import {
  type BindOptions,
  type BoundLabels,
  bindLabels,
  type LabelChoice,
  noneOption,
  type OpenLabelChoice,
  toLabelSet,
} from './bind-labels.js';
import { chooseTemplates } from './embed-labels.js';
import { applyExamples, findDirections } from './teach/apply-examples.js';
import type { TaskOptions, Workspace } from './workspace.js';

/** Labels with their prompts, or a label table that holds both. */
export interface ZeroShotRequest extends OpenLabelChoice {
  readonly labelTable?: string | undefined;
  /** The name that examples of `labels` were taught under; those of a label table have its name. */
  readonly examples?: string | undefined;
}

/** What a task makes of the labels: with `isSeveral` each is decided by itself, and one alone is as good as many. */
type Purpose = ZeroShotRequest & { readonly isSeveral?: boolean };

/** A model with labels, ready to rank. */
export interface OpenedZeroShot {
  readonly encoder: Encoder;
  readonly zeroShot: ZeroShotClassifier;
  readonly templates: readonly PromptTemplate[];
  /** What examples of labels say that are each decided by itself. */
  readonly examples?: MeasuredDirections | undefined;
  /** True when no text had to be encoded. */
  readonly isFromCache: boolean;
}

interface OpenOptions extends Pick<BindOptions, 'opensImages'> {
  readonly encoder?: Promise<Encoder>;
}

/** Binds labels to the workspace's model, or to the encoder given; texts are encoded only where nothing keeps their embeddings. */
export async function openZeroShot(
  workspace: Workspace,
  request: Purpose & { readonly isUntaught?: boolean },
  options: TaskOptions & OpenOptions = {},
): Promise<OpenedZeroShot> {
  if (request.labelTable !== undefined && request.labels !== undefined) throw tableAlone();
  const encoder = await (options.encoder ?? workspace.encoder({}, options));
  const scoring = request.scoring ?? encoder.info.scoring;
  if (request.labels !== undefined) refuseLoneLabel(toLabelSet(request.labels), scoring, request.none ?? request.isSeveral);
  const bound =
    request.labelTable === undefined
      ? await fromLabels(workspace, encoder, request, options)
      : await fromTable(workspace, encoder, { request, options });
  if (scoring === 'sigmoid' && encoder.info.scoring === 'softmax' && !bound.zeroShot.rule.calibration?.sigmoid) {
    (options.onWarning ?? workspace.warn)(
      `${encoder.info.name} was trained to choose one label: without a bias, its sigmoid probabilities do not say whether a label fits (50 % is a similarity of 0). Compare similarities, or use a SigLIP model.`,
    );
  }
  const name = request.isUntaught ? undefined : (request.examples ?? request.labelTable);
  const { classEmbeddings } = bound.zeroShot;
  if (request.isSeveral && scoring === 'softmax')
    return { encoder, ...bound, examples: await findDirections(workspace, { name, classEmbeddings, info: encoder.info }, options) };
  const taught = await applyExamples(workspace, { name, classEmbeddings, info: encoder.info, scoring }, options);
  if (taught === classEmbeddings) return { encoder, ...bound };
  if (request.none)
    throw new LabelwiseError('INVALID_ARGUMENT', `Expected labels without examples for \`none\`, got "${name}", which has some.`, {
      hint: 'Leave out `none`, or give the labels by themselves: examples change the evidence that "none of these" is measured by.',
    });
  return { encoder, ...bound, zeroShot: createZeroShotClassifier(taught, { ...encoder.info, scoring }) };
}

/** Refuses what a label table would make meaningless. @throws LabelwiseError `INVALID_ARGUMENT` */
export function refuseBesideTable({ labelTable, labels, templates, templateSet }: ZeroShotRequest): void {
  if (labelTable !== undefined && (labels ?? templates ?? templateSet) !== undefined) throw tableAlone();
}

const tableAlone = (): LabelwiseError =>
  new LabelwiseError('INVALID_ARGUMENT', 'Expected `labelTable` alone: the table already holds its labels and templates.', {
    hint: 'Leave out `labels`, `templates` and `templateSet`, or leave out `labelTable`.',
  });

async function fromLabels(
  workspace: Workspace,
  encoder: Encoder,
  request: Purpose,
  options: TaskOptions & OpenOptions,
): Promise<BoundLabels> {
  if (request.labels === undefined) throw new LabelwiseError('INVALID_ARGUMENT', 'Expected `labels` or `labelTable`, got neither.');
  return bindLabels(encoder, request as LabelChoice, {
    cache: workspace.cache,
    signal: options.signal,
    onWarning: options.onWarning ?? workspace.warn,
    onProgress: (done, total) => options.onProgress?.({ task: 'prompts', done, total }),
    opensImages: options.opensImages,
  });
}

async function fromTable(
  workspace: Workspace,
  encoder: Encoder,
  { request, options }: { request: Purpose; options: TaskOptions },
): Promise<BoundLabels> {
  const { labelTable, scoring, none, noneRate, isSeveral, ...choice } = request;
  const { openLabelDatabase } = await import('../store/label-database.js');
  const store = await openLabelDatabase(await workspace.database());
  const classEmbeddings = await store.load(labelTable as string, encoder.info);
  const rule = { ...encoder.info, scoring: scoring ?? encoder.info.scoring };
  const own = {
    templates: withWeights(classEmbeddings.templates, classEmbeddings.templateWeights),
    cache: workspace.cache,
    signal: options.signal,
    onWarning: options.onWarning ?? workspace.warn,
  };
  const background = await noneOption(encoder, { none, noneRate, classEmbeddings }, own);
  return {
    zeroShot: createZeroShotClassifier(classEmbeddings, rule, isSeveral ? 'several' : background),
    templates: await chooseTemplates(choice),
    isFromCache: true,
  };
}
