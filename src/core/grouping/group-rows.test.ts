import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dotProduct, normalize } from '../embedding.js';
import { toMatrix } from '../matrix-product.js';
import { findOddRows } from './find-odd-rows.js';
import { groupRows } from './group-rows.js';

/** Numbers that a seed decides (mulberry32). */
function randomOf(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}

/** Rows about as many directions, each with a little noise. */
function clouds(groups: number, each: number, noise: number): Float32Array[] {
  const random = randomOf(7);
  const scatter = (): number => (random(2001) - 1000) / 1000;
  const centres = Array.from({ length: groups }, () => normalize(Float32Array.from({ length: 16 }, scatter)));
  return Array.from({ length: groups * each }, (_, i) =>
    normalize((centres[i % groups] as Float32Array).map((value) => value + noise * scatter())),
  );
}

test('rows about five directions are five groups, whatever the seed', async () => {
  const rows = toMatrix(clouds(5, 20, 0.1));
  for (const seed of [1, 2, 3]) {
    const { groupOf, similarities } = await groupRows(rows, { groups: 5, random: randomOf(seed) });
    expect(new Set(groupOf).size).toBe(5);
    for (let row = 5; row < rows.rows; row++) expect(groupOf[row]).toBe(groupOf[row % 5]);
    expect(Math.min(...similarities)).toBeGreaterThan(0.9);
  }
});

test('the same seed gives the same groups', async () => {
  const rows = toMatrix(clouds(9, 12, 0.8));
  const [a, b] = [await groupRows(rows, { groups: 6, random: randomOf(4) }), await groupRows(rows, { groups: 6, random: randomOf(4) })];
  expect(a).toEqual(b);
});

test('equal rows make fewer groups than asked for, and one row is one group', async () => {
  const one = normalize(Float32Array.of(1, 2, 3));
  const { groupOf } = await groupRows(toMatrix([one, one, one, one]), { groups: 3, random: randomOf(1) });
  expect([...groupOf]).toEqual([0, 0, 0, 0]);
  expect([...(await groupRows(toMatrix([one]), { groups: 1, random: randomOf(1) })).groupOf]).toEqual([0]);
});

test('each row is in the group whose centre is nearest, and has that similarity', async () => {
  const vector = fc
    .array(fc.integer({ min: -9, max: 9 }), { minLength: 4, maxLength: 4 })
    .filter((values) => values.some((value) => value !== 0));
  await fc.assert(
    fc.asyncProperty(fc.array(vector, { minLength: 2, maxLength: 25 }), fc.integer({ min: 1, max: 6 }), async (vectors, groups) => {
      const rows = vectors.map((values) => normalize(Float32Array.from(values)));
      const { groupOf, similarities, centres } = await groupRows(toMatrix(rows), {
        groups: Math.min(groups, rows.length),
        random: randomOf(1),
      });
      for (const [i, row] of rows.entries()) {
        const to = (group: number): number => dotProduct(row, centres.values.subarray(group * 4, (group + 1) * 4));
        expect(similarities[i]).toBeCloseTo(Math.min(1, to(groupOf[i] as number)), 5);
        for (let group = 0; group < centres.rows; group++) expect(to(group)).toBeLessThanOrEqual(to(groupOf[i] as number) + 1e-6);
      }
    }),
    { numRuns: 60 },
  );
});

test('odd rows are far from their group or alone in it, the farthest first', () => {
  const groupOf = Int32Array.from([...Array.from({ length: 40 }, (_, i) => i % 2), 2, 0, 1]);
  const similarities = Float32Array.from([...Array.from({ length: 40 }, (_, i) => 0.8 + (i % 7) / 100), 1, 0.4, 0.3]);
  expect(findOddRows(groupOf, similarities)).toEqual([42, 41, 40]);
  expect(findOddRows(Int32Array.of(0, 0, 0), Float32Array.of(1, 1, 1))).toEqual([]);
});
