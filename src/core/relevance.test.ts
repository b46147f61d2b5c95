import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutRelevant, gatherSpreads, type Spread } from './relevance.js';

test('a spread is mean and largest of each query, in whatever blocks the collection comes', () => {
  const value = fc.double({ min: -1, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 41 }), (pairs, block) => {
      const gatherer = gatherSpreads(2);
      for (let at = 0; at < pairs.length; at += block) gatherer.add(Float32Array.from(pairs.slice(at, at + block).flat()));
      for (const [query, spread] of gatherer.finish().entries()) {
        const values = pairs.map((pair) => Math.fround(pair[query] as number));
        expect(spread.mean).toBeCloseTo(values.reduce((sum, x) => sum + x, 0) / values.length, 6);
        expect(spread.largest).toBeCloseTo(Math.max(...values), 9);
      }
    }),
  );
});

/** Everyday words whose best images have these similarities: four in five stay below 0.34. */
const background: Spread[] = [0.2, 0.25, 0.28, 0.3, 0.34, 0.4].map((largest) => ({ mean: 0.15, largest }));

test('a query whose best image is less similar than those of four in five everyday words has nothing to show', () => {
  const cut = cutRelevant({ mean: 0.15, largest: 0.33 }, background);
  expect(cut).toMatchObject({ hasRelevant: false, minSimilarity: Number.POSITIVE_INFINITY, best: 0.33 });
  expect(cut.needed).toBeCloseTo(0.34, 9);
});

test('otherwise what lies at least 0.6 of the way from the mean to the best is kept', () => {
  const cut = cutRelevant({ mean: 0.15, largest: 0.35 }, background);
  expect(cut.hasRelevant).toBe(true);
  expect(cut.minSimilarity).toBeCloseTo(0.27, 9);
});

test('the cut does not depend on where the band of similarities lies or how wide it is', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.1, max: 100, noNaN: true }), fc.double({ min: -5, max: 5, noNaN: true }), (scale, shift) => {
      const moved = ({ mean, largest }: Spread): Spread => ({ mean: mean * scale + shift, largest: largest * scale + shift });
      const query = { mean: 0.2, largest: 0.5 };
      const expected = cutRelevant(query, background).minSimilarity * scale + shift;
      expect(cutRelevant(moved(query), background.map(moved)).minSimilarity).toBeCloseTo(expected, 6);
    }),
  );
});

test.each([
  ['no images', gatherSpreads(1).finish()[0] as Spread],
  ['images that are all alike', { mean: 0.3, largest: 0.3 }],
])('among %s nothing stands out', (_name, spread) => {
  expect(cutRelevant(spread, background).hasRelevant).toBe(false);
  expect(cutRelevant(spread, []).hasRelevant).toBe(false);
});
