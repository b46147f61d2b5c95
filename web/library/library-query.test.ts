import { expect, test } from 'vitest';
import { addressOf } from '../shared/use-route.js';
import { countFilters, readQuery, writeQuery } from './library-query.js';

test('a query survives its address', () => {
  const query = {
    ...{ words: 'a dog & a cat', similarTo: 'abc', tag: 'red panda', folder: 'photos/2024', after: '2024-01-01', before: '' },
    ...{ isRelevant: true, order: 'asc' as const },
  };
  const address = addressOf('library', writeQuery(query));
  expect(readQuery(new URLSearchParams(address.split('?')[1]))).toEqual(query);
  expect(countFilters(query)).toBe(4);
});

test('a part of a query changes that part of the address alone', () => {
  expect(writeQuery({ order: 'desc' })).toEqual({ order: '' });
  expect(writeQuery({ words: '' })).toEqual({ q: '' });
});
