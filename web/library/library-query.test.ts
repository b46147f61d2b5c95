import { expect, test } from 'vitest';
import { addressOf } from '../shared/use-route.js';
import { countFilters, readQuery, writeQuery } from './library-query.js';

test('a query survives its address', () => {
  const query = {
    ...{ words: 'a dog & a cat', similarTo: 'abc', tag: 'red panda', folder: 'photos/2024', after: '2024-01-01', before: '' },
    ...{ camera: 'X-T4', keyword: '', minRating: '4', near: '48.1, 11.6', within: '5 km', isRelevant: true, sort: 'oldest' as const },
  };
  const address = addressOf('library', writeQuery(query));
  expect(readQuery(new URLSearchParams(address.split('?')[1]))).toEqual(query);
  expect(countFilters(query)).toBe(7); // a distance belongs to its place
});

test('a part of a query changes that part of the address alone', () => {
  expect(writeQuery({ sort: 'newest' })).toEqual({ sort: '' });
  expect(writeQuery({ words: '' })).toEqual({ q: '' });
});
