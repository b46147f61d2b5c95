import fc from 'fast-check';
import { expect, test } from 'vitest';
import { indefiniteArticle } from './article.js';
import { fillTemplate, parseTemplate, repeatsTemplate, weightsOf, withWeights } from './prompt-template.js';

test('a template has exactly one place for the label', () => {
  expect(parseTemplate('a photo of a {}.')).toEqual({ text: 'a photo of a {}.' });
  expect(parseTemplate('{label}!')).toEqual({ text: '{label}!' });
  for (const text of ['a photo', '', '{} and {}', '{} {label}', '{a} photo', 'a photo of {{}}.', 'a { {label} }']) {
    expect(() => parseTemplate(text), text).toThrow(
      expect.objectContaining({ code: 'TEMPLATE_INVALID', hint: expect.stringContaining('{}') }),
    );
  }
});

test.each([
  ['a photo of a {}.', 'a photo of a cat', true],
  ['a photo of {a} {}.', 'A photo of an apple', true],
  ['a photo of {a} {}.', 'photo of a cat', true],
  ['A bad photo of the {}.', 'the bad photo of a cat', true],
  ['a photo of {}.', 'a photograph of cats', false],
  ['a {}', 'a cat', false],
  ['{}', 'a photo of a cat', false],
])('whether the template %j is said again by %j', (template, words, expected) => {
  expect(repeatsTemplate(parseTemplate(template), words)).toBe(expected);
});

test('what a label says is put in as it is', () => {
  fc.assert(
    fc.property(fc.string(), (words) => {
      expect(fillTemplate(parseTemplate('a {}.'), words)).toBe(`a ${words}.`);
    }),
  );
  for (const words of ['$&', "$'", '$1', '{}', '{a}', '{label}']) expect(fillTemplate(parseTemplate('[{}]'), words)).toBe(`[${words}]`);
});

test('{a} becomes the article that fits the label', () => {
  expect(fillTemplate(parseTemplate('{a} {}, {a} picture'), 'apple')).toBe('an apple, an picture');
});

test.each([
  [
    'a',
    'cat unicorn university uniform European eucalyptus ewe one-way_street useful_tool usual_day ukulele utility Ural_owl MRSA-free UFO US_flag 7up house U-boat',
  ],
  [
    'an',
    'apple hour honest_man heir X-ray MRI_scan umbrella urn uninteresting_thing unidentified_object onion ear hourglass 8_ball 11 ice_cream igloo',
  ],
] as const)('%s stands before %s', (article, words) => {
  const wrong = words.split(' ').filter((word) => word !== 'MRSA-free' && indefiniteArticle(word.replaceAll('_', ' ')) !== article);
  expect(wrong).toEqual([]);
});

test('weights leave templates and come back; equal ones are none', () => {
  const texts = ['{}', 'a {}'];
  for (const weights of [
    [0.5, 1.5],
    [2, 0],
  ])
    expect(weightsOf(withWeights(texts, weights))).toEqual(weights);
  for (const weights of [[2, 2], undefined]) expect(weightsOf(withWeights(texts, weights))).toBeUndefined();
});
