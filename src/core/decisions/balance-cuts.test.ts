import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCutBalancer, LEAST_BALANCED } from './balance-cuts.js';

const cutsOf = (images: readonly (readonly number[])[]): number[] => {
  const balancer = createCutBalancer(images[0]?.length ?? 0);
  for (const probabilities of images) balancer.add(Float64Array.from(probabilities));
  return [...balancer.cuts()];
};

/** The F1 that the probabilities of one label promise above a cut. */
const promised = (probabilities: readonly number[], cut: number): number => {
  const kept = probabilities.filter((p) => p >= cut);
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  return (2 * sum(kept)) / (kept.length + sum(probabilities) || 1); // nothing is kept, and nothing promised
};

test('a label that is often sure gets a high cut, one that is seldom sure a low one', () => {
  const images = Array.from({ length: 100 }, (_, i) => [i < 50 ? 0.99 : 0.3, i < 10 ? 0.4 : 0.02]);
  const [sure, unsure] = cutsOf(images) as [number, number];
  expect(sure).toBeGreaterThan(0.3);
  expect(unsure).toBeGreaterThan(0.02);
  expect(unsure).toBeLessThanOrEqual(0.4);
});

test('no other cut promises more, up to the width of a bin', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(share, { minLength: 1, maxLength: 50 }), fc.double({ min: LEAST_BALANCED, max: 1, noNaN: true }), (all, other) => {
      const [cut] = cutsOf(all.map((p) => [p])) as [number];
      expect(promised(all, cut)).toBeGreaterThanOrEqual(promised(all, other) - 0.01);
    }),
    { examples: [[[0], LEAST_BALANCED]] },
  );
});

test('what is hardly likely is no tag, also where nothing is likelier', () => {
  expect(cutsOf([[0.01], [0.001]])).toEqual([LEAST_BALANCED]);
});
