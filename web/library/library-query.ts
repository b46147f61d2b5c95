import type { LibraryQuery, Sort } from '../api/library.js';

/** Filters that are texts, by their names in the address. */
const TEXTS = {
  q: 'words',
  like: 'similarTo',
  tag: 'tag',
  folder: 'folder',
  after: 'after',
  before: 'before',
  camera: 'camera',
  keyword: 'keyword',
  rating: 'minRating',
  near: 'near',
  within: 'within',
} as const;

const SORTS: readonly Sort[] = ['newest', 'oldest', 'added', 'name'];

/** The gallery's query as the address keeps it, so that it can be sent to others and the back button works. */
export function readQuery(address: URLSearchParams): LibraryQuery {
  const texts = Object.entries(TEXTS).map(([name, field]) => [field, address.get(name) ?? '']);
  return {
    ...(Object.fromEntries(texts) as Record<(typeof TEXTS)[keyof typeof TEXTS], string>),
    isRelevant: address.get('relevant') === '1',
    sort: SORTS.find((sort) => sort === address.get('sort')) ?? 'newest',
  };
}

/** The parts of a query as parts of the address. */
export function writeQuery(query: Partial<LibraryQuery>): Record<string, string> {
  const { isRelevant, sort } = query;
  const texts = Object.entries(TEXTS).flatMap(([name, field]) => (query[field] === undefined ? [] : [[name, query[field]]]));
  return {
    ...Object.fromEntries(texts),
    ...(isRelevant === undefined ? {} : { relevant: isRelevant ? '1' : '' }),
    ...(sort === undefined ? {} : { sort: sort === 'newest' ? '' : sort }),
  };
}

const FILTERS = { tag: '', folder: '', after: '', before: '', camera: '', keyword: '', minRating: '', near: '' } as const;

export const NO_FILTERS = { ...FILTERS, within: '', isRelevant: false } as const;

export const countFilters = (query: LibraryQuery): number =>
  Object.keys(FILTERS).filter((name) => query[name as keyof typeof FILTERS] !== '').length + (query.isRelevant ? 1 : 0);
