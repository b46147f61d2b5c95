import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Embedding, normalize } from '../embedding.js';
import { createLabelSet } from '../label-set.js';
import { multiply, toMatrix } from '../matrix-product.js';
import { directionsOfExamples, strengthen } from './example-directions.js';
import { createLabelTest } from './several-labels.js';

const DIMENSION = 8;
const axis = (i: number): Embedding => Float32Array.from({ length: DIMENSION }, (_, j) => (i === j ? 1 : 0));
const mix = (...parts: number[]): Embedding => normalize(Float32Array.from({ length: DIMENSION }, (_, i) => parts[i] ?? 0));
const words = [4, 5, 6, 7].map(axis);
const tagsOf = (
  image: Embedding,
  labels: readonly Embedding[],
  more: { background?: readonly Embedding[]; minProbability?: number } = {},
) => {
  const { background = words, minProbability = 0.5 } = more;
  const { columns, decide } = createLabelTest(labels, background, { logitScale: 20, minProbability, topK: 10 });
  return decide(multiply(toMatrix([image]), columns));
};
const unit = fc
  .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: DIMENSION, maxLength: DIMENSION })
  .filter((values) => Math.hypot(...values) > 0.1)
  .map((values) => normalize(Float32Array.from(values)));
const units = fc.array(unit, { minLength: 1, maxLength: 6 });

test('an image of nothing in the label set gets no label, also where there are two', () => {
  expect(tagsOf(axis(4), [axis(0), axis(1)])).toEqual([]);
  expect(tagsOf(axis(0), [axis(0), axis(1)]).map(({ label }) => label)).toEqual([0]);
});

test('an image of two labels gets both, and one label alone is decided too', () => {
  const both = tagsOf(mix(1, 1), [axis(0), axis(1), axis(2)]).map(({ label }) => label);
  expect(both).toEqual([0, 1]);
  expect(tagsOf(axis(0), [axis(0)])).toHaveLength(1);
  expect(tagsOf(axis(5), [axis(0)])).toEqual([]);
});

test('permuting labels permutes the tags', () => {
  fc.assert(
    fc.property(unit, units, units, (image, labels, background) => {
      const there = tagsOf(image, labels, { background, minProbability: 0 });
      const back = tagsOf(image, labels.toReversed(), { background, minProbability: 0 });
      for (const { label, probability } of there)
        expect(back.find((tag) => tag.label === labels.length - 1 - label)?.probability).toBeCloseTo(probability, 5);
    }),
  );
});

test('a higher minimum keeps a part of the tags, with the same probabilities', () => {
  fc.assert(
    fc.property(unit, units, units, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (image, labels, background, minProbability) => {
      const all = tagsOf(image, labels, { background, minProbability: 0 });
      expect(tagsOf(image, labels, { background, minProbability })).toEqual(all.filter(({ probability }) => probability >= minProbability));
    }),
  );
});

test('a label that no image shows changes little', () => {
  const [without] = tagsOf(mix(1, 0.3), [axis(0), axis(1)], { minProbability: 0 });
  const [withIt] = tagsOf(mix(1, 0.3), [axis(0), axis(1), mix(-1, -1, -1)], { minProbability: 0 });
  expect(withIt?.probability).toBeCloseTo(without?.probability as number, 3);
});

test('where every word is a label itself, not everything becomes a tag', () => {
  expect(tagsOf(axis(4), words).map(({ label }) => label)).toEqual([0]);
});

const viewsOf = (images: readonly Embedding[], labels: readonly Embedding[]) => {
  const test = createLabelTest(labels, words, { logitScale: 20, minProbability: 0, topK: 10 });
  return { ...test, similarities: multiply(toMatrix(images), test.columns) };
};

test('the odds of an image with crops are the mean of its views: equal views say what one says', () => {
  fc.assert(
    fc.property(unit, units, (image, labels) => {
      const one = viewsOf([image], labels);
      const five = viewsOf([image, image, image, image, image], labels);
      const [a, b] = [one.probabilitiesOf(one.similarities), five.probabilitiesOf(five.similarities)];
      for (const [label, probability] of a.entries()) expect(b[label]).toBeCloseTo(probability, 9);
    }),
  );
});

test('a label in one of five views counts for a fifth of its odds, and its similarity is the largest', () => {
  const [dog, other] = [mix(1, 0, 0, 0, 0.9), axis(4)];
  const odds = (images: readonly Embedding[]): number => {
    const { probabilitiesOf, similarities } = viewsOf(images, [axis(0), axis(1)]);
    const [p] = probabilitiesOf(similarities) as unknown as [number];
    return p / (1 - p);
  };
  expect(odds([other, other, other, dog, other])).toBeCloseTo((odds([dog]) + 4 * odds([other])) / 5, 6);
  const { decide, similarities } = viewsOf([other, dog], [axis(0), axis(1)]);
  expect(decide(similarities)[0]).toMatchObject({ label: 0, similarity: dog[0] });
});

test('a label can have a cut of its own', () => {
  const { decide, similarities } = viewsOf([mix(1, 1)], [axis(0), axis(1)]);
  const [first, second] = decide(similarities).map(({ probability }) => probability) as [number, number];
  expect(decide(similarities, [first - 0.01, 1]).map(({ label }) => label)).toEqual([0]);
  expect(decide(similarities, [1, second - 0.01]).map(({ label }) => label)).toEqual([1]);
});

test('examples speak for a label beside its text, and say nothing of the others', async () => {
  const labels = [axis(0), axis(1)];
  const labelSet = createLabelSet(['one', 'other']);
  const seen = mix(0, 0, 1, 1); // what the text does not know
  const examples = [0.9, 1, 1.1].map((share, i) => ({
    contentHash: `${i}`,
    label: 'one',
    isPositive: true,
    embedding: mix(0, 0, 1, share),
  }));
  const { directions } = await directionsOfExamples(labelSet, examples, { background: words });
  const rule = { logitScale: 20, minProbability: 0, topK: 10 };
  const probabilities = (image: Embedding, more: object): number[] => {
    const { columns, probabilitiesOf, decide } = createLabelTest(labels, words, { ...rule, ...more });
    const row = multiply(toMatrix([image]), columns);
    const all = [...probabilitiesOf(row)];
    expect(decide(row).map(({ probability }) => probability)).toEqual(all.toSorted((a, b) => b - a));
    return all;
  };
  const [before, after] = [probabilities(seen, {}), probabilities(seen, { examples: directions })] as [number[], number[]];
  expect(after[0]).toBeGreaterThan(5 * (before[0] as number));
  expect(after[1]).toBe(before[1]);
  const [elsewhere, taught] = [probabilities(axis(5), {}), probabilities(axis(5), { examples: directions })] as [number[], number[]];
  expect(taught[0]).toBeLessThan(elsewhere[0] as number);
  const weak = { logitScale: 3, calibration: { slope: 1, intercept: -4 } };
  const stronger = strengthen(directions as NonNullable<typeof directions>, createLabelTest(labels, words, { ...rule, ...weak }), weak);
  const [plain, strong] = [directions, stronger].map((own) => probabilities(seen, { ...weak, examples: own })[0]) as [number, number];
  expect(strong).toBeGreaterThan(2 * plain); // the examples agree, and the text does not know them
  expect((await directionsOfExamples(labelSet, [], { background: words })).directions).toBeUndefined();
});
