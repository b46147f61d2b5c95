import { parseSearch } from '../../core/parse-search.js';
import type { SearchTitle } from './search-results.js';

/** The flags of a search, as they are typed. */
export interface SearchFlags {
  readonly image?: string[] | undefined;
  readonly text?: string[] | undefined;
  readonly without?: string[] | undefined;
  readonly like?: string[] | undefined;
  readonly plain?: true | undefined;
  readonly where?: string | undefined;
  readonly in?: string | undefined;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
  readonly camera?: string | undefined;
  readonly format?: string | undefined;
  readonly minWidth?: string | undefined;
  readonly minHeight?: string | undefined;
  readonly offset: string;
  readonly relevant?: true | undefined;
  readonly minSimilarity?: string | undefined;
  readonly exact?: true | undefined;
}

export const NOTHING_RELEVANT = 'Nothing in the index stands out for this query.';

/** A search in words, for the head of its page. */
export function describeSearch(
  query: string | undefined,
  flags: SearchFlags,
  { found, isNothingRelevant }: { found: number; isNothingRelevant: boolean },
): SearchTitle {
  const { image = [], text = [], without = [], like = [] } = flags;
  const asked = [query, ...image.map((name) => `like ${name}`), ...like.map((id) => `like ${id}`), ...text];
  const wanted = [...asked, ...without.map((words) => `without ${words}`)].filter((part) => part !== undefined && part !== '');
  const filters = describeFilters(flags);
  const first = Number(flags.offset) + 1;
  const count =
    found === 0
      ? 'No pictures'
      : first > 1
        ? `Pictures ${first} to ${first + found - 1}`
        : `${found} ${found === 1 ? 'picture' : 'pictures'}`;
  const { text: words, tags } = parseSearch(query ?? '');
  const isRanked = words !== '' || wanted.length > (query ? 1 : 0);
  const order = isRanked ? 'the most similar first' : tags.length > 0 ? 'the surest tag first' : 'in the order of their paths';
  const cut = flags.relevant && found > 0 ? 'only what stands out from the collection' : undefined;
  return {
    title: wanted.join(', ') || filters.join(', '),
    intro: [count, found > 1 ? order : undefined, cut, ...(wanted.length === 0 ? [] : filters)]
      .filter((part) => part !== undefined)
      .join(', '),
    note: isNothingRelevant ? NOTHING_RELEVANT : 'Nothing was found.',
  };
}

function describeFilters(flags: SearchFlags): string[] {
  const said: readonly (readonly [string, string | undefined])[] = [
    ['in', flags.in],
    ['taken on or after', flags.after],
    ['taken before', flags.before],
    ['camera', flags.camera],
    ['format', flags.format],
    ['width from', flags.minWidth],
    ['height from', flags.minHeight],
    ['similarity from', flags.minSimilarity],
    ['where', flags.where],
  ];
  return said.flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`]));
}
