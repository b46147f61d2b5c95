import { assertWithin, show } from '../core/assert-option.js';
import { wordsAgainst } from '../core/decisions/kinds.js';
import { warnOfSynonyms } from '../core/decisions/near-synonyms.js';
import { createLabelSet, type LabelInput, type LabelSet } from '../core/label-set.js';
import { multiply } from '../core/matrix-product.js';
import type { ClassEmbeddings } from '../core/ports.js';
import type { PromptTemplate } from '../core/prompt-template.js';
import type { Scoring } from '../core/scoring.js';
import { createZeroShotClassifier, type NoneOption, refuseLoneLabel, type ZeroShotClassifier } from '../core/zero-shot-classifier.js';
import type { Encoder } from '../encoders/load-encoder.js';
import { LabelwiseError } from '../errors.js';
import { loadBackground, loadConcepts } from '../home/data-files.js';
import { chooseTemplates, type EmbedLabelsOptions, embedLabels, type TemplateChoice } from './embed-labels.js';
import { rememberWords } from './remember-words.js';

/** Labels in order, or a label set. */
export type Labels = readonly LabelInput[] | LabelSet;

/** The labels to choose from, and how they are asked for. */
export interface LabelChoice extends TemplateChoice {
  readonly labels: Labels;
  /** `softmax`: one label is right. `sigmoid`: several may be. The default is what the model was trained for. */
  readonly scoring?: Scoring | undefined;
  /** Allow the answer "none of these". */
  readonly none?: boolean | undefined;
  /** With `none`: of the images that get a label, the largest share that may show none of them; 0.5 by default. */
  readonly noneRate?: number | undefined;
}

/** The same, where the labels may come from elsewhere. */
export type OpenLabelChoice = Omit<LabelChoice, 'labels'> & { readonly labels?: Labels | undefined };

/** A label set bound to an encoder, ready to rank. */
export interface BoundLabels {
  readonly zeroShot: ZeroShotClassifier;
  readonly templates: readonly PromptTemplate[];
  /** True if no text had to be encoded, because all class embeddings came from the cache. */
  readonly isFromCache: boolean;
}

export interface BindOptions extends Omit<EmbedLabelsOptions, 'templates' | 'onTexts'> {
  /** Images come next: where texts have to be encoded, the image tower is opened meanwhile. */
  readonly opensImages?: boolean | undefined;
}

/** Puts labels into prompts and embeds them. @throws LabelwiseError `LABEL_SET_INVALID`, `TEMPLATE_INVALID`, `INVALID_ARGUMENT` */
export async function bindLabels(
  encoder: Encoder,
  choice: LabelChoice & { readonly isSeveral?: boolean },
  options: BindOptions,
): Promise<BoundLabels> {
  const labelSet = toLabelSet(choice.labels);
  const scoring = toScoring(choice.scoring) ?? encoder.info.scoring;
  refuseLoneLabel(labelSet, scoring, choice.none ?? choice.isSeveral);
  const templates = await chooseTemplates(choice);
  const onTexts = options.opensImages ? () => startImages(encoder) : undefined;
  const { classEmbeddings, isFromCache } = await embedLabels(encoder, labelSet, { ...options, templates, onTexts });
  const none = choice.isSeveral ? 'several' : await noneOption(encoder, { ...choice, classEmbeddings }, { ...options, templates });
  return { zeroShot: createZeroShotClassifier(classEmbeddings, { ...encoder.info, scoring }, none), templates, isFromCache };
}

/** Begins to open the image tower. What fails here fails again where it is used. */
const startImages = (encoder: Encoder): void => void encoder.device().catch(() => {});

/** Words for everything else that images show: the names of all label sets that ship with labelwise. Their embeddings are kept in the cache. */
export async function noneOption(
  encoder: Encoder,
  { none = false, noneRate, classEmbeddings }: Pick<LabelChoice, 'none' | 'noneRate'> & { readonly classEmbeddings: ClassEmbeddings },
  options: EmbedLabelsOptions,
): Promise<NoneOption | undefined> {
  assertWithin('noneRate', noneRate, { min: 0, max: 1 });
  if (!none) {
    if (noneRate === undefined) return undefined;
    throw new LabelwiseError('INVALID_ARGUMENT', 'Expected `none` beside `noneRate`, which sets how `none` decides.');
  }
  const words = await loadBackground();
  const vectors = await rememberWords(encoder, { name: 'none', templates: options.templates }, async () => {
    return (await embedLabels(encoder, words, { ...options, onWarning: undefined })).classEmbeddings.vectors;
  });
  if (options.onWarning) await warnOfSynonyms(classEmbeddings, vectors, { multiply, onWarning: options.onWarning });
  const names = classEmbeddings.labelSet.labels.flatMap(({ name, promptName, synonyms }) => [name, promptName, ...synonyms]);
  const against = wordsAgainst(
    names,
    words.labels.map(({ name }) => name),
    await loadConcepts(),
  );
  return { background: vectors, against, noneRate };
}

/** @throws LabelwiseError `INVALID_ARGUMENT` for anything but an array of labels or a label set */
export function toLabelSet(labels: unknown): LabelSet {
  if (Array.isArray(labels)) return createLabelSet(labels as LabelInput[]);
  if (typeof labels === 'object' && labels !== null && 'labels' in labels && 'fingerprint' in labels) return labels as LabelSet;
  throw new LabelwiseError('INVALID_ARGUMENT', `Expected \`labels\` to be an array of labels or a label set, got ${show(labels)}.`, {
    hint: typeof labels === 'string' ? 'Turn a list in one text into labels with parseLabelList(text).' : "For example: ['cat', 'dog'].",
  });
}

function toScoring(scoring: unknown): Scoring | undefined {
  if (scoring === undefined || scoring === 'softmax' || scoring === 'sigmoid') return scoring;
  throw new LabelwiseError('INVALID_ARGUMENT', `Expected \`scoring\` to be "softmax" or "sigmoid", got ${show(scoring)}.`);
}
