import { type Embedding, meanEmbedding } from './embedding.js';
import { fingerprint } from './fingerprint.js';
import { findUnknownDifferences, isVague, LEAST_KNOWN } from './knows.js';
import type { Label, LabelSet } from './label-set.js';
import { warnOfLostLabels } from './lost-labels.js';
import type { ClassEmbeddings, EmbeddingCache, EncodeOptions, KeptEmbedding, TextEncoder } from './ports.js';
import { describeRepeat, fillTemplate, type PromptTemplate, weightsOf } from './prompt-template.js';

/** A label's prompts: each of its names in each template. [names * templates] */
export function buildPrompts(label: Label, templates: readonly PromptTemplate[]): string[] {
  return [label.promptName, ...label.synonyms].flatMap((words) => templates.map((template) => fillTemplate(template, words)));
}

/** How class embeddings are made. */
export interface BuildOptions extends EncodeOptions {
  readonly templates: readonly PromptTemplate[];
  /** Class embeddings of earlier runs, by `promptsKey`. Only the missing ones are encoded. */
  readonly cache?: EmbeddingCache | undefined;
  /** Called once with the labels that the encoder cannot tell apart. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** Raised when tokens of the same prompts change. */
const TOKENS_VERSION = 5;

/** The key of a class embedding: what it depends on beside its encoder. */
export const promptsKey = (prompts: readonly string[], weights: readonly number[] = []): string =>
  fingerprint([TOKENS_VERSION, prompts, ...(weights.some((weight) => weight !== 1) ? [weights] : [])]);

/**
 * Class embeddings in open_clip's order: normalise each prompt's embedding, (weighted) mean over prompts, renormalise.
 * Prompts are encoded label by label, about 4,096 at a time, so 1,000 labels x 80 templates run in bounded memory.
 */
export async function buildClassEmbeddings(encoder: TextEncoder, labelSet: LabelSet, options: BuildOptions): Promise<ClassEmbeddings> {
  const prompts = labelSet.labels.map((label) => buildPrompts(label, options.templates));
  const weights = options.templates.map(({ weight = 1 }) => weight);
  const keyOf = (list: readonly string[]): string => promptsKey(list, weights);
  warnOfRepeats(labelSet, prompts, options);
  const kept = await loadKept(prompts.map(keyOf), options.cache);
  const missing = prompts.filter((list) => !kept.has(keyOf(list)));
  const total = missing.reduce((sum, list) => sum + list.length, 0);
  const unknown = await findUnknownWords(encoder, labelSet, new Set(missing), prompts);
  const cut = new Set<string>();
  let done = 0;
  for (const group of groupBySize(missing, 4096)) {
    const texts = group.flat();
    const base = done;
    const embeddings = await encoder.encodeTexts(texts, {
      signal: options.signal,
      onWarning: options.onWarning,
      onProgress: (count) => options.onProgress?.(base + count, total),
      onCut: (found) => {
        for (const text of found) cut.add(text);
      },
    });
    const made = new Map<string, KeptEmbedding>();
    let offset = 0;
    for (const list of group) {
      const embedding = meanEmbedding(embeddings.slice(offset, offset + list.length), weights);
      made.set(keyOf(list), { embedding, width: 0, height: 0 });
      offset += list.length;
    }
    for (const [key, entry] of made) kept.set(key, entry);
    for (const list of group) if (unknown.has(list) || list.some((text) => cut.has(text))) made.delete(keyOf(list)); // not kept, so that each run warns
    await options.cache?.keep(made);
    done += texts.length;
  }
  const { name, fingerprint: encoderFingerprint } = encoder.info;
  const vectors = prompts.map((list) => (kept.get(keyOf(list)) as KeptEmbedding).embedding);
  const known = (label: number): number => encoder.knows?.(vectors[label] as Embedding) ?? 1;
  const wordsOf = (label: number): readonly string[] =>
    unknown.get(prompts[label] as string[]) ?? (known(label) >= LEAST_KNOWN ? [] : [labelSet.labels[label]?.promptName as string]);
  const names = labelSet.labels.map(({ promptName }) => promptName);
  const vague = names.filter((name, label) => wordsOf(label).length === 0 && isVague(name, known(label)));
  const alike = await findUnknownDifferences(labelSet, encoder);
  warnOfLostLabels(labelSet, vectors, { wordsOf, vague, alike, onWarning: options.onWarning });
  return {
    labelSet,
    prompts,
    vectors,
    encoder: { name, fingerprint: encoderFingerprint },
    templates: options.templates.map((template) => template.text),
    templateWeights: weightsOf(options.templates),
  };
}

/** Warns of the first label that is a prompt already. */
function warnOfRepeats({ labels }: LabelSet, prompts: readonly string[][], { templates, onWarning }: BuildOptions): void {
  for (const [i, { promptName }] of labels.entries()) {
    const warning = describeRepeat(promptName, { subject: 'label', templates, prompts: prompts[i] as string[] });
    if (warning === undefined) continue;
    onWarning?.(warning);
    return;
  }
}

/** The words that the encoder does not know, by the prompts of their label; only of those that are encoded now. */
async function findUnknownWords(
  encoder: TextEncoder,
  { labels }: LabelSet,
  missing: ReadonlySet<readonly string[]>,
  prompts: readonly (readonly string[])[],
): Promise<ReadonlyMap<readonly string[], string[]>> {
  const found = new Map<readonly string[], string[]>();
  for (const [i, label] of labels.entries()) {
    const list = prompts[i] as readonly string[];
    if (!missing.has(list)) continue;
    const words = (await encoder.unknownWordsOf?.([label.promptName, ...label.synonyms]))?.flat() ?? [];
    if (words.length > 0) found.set(list, words);
  }
  return found;
}

async function loadKept(keys: readonly string[], cache: EmbeddingCache | undefined): Promise<Map<string, KeptEmbedding>> {
  const known = cache ? keys.filter((key) => cache.has(key)) : [];
  return new Map(cache && known.length > 0 ? await cache.load(known) : []);
}

function* groupBySize(lists: readonly string[][], size: number): Generator<string[][]> {
  let group: string[][] = [];
  let count = 0;
  for (const list of lists) {
    if (count > 0 && count + list.length > size) {
      yield group;
      group = [];
      count = 0;
    }
    group.push(list);
    count += list.length;
  }
  if (group.length > 0) yield group;
}
