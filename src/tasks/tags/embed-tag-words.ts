import { wordsAgainst } from '../../core/decisions/kinds.js';
import type { Embedding } from '../../core/embedding.js';
import type { ClassEmbeddings, TextEncoder } from '../../core/ports.js';
import { withWeights } from '../../core/prompt-template.js';
import { loadConcepts, loadLabelSet } from '../../home/data-files.js';
import { type EmbedLabelsOptions, embedLabels } from '../embed-labels.js';
import { rememberWords } from '../remember-words.js';

/** A label has to fit better than a hundred everyday words, and, in a small label set, than a thousand names of things. */
const EVERYDAY = 'cifar100';
const THINGS = 'imagenet-1k';

/** Larger label sets compete enough among themselves, and every word takes as long as a label. */
export const MOST_LABELS_AGAINST_THINGS = 250;

/** What a label of a tag set has to outweigh. */
export interface TagWords {
  readonly everyday: readonly Embedding[];
  /** `everyday`, then names of things, without kinds of a label and what a label is a kind of: a beagle is a dog. */
  readonly all: readonly Embedding[];
}

/** The words in the labels' own templates. Their embeddings are kept in the cache, and in memory with the encoder. */
export async function embedTagWords(
  encoder: TextEncoder,
  { labelSet, templates, templateWeights }: ClassEmbeddings,
  options: Omit<EmbedLabelsOptions, 'templates'>,
): Promise<TagWords> {
  const chosen = withWeights(templates, templateWeights);
  const embed = async (name: string) => {
    const words = await loadLabelSet(name);
    const vectors = await rememberWords(encoder, { name, templates: chosen }, async () => {
      return (await embedLabels(encoder, words, { ...options, templates: chosen, onWarning: undefined })).classEmbeddings.vectors;
    });
    return { names: words.labels.map(({ promptName }) => promptName), vectors };
  };
  const everyday = (await embed(EVERYDAY)).vectors;
  if (labelSet.labels.length > MOST_LABELS_AGAINST_THINGS) return { everyday, all: everyday };
  const { names, vectors } = await embed(THINGS);
  const labels = labelSet.labels.flatMap(({ name, promptName, synonyms }) => [name, promptName, ...synonyms]);
  const against = wordsAgainst(labels, names, await loadConcepts());
  return { everyday, all: [...everyday, ...against.map((place) => vectors[place] as Embedding)] };
}
