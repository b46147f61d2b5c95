import fc from 'fast-check';
import { expect, test } from 'vitest';
import { logSumExp } from './log-sum-exp.js';

const plain = (logits: readonly number[]): number => {
  const largest = Math.max(...logits);
  return largest + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0));
};

test('the sum is that of Math.exp to a part in 10^14', () => {
  const logit = fc.double({ min: -1000, max: 1000, noNaN: true });
  fc.assert(
    fc.property(fc.array(logit, { minLength: 1, maxLength: 50 }), (logits) => {
      expect(Math.abs(logSumExp(Float64Array.from(logits)) - plain(logits))).toBeLessThan(1e-14 * Math.max(1, Math.abs(plain(logits))));
    }),
  );
});

test('each step of the table is right, and so is what lies between two of them', () => {
  for (let i = 0; i < 20_000; i++) {
    const below = i * 0.00237;
    expect(Math.expm1(logSumExp(Float64Array.of(0, -below)) - Math.log1p(Math.exp(-below)))).toBeCloseTo(0, 14);
  }
});

test('nothing sums to minus infinity, and what is no number stays none', () => {
  expect(logSumExp(new Float64Array(0))).toBe(Number.NEGATIVE_INFINITY);
  expect(logSumExp(Float64Array.of(3, Number.NEGATIVE_INFINITY))).toBe(3);
  expect(logSumExp(Float64Array.of(1, Number.NaN))).toBeNaN();
});
