import type { PromptTemplate } from '../core/prompt-template.js';
import { createZeroShotClassifier, refuseLoneLabel, type ZeroShotClassifier } from '../core/zero-shot-classifier.js';
import type { Encoder } from '../encoders/load-encoder.js';
import { LabelwiseError } from '../errors.js';
import { type BoundLabels, bindLabels, type LabelChoice, type OpenLabelChoice, toLabelSet } from './bind-labels.js';
import { chooseTemplates } from './embed-labels.js';
import { applyExamples } from './teach/apply-examples.js';
import type { TaskOptions, Workspace } from './workspace.js';

/** Labels with their prompts, or a label table that holds both. */
export interface ZeroShotRequest extends OpenLabelChoice {
  readonly labelTable?: string | undefined;
  /** The name that examples of `labels` were taught under; those of a label table have its name. */
  readonly examples?: string | undefined;
}

/** A model with labels, ready to rank. */
export interface OpenedZeroShot {
  readonly encoder: Encoder;
  readonly zeroShot: ZeroShotClassifier;
  readonly templates: readonly PromptTemplate[];
  /** True when no text had to be encoded. */
  readonly isFromCache: boolean;
}

/** How the encoder is opened: the workspace's own, unless another is given; images follow, or texts alone. */
interface EncoderChoice {
  readonly encoder?: Promise<Encoder>;
  readonly isForTexts?: boolean;
}

/** Loads the model while the labels are looked up; texts are encoded only where nothing keeps their embeddings. */
export async function openZeroShot(
  workspace: Workspace,
  request: ZeroShotRequest & { readonly isUntaught?: boolean },
  options: TaskOptions & EncoderChoice = {},
): Promise<OpenedZeroShot> {
  const encoder = await (options.encoder ?? workspace.encoder({}, options));
  const scoring = request.scoring ?? encoder.info.scoring;
  if (request.labels !== undefined) refuseLoneLabel(toLabelSet(request.labels), scoring);
  if (encoder.isQuickToLoad && options.isForTexts !== true) encoder.device().catch(() => {}); // in its thread, while this one reads labels; a failure shows when it is used
  const bound =
    request.labelTable === undefined
      ? await fromLabels(workspace, encoder, request, options)
      : await fromTable(workspace, encoder, request);
  if (scoring === 'sigmoid' && encoder.info.scoring === 'softmax') {
    (options.onWarning ?? workspace.warn)(
      `${encoder.info.name} was trained to choose one label: without a bias of its own, its sigmoid probabilities do not say whether a label fits (50 % is a similarity of 0). Compare similarities, or use a SigLIP model.`,
    );
  }
  const name = request.isUntaught ? undefined : (request.examples ?? request.labelTable);
  const { classEmbeddings } = bound.zeroShot;
  const taught = await applyExamples(workspace, { name, classEmbeddings, info: encoder.info, scoring }, options);
  const zeroShot = taught === classEmbeddings ? bound.zeroShot : createZeroShotClassifier(taught, { ...encoder.info, scoring });
  return { encoder, ...bound, zeroShot };
}

async function fromLabels(workspace: Workspace, encoder: Encoder, request: ZeroShotRequest, options: TaskOptions): Promise<BoundLabels> {
  if (request.labels === undefined) throw new LabelwiseError('INVALID_ARGUMENT', 'Expected `labels` or `labelTable`, got neither.');
  return bindLabels(encoder, request as LabelChoice, {
    cache: workspace.cache,
    signal: options.signal,
    onWarning: options.onWarning ?? workspace.warn,
    onProgress: (done, total) => options.onProgress?.({ task: 'prompts', done, total }),
  });
}

async function fromTable(
  workspace: Workspace,
  encoder: Encoder,
  { labelTable, scoring, ...choice }: ZeroShotRequest,
): Promise<BoundLabels> {
  const { openLabelDatabase } = await import('../store/label-database.js');
  const store = await openLabelDatabase(await workspace.database());
  const classEmbeddings = await store.load(labelTable as string, encoder.info);
  const rule = { ...encoder.info, scoring: scoring ?? encoder.info.scoring };
  return { zeroShot: createZeroShotClassifier(classEmbeddings, rule), templates: await chooseTemplates(choice), isFromCache: true };
}
