import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutRelevant, gatherSpreads, type Spread } from './relevance.js';

test('a spread is mean, deviation and largest of each query, in whatever blocks the collection comes', () => {
  const similarities = fc.array(fc.tuple(fc.double({ min: 0.14, max: 0.35, noNaN: true }), fc.double({ min: -1, max: 1, noNaN: true })), {
    minLength: 1,
    maxLength: 40,
  });
  fc.assert(
    fc.property(similarities, fc.integer({ min: 1, max: 41 }), (pairs, block) => {
      const gatherer = gatherSpreads(2);
      for (let at = 0; at < pairs.length; at += block) gatherer.add(Float32Array.from(pairs.slice(at, at + block).flat()));
      for (const [query, spread] of gatherer.finish().entries()) {
        const values = pairs.map((pair) => Math.fround(pair[query] as number));
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        expect(spread.mean).toBeCloseTo(mean, 6);
        expect(spread.deviation).toBeCloseTo(Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length), 6);
        expect(spread.largest).toBeCloseTo(Math.max(...values), 9);
      }
    }),
  );
});

const background: Spread[] = [3, 4, 5].map((distance) => ({ mean: 0, deviation: 1, largest: distance }));

test('a query whose best image stands out less than the middling everyday word has nothing to show', () => {
  expect(cutRelevant({ mean: 0.2, deviation: 0.01, largest: 0.239 }, background)).toMatchObject({
    hasRelevant: false,
    needed: 4,
    minSimilarity: Number.POSITIVE_INFINITY,
  });
});

test('otherwise what stands out at least 0.7 times as far as the best is kept', () => {
  const cut = cutRelevant({ mean: 0.2, deviation: 0.01, largest: 0.25 }, background);
  expect(cut).toMatchObject({ hasRelevant: true, needed: 4 });
  expect(cut.best).toBeCloseTo(5, 9);
  expect(cut.minSimilarity).toBeCloseTo(0.235, 9);
});

test('the cut does not depend on where the band of similarities lies or how wide it is', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.1, max: 100, noNaN: true }), fc.double({ min: -5, max: 5, noNaN: true }), (scale, shift) => {
      const moved = (spread: Spread): Spread => ({
        mean: spread.mean * scale + shift,
        deviation: spread.deviation * scale,
        largest: spread.largest * scale + shift,
      });
      const query = { mean: 0.2, deviation: 0.05, largest: 0.5 };
      expect(cutRelevant(moved(query), background.map(moved)).minSimilarity).toBeCloseTo(
        cutRelevant(query, background).minSimilarity * scale + shift,
        6,
      );
    }),
  );
});

test.each([
  ['no images', gatherSpreads(1).finish()[0] as Spread],
  ['images that are all alike', { mean: 0.3, deviation: 0, largest: 0.3 }],
])('among %s nothing stands out', (_name, spread) => {
  expect(cutRelevant(spread, background).hasRelevant).toBe(false);
  expect(cutRelevant(spread, []).hasRelevant).toBe(false);
});
