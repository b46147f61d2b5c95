import { expect, test } from 'vitest';
import { type Concept, wordsAgainst } from './kinds.js';

const concepts: Concept[] = [['animal'], ['dog|domestic dog', 0], ['beagle', 1], ['cat', 0], ['pet'], ['puppy', 1, 4], ['car|auto']];
const words = ['animal', 'dog', 'beagle', 'cat', 'puppy', 'car', 'no concept'];
const left = (...labels: string[]): string[] => wordsAgainst(labels, words, concepts).map((place) => words[place] as string);

test('words for kinds of a label, and for what it is a kind of, do not speak against it', () => {
  expect(left('dog')).toEqual(['cat', 'car', 'no concept']);
  expect(left('beagle')).toEqual(['cat', 'puppy', 'car', 'no concept']);
  expect(left('pet')).toEqual(['animal', 'dog', 'beagle', 'cat', 'car', 'no concept']);
});

test('another name, a plural or other case finds the same concept; an unknown label leaves all words', () => {
  expect(left('Domestic_dogs')).toEqual(left('dog'));
  expect(left('selfie')).toEqual(words);
});
