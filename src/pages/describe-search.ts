import { formatCount } from '../core/format-count.js';
import { ownDate } from '../core/own-date.js';
import { parseSearch } from '../core/parse-search.js';
import type { SearchFilters } from '../tasks/search/search-filter.js';
import type { SearchRequest, SearchResult } from '../tasks/search/search-images.js';

/** What was searched for, as a person named it. */
export interface SearchWords extends Omit<SearchFilters, 'minWidth' | 'minHeight' | 'minRating'> {
  readonly image?: readonly string[] | undefined;
  readonly text?: readonly string[] | undefined;
  readonly without?: readonly string[] | undefined;
  readonly like?: readonly string[] | undefined;
  readonly minWidth?: string | number | undefined;
  readonly minHeight?: string | number | undefined;
  readonly minRating?: string | number | undefined;
  readonly sort?: SearchRequest['sort'];
  readonly minSimilarity?: string | number | undefined;
  readonly offset?: string | number | undefined;
  readonly relevant?: boolean | undefined;
}

/** What a page says about the search that found its pictures. */
export interface SearchTitle {
  readonly title: string;
  readonly intro: string;
  /** Shown if there are no pictures. */
  readonly note: string;
}

export const NOTHING_RELEVANT = 'Nothing in the index stands out for this query.';

/** Describes a search for the head of its page. */
export function describeSearch(
  query: string | undefined,
  words: SearchWords,
  { found, isNothingRelevant }: { found: number; isNothingRelevant: boolean },
): SearchTitle {
  const { image = [], text = [], without = [], like = [] } = words;
  const asked = [query, ...image.map((name) => `like ${name}`), ...like.map((id) => `like ${id}`), ...text];
  const wanted = [...asked, ...without.map((unwanted) => `without ${unwanted}`)].filter((part) => part !== undefined && part !== '');
  const filters = describeFilters(words);
  const first = Number(words.offset ?? 0) + 1;
  const count = found === 0 ? 'No pictures' : first > 1 ? `Pictures ${first} to ${first + found - 1}` : formatCount(found, 'picture');
  const { text: phrase, tags } = parseSearch(query ?? '');
  const isByDate = words.sort === 'date';
  const isRanked = phrase !== '' || wanted.length > (query ? 1 : 0);
  const order = isByDate
    ? 'the newest first'
    : isRanked
      ? 'the most similar first'
      : tags.length > 0
        ? 'the surest tag first'
        : 'in the order of their paths';
  const cut = words.relevant && found > 0 ? 'only what stands out from the collection' : undefined;
  return {
    title: wanted.join(', ') || filters.join(', '),
    intro: [count, found > 1 ? order : undefined, cut, ...(wanted.length === 0 ? [] : filters)]
      .filter((part) => part !== undefined)
      .join(', '),
    note: isNothingRelevant ? NOTHING_RELEVANT : 'Nothing was found.',
  };
}

/** Size, date and camera of an image, as far as they are known. */
export const describeFacts = (image: SearchResult): string => {
  const { width, height, camera, rating, files } = image;
  const stars = rating !== null && rating > 0 ? '\u2605'.repeat(rating) : undefined;
  const others = files.length === 0 ? undefined : `with ${files.join(', ')}`;
  return [width === null ? undefined : `${width} x ${height}`, ownDate(image)?.slice(0, 10), camera, stars, others]
    .filter((fact) => fact)
    .join(', ');
};

function describeFilters(words: SearchWords): string[] {
  const said: readonly (readonly [string, string | number | undefined])[] = [
    ['in', words.in],
    ['taken on or after', words.after],
    ['taken before', words.before],
    ['camera', words.camera],
    ['format', words.format],
    ['width from', words.minWidth],
    ['height from', words.minHeight],
    ['similarity from', words.minSimilarity],
    ['rating from', words.minRating],
    ['title', words.title],
    ['caption', words.caption],
    [`within ${words.within ?? '10km'} of`, words.near],
    ['where', words.where],
  ];
  return said.flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`]));
}
