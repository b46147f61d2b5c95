import type { LibraryQuery } from '../api/library.js';

/** The gallery's query as the address keeps it, so that it can be sent to others and the back button works. */
export function readQuery(address: URLSearchParams): LibraryQuery {
  const text = (name: string): string => address.get(name) ?? '';
  return {
    words: text('q'),
    similarTo: text('like'),
    tag: text('tag'),
    folder: text('folder'),
    after: text('after'),
    before: text('before'),
    isRelevant: text('relevant') === '1',
    order: text('order') === 'asc' ? 'asc' : 'desc',
  };
}

/** The parts of a query as parts of the address. */
export function writeQuery({ words, similarTo, isRelevant, order, ...others }: Partial<LibraryQuery>): Record<string, string> {
  return {
    ...others,
    ...(words === undefined ? {} : { q: words }),
    ...(similarTo === undefined ? {} : { like: similarTo }),
    ...(isRelevant === undefined ? {} : { relevant: isRelevant ? '1' : '' }),
    ...(order === undefined ? {} : { order: order === 'asc' ? 'asc' : '' }),
  };
}

export const NO_FILTERS = { tag: '', folder: '', after: '', before: '', isRelevant: false } as const;

export const countFilters = ({ tag, folder, after, before, isRelevant }: LibraryQuery): number =>
  [tag, folder, after, before].filter((value) => value !== '').length + (isRelevant ? 1 : 0);
