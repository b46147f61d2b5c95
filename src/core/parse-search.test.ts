import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeOperator, parseSearch } from './parse-search.js';

test.each([
  ['a dog on the beach', 'a dog on the beach', [], []],
  ['tag:dog', '', ['dog'], []],
  ['on the beach tag:dog -tag:cat', 'on the beach', ['dog'], ['cat']],
  ['tag:"red panda" at night tag:aquarium_fish', 'at night', ['red panda', 'aquarium_fish'], []],
  ['TAG:Dog', '', ['Dog'], []],
  ['tag:cafe\u0301', '', ['café'], []],
  ['hashtag:dog', 'hashtag:dog', [], []],
])('%j is the text %j with the tags %j and without %j', (search, text, tags, withoutTags) => {
  expect(parseSearch(search)).toEqual({ text, tags, withoutTags, keywords: [], withoutKeywords: [] });
});

test('keywords are told from tags', () => {
  const { text, tags, keywords, withoutKeywords } = parseSearch('sea keyword:"Red Panda" tag:dog -keyword:Nature/Sea');
  expect({ text, tags, keywords, withoutKeywords }).toEqual({
    text: 'sea',
    tags: ['dog'],
    keywords: ['Red Panda'],
    withoutKeywords: ['Nature/Sea'],
  });
});

test.each(['tag:', 'keyword:', '-keyword:""', '-tag:', 'a price tag: 5 euro', 'tag:"not closed', '-tag:""', 'tag:" "', 'tag:"red panda"s'])(
  '%j has a tag without a name, and is refused',
  (search) => {
    expect(() => parseSearch(search)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  },
);

test('any tags and words come apart again, in whatever order they are typed', () => {
  const word = fc.stringMatching(/^[a-z]{1,6}$/);
  const name = fc
    .stringMatching(/^[a-zA-Z0-9 :_-]{1,8}$/)
    .map((text) => text.trim())
    .filter((text) => text !== '');
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          word.map((text) => ({ text })),
          name.map((tag) => ({ tag })),
          name.map((without) => ({ without })),
        ),
      ),
      (parts) => {
        const typed = parts
          .map((part) => ('text' in part ? part.text : 'tag' in part ? `tag:"${part.tag}"` : `-tag:"${part.without}"`))
          .join('  ');
        expect(parseSearch(typed)).toEqual({
          text: parts.flatMap((part) => ('text' in part ? [part.text] : [])).join(' '),
          tags: parts.flatMap((part) => ('tag' in part ? [part.tag] : [])),
          withoutTags: parts.flatMap((part) => ('without' in part ? [part.without] : [])),
          keywords: [],
          withoutKeywords: [],
        });
      },
    ),
  );
});

test.each([
  ['beach -people', '"-people" is read as a word of the search. To move away from it, use `without`.'],
  [
    'camera:canon at night',
    '"camera:canon" is read as words of the search. Only tag: and keyword: filter there; other filters are options.',
  ],
  [
    'a beach without people',
    'Models of this kind do not understand negation: a search "without people" finds people too. To move away from that, use `without`.',
  ],
  ['tags:dog', '"tags:dog" is read as words of the search. Only tag: and keyword: filter there; other filters are options.'],
])('%j has a word that does not do what it seems to', (words, warning) => expect(describeOperator(words)).toBe(warning));

test.each(['a dog on the beach', 'mother-in-law', 'rock - paper', 'at -5 degrees', 'at 12:30', 'a sign: stop', 'https://example.org', ''])(
  '%j has none',
  (words) => expect(describeOperator(words)).toBeUndefined(),
);
