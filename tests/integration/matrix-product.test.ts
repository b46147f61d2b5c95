import { afterAll, beforeAll, expect, test } from 'vitest';
import { findDuplicateGroups, multiply, toMatrix } from '../../dist/library/core.js';
import { type OpenedMatrixProduct, openMatrixProduct } from '../../dist/library/encoders.js';

let opened: OpenedMatrixProduct;
beforeAll(async () => {
  opened = await openMatrixProduct();
});
afterAll(() => opened.close());

/** A linear congruence: the same numbers in each run. */
function vectors(rows: number, dimension: number): Float32Array[] {
  let state = 7;
  const next = (): number => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 31 - 1;
  };
  return Array.from({ length: rows }, () => Float32Array.from({ length: dimension }, next));
}

test.each([
  [1, 1, 1],
  [7, 3, 512],
  [130, 65, 33],
])('the product of [%i, d] and [%i, d] with d = %i is the plain one', async (m, n, dimension) => {
  const [a, b] = [toMatrix(vectors(m, dimension)), toMatrix(vectors(n, dimension))];
  const [fast, plain] = [await opened.multiply(a, b), multiply(a, b)];
  expect(fast).toHaveLength(m * n);
  for (const [i, value] of fast.entries()) expect(value).toBeCloseTo(plain[i] as number, 3);
});

test('its operands can be used again, and nothing times nothing is nothing', async () => {
  const a = toMatrix(vectors(2, 4));
  expect(await opened.multiply(a, a)).toEqual(await opened.multiply(a, a));
  expect(await opened.multiply(toMatrix([], 4), a)).toHaveLength(0);
});

test('it finds the same duplicates', async () => {
  const photos = vectors(300, 16).map((vector, i) => (i % 7 === 3 ? Float32Array.from({ length: 16 }, (_, k) => k) : vector));
  const unit = toMatrix(photos.map((v) => v.map((x) => x / Math.hypot(...v))));
  const fast = await findDuplicateGroups(unit, { minSimilarity: 0.99, multiply: opened.multiply, blockRows: 64 });
  expect(fast).toHaveLength(1);
  expect(fast.map((group) => group.map(({ row }) => row))).toEqual(
    (await findDuplicateGroups(unit, { minSimilarity: 0.99 })).map((group) => group.map(({ row }) => row)),
  );
});
