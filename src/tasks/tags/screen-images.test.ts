import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Screen } from '../../core/crops.js';
import { createLabelTest } from '../../core/decisions/several-labels.js';
import { type Embedding, normalize } from '../../core/embedding.js';
import { multiply, toMatrix } from '../../core/matrix-product.js';
import { openScreen } from './screen-images.js';

const DIMENSION = 8;
const unit = fc
  .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: DIMENSION, maxLength: DIMENSION })
  .filter((values) => Math.hypot(...values) > 0.1)
  .map((values) => normalize(Float32Array.from(values)));
const units = (minLength: number, maxLength: number): fc.Arbitrary<Embedding[]> => fc.array(unit, { minLength, maxLength });

test('an image that is left out has no label that reaches the minimum, and nearly all others have one', () => {
  let [kept, right] = [0, 0];
  const settings = fc.record({
    images: units(1, 9),
    labels: units(1, 9),
    words: units(0, 9),
    examples: fc.option(units(1, 1)),
    minProbability: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
    logitScale: fc.constantFrom(18, 100),
  });
  fc.assert(
    fc.property(settings, ({ images, labels, words, examples, ...limits }) => {
      const directions = examples ? { labels: [0], directions: examples, offsets: Float64Array.of(-0.1) } : undefined;
      const labelTest = createLabelTest(labels, words, { ...limits, topK: 10, examples: directions });
      const product = multiply(toMatrix(images), labelTest.columns);
      const flags = (openScreen(labelTest) as Screen)(product);
      for (const [image, flag] of flags.entries()) {
        const tags = labelTest.decide(product.subarray(image * labelTest.columns.rows, (image + 1) * labelTest.columns.rows));
        if (flag === 0) expect(tags).toEqual([]);
        kept += flag;
        right += flag && tags.length > 0 ? 1 : 0;
      }
    }),
    { numRuns: 1000 },
  );
  expect(right).toBeGreaterThan(0.9 * kept);
});

test('blocks of different sizes are told apart, and similarities that are no numbers are decided', () => {
  const axis = (i: number): Embedding => Float32Array.from({ length: DIMENSION }, (_, j) => (i === j ? 1 : 0));
  const labelTest = createLabelTest([axis(0), axis(1)], [axis(4), axis(5), axis(6)], { logitScale: 20, minProbability: 0.5, topK: 10 });
  const screen = openScreen(labelTest) as Screen;
  const flagsOf = (...images: Embedding[]): number[] => [...screen(multiply(toMatrix(images), labelTest.columns))];
  expect(flagsOf(axis(0))).toEqual([1]);
  const many = Array.from({ length: 5000 }, (_, i) => axis(i % DIMENSION));
  expect(flagsOf(...many)).toEqual(many.map((_, i) => (i % DIMENSION < 2 ? 1 : 0)));
  expect(flagsOf(axis(4), axis(1), axis(0).fill(Number.NaN))).toEqual([0, 1, 1]);
});
