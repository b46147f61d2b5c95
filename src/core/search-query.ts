import { LabelwiseError } from '../errors.js';
import { type Embedding, normalize } from './embedding.js';
import { fillTemplate, type PromptTemplate } from './prompt-template.js';

/** Words that make an article before the query wrong: "a photo of two dogs", not "a photo of a two dogs". */
const DETERMINER =
  /^(?:an?|the|this|that|these|those|my|your|his|her|its|our|their|some|any|many|several|few|no|one|two|three|four|five|six|seven|eight|nine|ten|\d+)\s/i;

/**
 * The prompts of a query typed by a person. `{a}` gets an article only where the query has none of its own; a full stop that the query
 * ends in is the template's.
 *
 * @example
 * toSearchPrompts('Two dogs.', [parseTemplate('a photo of {a} {}.')]) // ['a photo of two dogs.']
 */
export function toSearchPrompts(query: string, templates: readonly PromptTemplate[]): string[] {
  const words = query.trim().replace(/\.$/, '');
  const isDetermined = DETERMINER.test(words);
  const inside = isDetermined ? words.replace(/^\p{Lu}(?=\p{Ll}|\s)/u, (letter) => letter.toLowerCase()) : words;
  return templates.map(({ text }) => fillTemplate(isDetermined ? { text: text.replace('{a} ', '') } : { text }, inside));
}

/** A part of a query with its weight: negative for what the images should not be like. */
export interface WeightedPart {
  readonly embedding: Embedding;
  readonly weight: number;
}

/** The direction of a mixed query: the weighted sum of its unit vectors, at unit length. [dimension] @throws LabelwiseError `INVALID_ARGUMENT` */
export function mixQuery(parts: readonly WeightedPart[]): Embedding {
  const sum = new Float64Array(parts[0]?.embedding.length ?? 0);
  for (const { embedding, weight } of parts) {
    for (let k = 0; k < sum.length; k++) sum[k] = (sum[k] as number) + weight * (embedding[k] as number);
  }
  if (parts.every(({ weight }) => weight === 0))
    throw new LabelwiseError('INVALID_ARGUMENT', 'Every part of the query has the weight 0: there is nothing to search for.', {
      hint: 'Give one of them another weight: "at sunset^0.5".',
    });
  const mixed = normalize(Float32Array.from(sum));
  if (mixed.every((value) => value === 0)) {
    throw new LabelwiseError('INVALID_ARGUMENT', 'The parts of the query cancel each other out.', {
      hint: 'Change their weights: "at sunset^0.5".',
    });
  }
  return mixed;
}

/**
 * Takes a weight off the end of a part: `at sunset^0.5`.
 *
 * @example
 * parseWeight('at sunset^0.5') // { value: 'at sunset', weight: 0.5 }
 */
export function parseWeight(text: string, otherwise = 1): { value: string; weight: number } {
  const match = /^(.*\S)\^(\d+(?:\.\d+)?|\.\d+)$/su.exec(text);
  return match ? { value: match[1] as string, weight: Number(match[2]) } : { value: text, weight: otherwise };
}

/** The largest weight that is taken: beyond, the other parts no longer count. */
const MAX_WEIGHT = 1000;

/** The weight of words. What follows a "^" at their end has to be one: nobody searches for it. @throws LabelwiseError `INVALID_ARGUMENT` */
export function parseWordsWeight(text: string, otherwise = 1): { value: string; weight: number } {
  const parsed = parseWeight(text, otherwise);
  if (!/\^\S*$/.test(parsed.value) && parsed.weight <= MAX_WEIGHT) return parsed;
  throw new LabelwiseError('INVALID_ARGUMENT', `Expected words, "^" and a weight from 0 to ${MAX_WEIGHT}, got "${text}".`, {
    hint: 'For example: "at sunset^0.5". Use `without` for what images should not show.',
  });
}
