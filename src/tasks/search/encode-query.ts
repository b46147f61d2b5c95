import { type Embedding, isUnit, meanEmbedding } from '../../core/embedding.js';
import { isVague, LEAST_KNOWN } from '../../core/knows.js';
import { describeUnknownWords, describeVagueWords } from '../../core/lost-labels.js';
import { describeOperator } from '../../core/parse-search.js';
import type { ImageSource } from '../../core/ports.js';
import { describeOtherTuning, describeRepeat } from '../../core/prompt-template.js';
import type { RelevanceCut } from '../../core/relevance.js';
import { mixQuery, parseWeight, parseWordsWeight, toSearchPrompts, type WeightedPart } from '../../core/search-query.js';
import type { Encoder } from '../../encoders/load-encoder.js';
import { LabelwiseError } from '../../errors.js';
import { resolveImage } from '../../files/object-address.js';
import type { ImageSearcher } from '../../store/search-images.js';
import { chooseTemplates, type TemplateChoice } from '../embed-labels.js';
import { notIndexed, openIndexEncoder, refuseOtherEncoder } from '../open-index.js';
import type { TaskOptions, Workspace } from '../workspace.js';
import { findRelevanceCut } from './find-relevance-cut.js';

/** An image with how much it weighs in a query; 1 by default, below 0 to lead away from it. */
export interface WeightedImage {
  readonly image: ImageSource;
  readonly weight?: number | undefined;
}

/** What a search looks for, by likeness. Texts may carry a weight: "at sunset^0.5". */
export interface QueryParts extends TemplateChoice {
  readonly texts?: readonly string[] | undefined;
  /** What the images should not show. It has half the weight unless you give one. */
  readonly without?: readonly string[] | undefined;
  readonly images?: readonly WeightedImage[] | undefined;
  /** Indexed images: paths, or the first characters of content hashes. */
  readonly like?: readonly string[] | undefined;
  /** Encode words as they are, without templates. */
  readonly plain?: boolean | undefined;
  /** Keep only what stands out from the collection. */
  readonly relevant?: boolean | undefined;
}

export interface EncodedQuery {
  readonly query: Embedding;
  readonly cut: RelevanceCut | undefined;
}

/** What should not be seen weighs half: a whole one leads away from what should. */
const WITHOUT_WEIGHT = 0.5;

/** The direction that a search looks in; undefined where it asks for nothing but tags and filters. The model is opened only if it is needed. */
export async function encodeQuery(
  workspace: Workspace,
  parts: QueryParts & { readonly searcher: ImageSearcher; readonly minSimilarity?: number | undefined },
  options: TaskOptions,
): Promise<EncodedQuery | undefined> {
  refuseUnused(parts);
  const { images = [], without = [], like = [], searcher, relevant = false } = parts;
  const texts = [
    ...(parts.texts ?? []).filter((part) => part.trim() !== '').map((part) => parseWordsWeight(part)),
    ...without.map((part) => parseWordsWeight(part, WITHOUT_WEIGHT)).map(({ value, weight }) => ({ value, weight: -weight })),
  ];
  const stored = await Promise.all(like.map((id) => findStored(workspace, searcher, id)));
  if (texts.length + images.length === 0 && !relevant) return stored.length === 0 ? undefined : { query: mixQuery(stored), cut: undefined };
  if (texts.length + images.length + stored.length === 0) return undefined;

  const encoder = await openIndexEncoder(workspace, searcher.reference, options);
  refuseOtherEncoder({ encoder: searcher.facts.encoder }, encoder.info);
  const query = mixQuery([
    ...stored,
    ...(await encodeTextParts(encoder, texts, { parts, options: { onWarning: workspace.warn, ...options } })),
    ...(await encodeImageParts(encoder, images, options)),
  ]);
  const cut = relevant ? await findRelevanceCut(workspace, { encoder, query }, options) : undefined;
  const isUnknown = images.length + stored.length === 0 && (encoder.knows?.(query) ?? 1) < LEAST_KNOWN;
  return { query, cut: cut && isUnknown ? { ...cut, hasRelevant: false, minSimilarity: Number.POSITIVE_INFINITY } : cut };
}

