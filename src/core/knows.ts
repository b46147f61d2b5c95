import type { Embedding } from './embedding.js';
import type { LabelSet } from './label-set.js';
import type { TextEncoder } from './ports.js';

/** Below this, a warning says that the model does not know a text. */
export const LEAST_KNOWN = 0.2;

/** Below this, a warning says that the model has only a vague idea of a word: 0.42 for "selfie", 0.33 for "tesla". */
const WELL_KNOWN = 0.45;

/** Whether a word is known a little. Phrases are not judged: what a model knows of one lies below what it knows of its words. */
export const isVague = (text: string, known: number): boolean => known >= LEAST_KNOWN && known < WELL_KNOWN && !/\s/.test(text.trim());

/** The pocket before this one had 1,512, and did not say what it knows. */
const POCKET_DIMENSIONS = 512;

/** What pocket's text tower weighs its last dimension with (models/build/build_pocket.py). */
const KNOWS_WEIGHT = 0.05;

/** How well pocket knows a text, from 0 to 1, by the text's embedding: 0.96 for "dog", 0.01 for "red", between them for sentences. */
export const pocketKnows = (text: Embedding): number =>
  text.length === POCKET_DIMENSIONS ? Math.min(1, Math.max(0, (text.at(-1) as number) / KNOWS_WEIGHT)) : 1;

/** Label sets that are larger than this are not searched for words that tell labels apart: they name kinds. */
const MOST_COMPARED = 100;

/** Labels that only a word tells apart that the encoder does not know: "red cup" and "blue cup". Empty for encoders that cannot tell. */
export async function findUnknownDifferences({ labels }: LabelSet, encoder: TextEncoder): Promise<string[]> {
  const { knows } = encoder;
  if (knows === undefined || labels.length > MOST_COMPARED) return [];
  const byRest = new Map<string, { name: string; word: string }[]>();
  for (const { name, promptName } of labels) {
    const words = promptName.toLowerCase().split(/\s+/);
    if (words.length < 2) continue;
    for (const [i, word] of words.entries()) {
      const rest = words.with(i, '*').join(' ');
      byRest.set(rest, [...(byRest.get(rest) ?? []), { name, word }]);
    }
  }
  const groups = [...byRest.values()].filter((group) => new Set(group.map(({ word }) => word)).size > 1);
  const words = [...new Set(groups.flat().map(({ word }) => word))];
  if (words.length === 0) return [];
  const embeddings = await encoder.encodeTexts(words);
  const unknown = new Set(words.filter((_, i) => knows(embeddings[i] as Embedding) < LEAST_KNOWN * 2));
  const alike = groups.map((group) => group.filter(({ word }) => unknown.has(word))).filter((group) => group.length > 1);
  return [...new Set(alike.flat().map(({ name }) => name))];
}
