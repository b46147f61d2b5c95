import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLabelSet } from './label-set.js';
import { parseLabelFile, parseLabelList } from './parse-labels.js';

const names = (set: ReturnType<typeof createLabelSet>) => set.labels.map((label) => label.name);
const refusal = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return `${(error as { code: string }).code}: ${(error as Error).message}`;
  }
  return 'nothing was thrown';
};

test('labels keep their order, and underscores become spaces in the prompt alone', () => {
  const set = createLabelSet(['dog', 'aquarium_fish', { label: 'cra', promptName: 'crab', synonyms: ['sea crab', ' '] }]);
  expect(set.labels).toEqual([
    { name: 'dog', promptName: 'dog', synonyms: [] },
    { name: 'aquarium_fish', promptName: 'aquarium fish', synonyms: [] },
    { name: 'cra', promptName: 'crab', synonyms: ['sea crab'] },
  ]);
});

test('no labels, blanks and duplicates are refused with their place', () => {
  expect(refusal(() => createLabelSet([]))).toMatch(/LABEL_SET_INVALID: Expected at least one label/);
  expect(refusal(() => createLabelSet(['a', ' ']))).toMatch(/entry 2, got a blank/);
  expect(refusal(() => createLabelSet(['café', 'x', 'cafe\u0301 ']))).toMatch(/"café" at entry 1 and again at entry 3/);
});

test('a fingerprint changes with order, name, prompt name and synonyms, and with nothing else', () => {
  const of = (...inputs: Parameters<typeof createLabelSet>[0]) => createLabelSet(inputs).fingerprint;
  expect(of('a', ' b ')).toBe(of('a', { label: 'b' }));
  expect(
    new Set([of('a', 'b'), of('b', 'a'), of('a', { label: 'b', promptName: 'c' }), of('a', { label: 'b', synonyms: ['c'] })]).size,
  ).toBe(4);
});

test('10,000 labels, 1,000 characters, emoji and template marks are labels like others', () => {
  const odd = ['x'.repeat(1000), '🐈‍⬛', '$&', '{}', "$'", '東京'];
  expect(names(createLabelSet([...odd, ...Array.from({ length: 10_000 }, (_, i) => `label ${i}`)]))).toHaveLength(10_006);
});

test('a file has a label a line, comments, prompt names and synonyms after tabs', () => {
  const set = parseLabelFile('\uFEFF# pets\r\ncat\r\ncra\tcrab\tsea crab\n#dog\nC# code\n');
  expect(names(set)).toEqual(['cat', 'cra', 'C# code']);
  expect(set.labels[1]).toEqual({ name: 'cra', promptName: 'crab', synonyms: ['sea crab'] });
});

test('a file with a blank, a duplicate, no labels or other bytes is refused with the number of the line', () => {
  expect(refusal(() => parseLabelFile('# a\ncat\n\ndog'))).toMatch(/at line 3, got a blank/);
  expect(refusal(() => parseLabelFile('# a\ncat\n# b\ndog\ncat'))).toMatch(/"cat" at line 2 and again at line 5/);
  expect(refusal(() => parseLabelFile('# nothing\n'))).toMatch(/at least one label/);
  expect(refusal(() => parseLabelFile(''))).toMatch(/at least one label/);
  expect(refusal(() => parseLabelFile('caf\uFFFD'))).toMatch(/UTF-8/);
});

test('a list parts at commas, and double quotes keep them', () => {
  expect(names(parseLabelList('cat, "black, white" ,red panda'))).toEqual(['cat', 'black, white', 'red panda']);
  expect(refusal(() => parseLabelList('a,,b'))).toMatch(/entry 2, got a blank/);
  expect(refusal(() => parseLabelList('a,'))).toMatch(/entry 2, got a blank/);
  expect(refusal(() => parseLabelList('  '))).toMatch(/at least one label/);
  for (const list of ['["cat", "dog"]', " ['cat','dog'] ", '["cat"]'])
    expect(refusal(() => parseLabelList(list))).toMatch(/list in brackets/);
  expect(names(parseLabelList('[MASK], [PAD]'))).toEqual(['[MASK]', '[PAD]']);
});

test('any unique words come back from a list and from a file', () => {
  const word = fc
    .stringMatching(/^[a-z0-9 äßé😀$&{}]{1,12}$/u)
    .map((text) => text.trim().normalize('NFC'))
    .filter((text) => text !== '');
  fc.assert(
    fc.property(fc.uniqueArray(word, { minLength: 1 }), (words) => {
      expect(names(parseLabelList(words.join(',')))).toEqual(words);
      expect(names(parseLabelFile(words.join('\n')))).toEqual(words);
    }),
  );
});