/** Options that a search would not read are refused: they would look as if they had been followed. @throws LabelwiseError `INVALID_ARGUMENT` */
function refuseUnused({
  texts = [],
  without = [],
  images = [],
  like = [],
  ...parts
}: QueryParts & { readonly minSimilarity?: number | undefined }): void {
  const hasWords = without.length > 0 || texts.some((text) => text.trim() !== '');
  const given = <Name extends keyof typeof parts>(...names: Name[]): Name | undefined =>
    names.find((name) => parts[name] !== undefined && parts[name] !== false);
  const prompts = given('templates', 'templateSet');
  const likeness = hasWords || images.length + like.length > 0 ? undefined : given('relevant', 'minSimilarity');
  if (likeness !== undefined)
    throw new LabelwiseError('INVALID_ARGUMENT', `Expected words or an image beside \`${likeness}\`, got only tags and filters.`, {
      hint: 'Tags and filters have no similarity to measure. Leave the option out, or add words.',
    });
  if (parts.plain && prompts !== undefined)
    throw new LabelwiseError('INVALID_ARGUMENT', `Expected one of \`plain\` and \`${prompts}\`, got both.`);
  const wording = hasWords ? undefined : (given('plain') ?? prompts);
  if (wording !== undefined)
    throw new LabelwiseError('INVALID_ARGUMENT', `Expected words beside \`${wording}\`, which says how words are encoded.`);
}

async function findStored(workspace: Workspace, searcher: ImageSearcher, text: string): Promise<WeightedPart> {
  const toPath = (id: string): string => resolveImage(workspace.settings.cwd, id);
  const find = async (id: string) => (await searcher.find(id)) ?? (await searcher.find(toPath(id)));
  const whole = await find(text); // "^" may be part of a name
  const { value, weight } = whole ? { value: text, weight: 1 } : parseWeight(text);
  const row = whole ?? (await find(value));
  if (row?.embedding && !isUnit(row.embedding))
    throw new LabelwiseError('INDEX_DAMAGED', `The embedding of ${row.path} in the index is damaged.`, {
      hint: 'Embed its file again: labelwise index verify --repair.',
    });
  if (row?.embedding) return { embedding: row.embedding, weight };
  throw await notIndexed(workspace, [value, toPath(value)], value);
}

async function encodeTextParts(
  encoder: Encoder,
  texts: readonly { readonly value: string; readonly weight: number }[],
  { parts, options: { signal, onWarning } }: { parts: QueryParts; options: TaskOptions },
): Promise<WeightedPart[]> {
  const templates = parts.plain ? [] : await chooseTemplates(parts);
  const prompts = texts.map(({ value }) => (parts.plain ? [value] : toSearchPrompts(value, templates)));
  if (prompts.length === 0) return [];
  const tuning = describeOtherTuning(templates, encoder.info);
  if (tuning !== undefined) onWarning?.(tuning);
  for (const [i, { value }] of texts.entries()) {
    const warning = describeRepeat(value, { subject: 'query', templates, prompts: prompts[i] as string[] });
    if (warning !== undefined) onWarning?.(warning);
    const operator = describeOperator(value);
    if (operator !== undefined) onWarning?.(operator);
  }
  const embeddings = await encoder.encodeTexts(prompts.flat(), { signal, onWarning });
  const perText = embeddings.length / texts.length; // one prompt for each template
  const weights = parts.plain ? undefined : templates.map((template) => template.weight ?? 1);
  const means = texts.map((_, i) => meanEmbedding(embeddings.slice(i * perText, (i + 1) * perText), weights));
  const misspelt = await encoder.unknownWordsOf(texts.map(({ value }) => value));
  const known = (i: number): number => encoder.knows?.(means[i] as Embedding) ?? 1;
  const unknown = texts.flatMap(({ value }, i) => {
    const words = misspelt[i] as string[];
    return words.length > 0 || known(i) >= LEAST_KNOWN ? words : [value];
  });
  if (unknown.length > 0) onWarning?.(describeUnknownWords(unknown));
  const vague = texts.flatMap(({ value }, i) => (misspelt[i]?.length === 0 && isVague(value, known(i)) ? [value] : []));
  if (vague.length > 0) onWarning?.(describeVagueWords(vague));
  return texts.map(({ weight }, i) => ({ weight, embedding: means[i] as Embedding }));
}

async function encodeImageParts(encoder: Encoder, images: readonly WeightedImage[], { signal }: TaskOptions): Promise<WeightedPart[]> {
  const encoded: WeightedPart[] = [];
  for await (const outcome of encoder.encodeImages(
    images.map(({ image }) => image),
    { signal },
  )) {
    if ('error' in outcome) throw outcome.error;
    encoded.push({ embedding: outcome.embedding, weight: images[outcome.index]?.weight ?? 1 });
  }
  return encoded;
}
