import { expect, test } from 'vitest';
import { effectiveTags, type ImageTag } from './image-tags.js';

const tag = (label: string, probability: number, labelSet = 'pets'): ImageTag => ({ label, probability, labelSet });

test('a label of several sets counts once, with its highest probability; the likeliest come first', () => {
  const tags = effectiveTags([tag('dog', 0.7), tag('beach', 0.9, 'places'), tag('dog', 0.8, 'animals')], []);
  expect(tags).toEqual([tag('beach', 0.9, 'places'), tag('dog', 0.8, 'animals')]);
});

test('what a person said wins: a label taken away stays away, one put there stands first without a probability', () => {
  const corrections = [
    { label: 'dog', isAdded: false },
    { label: 'wolf', isAdded: true },
    { label: 'cat', isAdded: true },
  ];
  expect(effectiveTags([tag('dog', 0.9), tag('cat', 0.5), tag('zebra', 0.8)], corrections)).toEqual([
    { label: 'cat', probability: undefined, labelSet: undefined },
    { label: 'wolf', probability: undefined, labelSet: undefined },
    tag('zebra', 0.8),
  ]);
});

test('taking away what is not there changes nothing', () => {
  expect(effectiveTags([tag('a', 0.5)], [{ label: 'b', isAdded: false }])).toEqual([tag('a', 0.5)]);
});
