import type { LabelSet } from './label-set.js';

/** Pairs of labels that differ by a negation alone: "not a cat" and "cat", "dog without collar" and "dog with collar". */
export function findNegatedLabels({ labels }: LabelSet): readonly (readonly [string, string])[] {
  const byWords = new Map(labels.map(({ name, promptName }) => [bare(promptName), name]));
  return labels.flatMap(({ name, promptName }) => {
    const other = positivesOf(bare(promptName)).map((words) => byWords.get(words));
    const found = other.find((one) => one !== undefined && one !== name);
    return found === undefined ? [] : [[name, found] as const];
  });
}

/** Words without case and articles. */
const bare = (words: string): string => squeeze(words.toLowerCase().replace(/\b(?:an?|the)\b/g, ''));
const squeeze = (words: string): string => words.replace(/\s+/g, ' ').trim();

/** What a label says without its negation, if it has one. */
function positivesOf(words: string): string[] {
  if (!NEGATION.test(words)) return [];
  const positives = [words.replace(NEGATION, ' '), words.replace(/\bwithout\b/, 'with'), words.replace(/\bwithout\b.*$/, '')];
  return positives.map(squeeze).filter((positive) => positive !== words);
}

const NEGATION = /\b(?:not|no|non|without)\b/;

/**
 * Image-text models are trained on captions, which say what a picture shows. They place "no dog" beside "dog".
 * Source: Alhamoud et al., "Vision-Language Models Do Not Understand Negation", 2025.
 */
export function describeNegatedLabels([first]: readonly (readonly [string, string])[]): string {
  const [negated, other] = first as readonly [string, string];
  return `Models of this kind do not understand negation: to them, "${negated}" means nearly the same as "${other}". Ask for "none of these" with \`none\`, or name what else the image could show.`;
}
