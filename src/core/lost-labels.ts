import type { Embedding } from './embedding.js';
import type { Label, LabelSet } from './label-set.js';

/** What is known of labels that mean nothing to an encoder, and whom to tell. */
export interface LostLabels {
  /** Words of a label, by its place in the set, that the encoder does not know. */
  readonly wordsOf: (label: number) => readonly string[];
  /** Names of labels that only unknown words tell apart. */
  readonly alike?: readonly string[] | undefined;
  readonly onWarning: ((message: string) => void) | undefined;
}

/** Warns once of words that the encoder does not know, and of other labels that it reads as the same. vectors: [labels][dimension] */
export function warnOfLostLabels(
  { labels }: LabelSet,
  vectors: readonly Embedding[],
  { wordsOf, alike = [], onWarning }: LostLabels,
): void {
  const words: string[] = [];
  const byContent = new Map<string, Label[]>();
  for (const [i, { buffer, byteOffset, byteLength }] of vectors.entries()) {
    const unknown = wordsOf(i);
    words.push(...unknown);
    if (unknown.length > 0) continue;
    const key = String.fromCharCode(...new Uint16Array(buffer, byteOffset, byteLength / 2));
    byContent.set(key, [...(byContent.get(key) ?? []), labels[i] as Label]);
  }
  // Label sets may give two labels the same words on purpose: ImageNet has two missiles.
  const groups = [...byContent.values()].filter((group) => new Set(group.map(({ promptName }) => promptName)).size > 1);
  const faults = [
    ...(words.length > 0 ? [describeUnknownWords(words)] : []),
    ...(alike.length > 0 ? [`${DOES_NOT_KNOW} the words that tell these labels apart: ${list(alike)}.`] : []),
    ...groups.map((group) => `The model reads these labels as the same: ${list(group.map(({ name }) => name))}.`),
  ];
  if (faults.length > 0) onWarning?.(faults.join(' '));
}

/** How warnings begin of what a model does not know. */
export const DOES_NOT_KNOW = 'The model does not know';

export function describeUnknownWords(words: readonly string[]): string {
  const unique = [...new Set(words)];
  return `${DOES_NOT_KNOW} ${unique.length === 1 ? 'this word' : 'these words'}: ${list(unique)}. Its results for ${unique.length === 1 ? 'it' : 'them'} mean nothing.`;
}

const SHOWN = 8;

function list(names: readonly string[]): string {
  const more = names.length > SHOWN ? `, and ${names.length - SHOWN} more` : '';
  return `${names.slice(0, SHOWN).join(', ')}${more}`;
}
