import { LabelwiseError } from '../errors.js';

/** A parsed search: words for the encoder, and the tags and keywords that images must or must not have. */
export interface SearchTerms {
  /** The remaining words; empty if the search has only tags and keywords. */
  readonly text: string;
  readonly tags: readonly string[];
  readonly withoutTags: readonly string[];
  /** Keywords that other programs gave. */
  readonly keywords: readonly string[];
  readonly withoutKeywords: readonly string[];
}

const TERM = /(^|\s)(-?)(tag|keyword):(?:"([^"]*)"|([^\s"]\S*))(?=\s|$)/giu;

/**
 * Splits a search into its words, its tags (`tag:dog`, `tag:"red panda"`, `-tag:cat`), and the keywords of other programs (`keyword:holiday`).
 * Images must match all of them.
 *
 * @throws LabelwiseError `INVALID_ARGUMENT` for "tag:" without a name, or with a quote that is never closed
 * @example
 * parseSearch('on the beach tag:dog -tag:cat')
 * // { text: 'on the beach', tags: ['dog'], withoutTags: ['cat'], keywords: [], withoutKeywords: [] }
 */
export function parseSearch(search: string): SearchTerms {
  const lists = { tag: [] as string[], '-tag': [] as string[], keyword: [] as string[], '-keyword': [] as string[] };
  const text = search.replace(TERM, (_term, _space, minus: string, kind: string, quoted: string | undefined, plain: string | undefined) => {
    const label = toTagName(quoted ?? plain ?? '');
    if (label === '') throw noName(kind.toLowerCase(), search);
    lists[`${minus}${kind.toLowerCase()}` as keyof typeof lists].push(label);
    return ' ';
  });
  const left = /(?:^|\s)-?(tag|keyword):/iu.exec(text);
  if (left) throw noName((left[1] as string).toLowerCase(), search);
  return {
    text: text.replace(/\s+/g, ' ').trim(),
    tags: lists.tag,
    withoutTags: lists['-tag'],
    keywords: lists.keyword,
    withoutKeywords: lists['-keyword'],
  };
}

const noName = (kind: string, search: string): LabelwiseError =>
  new LabelwiseError('INVALID_ARGUMENT', `Expected a ${kind}'s name right after "${kind}:", got ${JSON.stringify(search)}.`, {
    hint: `For example: ${kind}:dog, or ${kind}:"red panda" with both its quotes.`,
  });

/** A tag's name in the form in which labels are kept. */
export function toTagName(name: string): string {
  return name.normalize('NFC').trim();
}

const MINUS = /(?:^|\s)-(\p{L}[\p{L}\p{N}'-]*)(?=\s|$)/u;
const WITHOUT = /(?:^|\s)without\s+(\S.*)$/iu;
const FILTER = /(?:^|\s)(\p{L}+:[^\s/]\S*)(?=\s|$)/u;

/**
 * A warning about a part of a search's words that does not do what it seems to: what looks like an operator is encoded with the other words,
 * and models of this kind do not understand negation. Undefined if there is none.
 *
 * @example
 * describeOperator('beach -people') // '"-people" is read as a word of the search. To move away from it, use `without`.'
 */
export function describeOperator(words: string): string | undefined {
  const [, minus] = MINUS.exec(words) ?? [];
  if (minus !== undefined) return `"-${minus}" is read as a word of the search. To move away from it, use \`without\`.`;
  const [, without] = WITHOUT.exec(words) ?? [];
  if (without !== undefined)
    return `Models of this kind do not understand negation: a search "without ${without}" finds ${without} too. To move away from that, use \`without\`.`;
  const [, filter] = FILTER.exec(words) ?? [];
  if (filter !== undefined)
    return `"${filter}" is read as words of the search. Only tag: and keyword: filter there; other filters are options.`;
  return undefined;
}
