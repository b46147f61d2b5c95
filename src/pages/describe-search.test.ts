import { expect, test } from 'vitest';
import { describeSearch } from './describe-search.js';

const some = { found: 10, isNothingRelevant: false };

test.each([
  ['words', 'a dog', {}, some, 'a dog', '10 pictures, the most similar first'],
  ['one picture', 'a dog', {}, { ...some, found: 1 }, 'a dog', '1 picture'],
  ['a later page', 'a dog', { offset: 20 }, some, 'a dog', 'Pictures 21 to 30, the most similar first'],
  [
    'all parts of a query',
    'a dog',
    { image: ['x.jpg'], text: ['at sunset'], without: ['people'] },
    some,
    'a dog, like x.jpg, at sunset, without people',
    '10 pictures, the most similar first',
  ],
  [
    'words and filters',
    'a dog',
    { camera: 'nikon', minWidth: 640, relevant: true as const },
    some,
    'a dog',
    '10 pictures, the most similar first, only what stands out from the collection, camera nikon, width from 640',
  ],
  ['tags alone', 'tag:dog', {}, some, 'tag:dog', '10 pictures, the surest tag first'],
  ['tags and words', 'a dog tag:dog', {}, some, 'a dog tag:dog', '10 pictures, the most similar first'],
  ['tags and an example', 'tag:dog', { like: ['x.jpg'] }, some, 'tag:dog, like x.jpg', '10 pictures, the most similar first'],
  ['filters alone', undefined, { in: 'x', where: 'width > 3' }, some, 'in x, where width > 3', '10 pictures, in the order of their paths'],
])('%s are the head of a page', (_name, query, words, result, title, intro) => {
  expect(describeSearch(query, words, result)).toMatchObject({ title, intro });
});

test('a page without pictures says why', () => {
  const none = { found: 0, isNothingRelevant: false };
  expect(describeSearch('x', {}, none)).toMatchObject({ intro: 'No pictures', note: 'Nothing was found.' });
  expect(describeSearch('x', { relevant: true }, { ...none, isNothingRelevant: true })).toMatchObject({
    intro: 'No pictures',
    note: 'Nothing in the index stands out for this query.',
  });
});
