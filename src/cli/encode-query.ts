import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Embedding, isUnit, meanEmbedding } from '../core/embedding.js';
import { describeUnknownWords } from '../core/lost-labels.js';
import type { RelevanceCut } from '../core/relevance.js';
import { mixQuery, parseWeight, parseWordsWeight, toSearchPrompts, type WeightedPart } from '../core/search-query.js';
import type { Encoder } from '../encoders/load-encoder.js';
import { LabelwiseError } from '../errors.js';
import type { ImageSearcher } from '../store/search-images.js';
import { chooseTemplates } from '../tasks/create-classifier.js';
import { type FoundImage, namedImage } from './find-images.js';
import { notIndexed } from './not-indexed.js';
import { openCollection, refuseOtherEncoder } from './open-collection.js';
import { openIndexEncoder } from './open-index-encoder.js';
import type { Run } from './open-model.js';

/** What a search is made of. */
export interface QueryFlags {
  readonly image?: string[] | undefined;
  readonly text?: string[] | undefined;
  readonly without?: string[] | undefined;
  readonly like?: string[] | undefined;
  readonly plain?: true | undefined;
}

export interface EncodedQuery {
  readonly query: Embedding;
  readonly cut: RelevanceCut | undefined;
}

type Request = QueryFlags & { readonly words: string; readonly searcher: ImageSearcher; readonly isRelevant: boolean };

/** What should not be seen weighs half: a whole one leads away from what should. */
const WITHOUT_WEIGHT = 0.5;

/** The direction that a search looks in; undefined where it asks for nothing but tags and filters. The model is opened where it is needed. */
export async function encodeQuery(run: Run, request: Request): Promise<EncodedQuery | undefined> {
  const { words, image = [], text = [], without = [], like = [], searcher, isRelevant } = request;
  const texts = [
    ...[words, ...text].filter((part) => part.trim() !== '').map((part) => parseWordsWeight(part)),
    ...without.map((part) => parseWordsWeight(part, WITHOUT_WEIGHT)).map(({ value, weight }) => ({ value, weight: -weight })),
  ];
  const stored = await Promise.all(like.map((id) => findStored(run, searcher, id)));
  if (texts.length + image.length === 0 && !isRelevant)
    return stored.length === 0 ? undefined : { query: mixQuery(stored), cut: undefined };
  if (texts.length + image.length + stored.length === 0) return undefined;

  const { readIndexFile } = await import('../store/current-images.js');
  const encoder = await openIndexEncoder(run, await readIndexFile(run.config.db));
  try {
    refuseOtherEncoder({ encoder: searcher.facts.encoder }, encoder.info);
    const query = mixQuery([
      ...stored,
      ...(await encodeTextParts(run, encoder, { texts, isPlain: request.plain === true })),
      ...(await encodeImageParts(run, encoder, image)),
    ]);
    return { query, cut: isRelevant ? await findCut(run, encoder, query) : undefined };
  } finally {
    await encoder.close();
  }
}

async function findStored(run: Run, searcher: ImageSearcher, text: string): Promise<WeightedPart> {
  const find = async (id: string) => (await searcher.find(id)) ?? (await searcher.find(resolve(run.io.cwd, id)));
  const whole = await find(text); // "^" may stand in a name
  const { value, weight } = whole ? { value: text, weight: 1 } : parseWeight(text);
  const row = whole ?? (await find(value));
  if (row?.embedding && !isUnit(row.embedding))
    throw new LabelwiseError('INDEX_DAMAGED', `The embedding of ${row.path} in the index is damaged.`, {
      hint: 'Embed its file again: labelwise index verify --repair.',
    });
  if (row?.embedding) return { embedding: row.embedding, weight };
  throw await notIndexed(run, [value, resolve(run.io.cwd, value)], value);
}

interface TextParts {
  readonly texts: readonly { readonly value: string; readonly weight: number }[];
  readonly isPlain: boolean;
}

async function encodeTextParts({ config, io, warn }: Run, encoder: Encoder, { texts, isPlain }: TextParts): Promise<WeightedPart[]> {
  const templates = isPlain ? [] : await chooseTemplates({ templates: config.template, templateSet: config.templateSet });
  const prompts = texts.map(({ value }) => (isPlain ? [value] : toSearchPrompts(value, templates)));
  if (prompts.length === 0) return [];
  const unknown = (await encoder.unknownWordsOf(texts.map(({ value }) => value))).flat();
  if (unknown.length > 0) warn(describeUnknownWords(unknown));
  const embeddings = await encoder.encodeTexts(prompts.flat(), { signal: io.signal });
  const perText = embeddings.length / texts.length; // a prompt a template
  return texts.map(({ weight }, i) => ({ weight, embedding: meanEmbedding(embeddings.slice(i * perText, (i + 1) * perText)) }));
}

async function encodeImageParts({ io }: Run, encoder: Encoder, images: readonly string[]): Promise<WeightedPart[]> {
  const parts: { source: FoundImage['source']; weight: number }[] = [];
  for (const image of images) {
    const { value, weight } = existsSync(resolve(io.cwd, image)) ? { value: image, weight: 1 } : parseWeight(image);
    parts.push({ source: await namedImage(value, io, encoder.limits), weight });
  }
  const encoded: WeightedPart[] = [];
  for await (const outcome of encoder.encodeImages(
    parts.map(({ source }) => source),
    { signal: io.signal },
  )) {
    if ('error' in outcome) throw outcome.error;
    encoded.push({ embedding: outcome.embedding, weight: parts[outcome.index]?.weight ?? 1 });
  }
  return encoded;
}

async function findCut(run: Run, encoder: Encoder, query: Embedding): Promise<RelevanceCut> {
  const { findRelevanceCut } = await import('./find-relevance-cut.js');
  const collection = await openCollection(run);
  try {
    return await findRelevanceCut(run, { collection, encoder, query });
  } finally {
    collection.close();
  }
}
