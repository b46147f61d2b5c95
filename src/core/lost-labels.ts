import type { Embedding } from './embedding.js';
import type { Label, LabelSet } from './label-set.js';
import { describeNegatedLabels, findNegatedLabels } from './negated-labels.js';

/** What is known of labels that mean nothing to an encoder, and whom to tell. */
export interface LostLabels {
  /** Words of a label, by its place in the set, that the encoder does not know. */
  readonly wordsOf: (label: number) => readonly string[];
  /** Words of labels that the encoder knows a little. */
  readonly vague?: readonly string[] | undefined;
  /** Names of labels that only unknown words tell apart. */
  readonly alike?: readonly string[] | undefined;
  readonly onWarning: ((message: string) => void) | undefined;
}

/**
 * Warns once of words that the encoder does not know, of other labels that it reads as the same, and of labels that a negation alone tells apart.
 * vectors: [labels][dimension]
 */
export function warnOfLostLabels(
  labelSet: LabelSet,
  vectors: readonly Embedding[],
  { wordsOf, vague = [], alike = [], onWarning }: LostLabels,
): void {
  const words: string[] = [];
  const byStart = new Map<string, { readonly vector: Embedding; readonly labels: Label[] }[]>();
  for (const [i, vector] of vectors.entries()) {
    const unknown = wordsOf(i);
    words.push(...unknown);
    if (unknown.length > 0) continue;
    const start = vector.subarray(0, 4).join(); // different vectors nearly always differ here
    const candidates = byStart.get(start) ?? [];
    byStart.set(start, candidates);
    const label = labelSet.labels[i] as Label;
    const same = candidates.find((candidate) => candidate.vector.every((value, k) => value === vector[k]));
    if (same) same.labels.push(label);
    else candidates.push({ vector, labels: [label] });
  }
  // Label sets may give two labels the same words on purpose: ImageNet has two missiles.
  const groups = [...byStart.values()]
    .flat()
    .map(({ labels }) => labels)
    .filter((group) => new Set(group.map(({ promptName }) => promptName)).size > 1);
  const negated = findNegatedLabels(labelSet);
  const faults = [
    ...(words.length > 0 ? [describeUnknownWords(words)] : []),
    ...(vague.length > 0 ? [describeVagueWords(vague)] : []),
    ...(alike.length > 0 ? [`${DOES_NOT_KNOW} the words that tell these labels apart: ${list(alike)}.`] : []),
    ...groups.map((group) => `The model reads these labels as the same: ${list(group.map(({ name }) => name))}.`),
    ...(negated.length > 0 ? [describeNegatedLabels(negated)] : []),
  ];
  if (faults.length > 0) onWarning?.(faults.join(' '));
}

/** How warnings begin of what a model does not know, or knows a little. */
const DOES_NOT_KNOW = 'The model does not know';
const HAS_VAGUE_IDEA = 'The model has only a vague idea of';

/** Whether a warning is about what the model does not know well. */
export const isOutOfDepth = (warning: string): boolean => warning.startsWith(DOES_NOT_KNOW) || warning.startsWith(HAS_VAGUE_IDEA);

export function describeVagueWords(words: readonly string[]): string {
  const unique = [...new Set(words)];
  return `${HAS_VAGUE_IDEA} ${list(unique)}. Its results for ${unique.length === 1 ? 'it' : 'them'} may be wrong.`;
}

export function describeUnknownWords(words: readonly string[]): string {
  const unique = [...new Set(words)];
  return `${DOES_NOT_KNOW} ${unique.length === 1 ? 'this word' : 'these words'}: ${list(unique)}. Its results for ${unique.length === 1 ? 'it' : 'them'} mean nothing.`;
}

const SHOWN = 8;

function list(names: readonly string[]): string {
  const more = names.length > SHOWN ? `, and ${names.length - SHOWN} more` : '';
  return `${names.slice(0, SHOWN).join(', ')}${more}`;
}
