import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dotProduct, normalize } from './embedding.js';
import { toMatrix } from './matrix-product.js';
import { findDuplicateGroups } from './near-duplicates.js';

const angle = (degrees: number): Float32Array => Float32Array.of(Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180));
const rowsOf = (groups: Awaited<ReturnType<typeof findDuplicateGroups>>): number[][] => groups.map((group) => group.map(({ row }) => row));

test('what reaches the threshold is grouped, a chain joins its ends, what is alone stays out', async () => {
  const photos = toMatrix([0, 90, 5, 200, 10, 92].map(angle)); // 0, 5 and 10 degrees chain; 90 and 92 pair; 200 is alone
  const groups = await findDuplicateGroups(photos, { minSimilarity: Math.cos((6 * Math.PI) / 180) });
  expect(rowsOf(groups)).toEqual([
    [0, 2, 4],
    [1, 5],
  ]);
  expect(groups[0]?.[0]?.similarity).toBeCloseTo(Math.cos((5 * Math.PI) / 180), 5);
});

test('no images and one image have no duplicates', async () => {
  expect(await findDuplicateGroups(toMatrix([]), { minSimilarity: 0.9 })).toEqual([]);
  expect(await findDuplicateGroups(toMatrix([angle(1)]), { minSimilarity: 0.9 })).toEqual([]);
});

/** The groups by their definition: the connected parts of the graph of all pairs. */
function partsOf(vectors: readonly Float32Array[], minSimilarity: number): number[][] {
  const part = vectors.map((_, i) => i);
  for (let changed = true; changed; ) {
    changed = false;
    for (const [i, a] of vectors.entries())
      for (const [j, b] of vectors.entries()) {
        const least = Math.min(part[i] as number, part[j] as number);
        if (Math.fround(dotProduct(a, b)) < minSimilarity || part[i] === part[j]) continue;
        part[i] = part[j] = least;
        changed = true;
      }
  }
  const roots = [...new Set(part)];
  return roots.map((root) => part.flatMap((p, i) => (p === root ? [i] : []))).filter((rows) => rows.length > 1);
}

test('groups are the connected parts, however the rows are cut into blocks', async () => {
  const vector = fc
    .array(fc.integer({ min: -3, max: 3 }), { minLength: 3, maxLength: 3 })
    .map((values) => normalize(Float32Array.from(values)));
  await fc.assert(
    fc.asyncProperty(
      fc.array(vector, { maxLength: 14 }),
      fc.constantFrom(0.801, 0.951),
      fc.integer({ min: 1, max: 15 }),
      async (vectors, minSimilarity, blockRows) => {
        const groups = await findDuplicateGroups(toMatrix(vectors, 3), { minSimilarity, blockRows });
        expect(rowsOf(groups)).toEqual(partsOf(vectors, minSimilarity));
        for (const { row, similarity } of groups.flat()) {
          const others = vectors.filter((_, i) => i !== row).map((other) => dotProduct(other, vectors[row] as Float32Array));
          expect(similarity).toBeCloseTo(Math.max(...others), 5);
        }
      },
    ),
  );
});

test('progress counts pairs and ends at all of them', async () => {
  const progress: [number, number][] = [];
  await findDuplicateGroups(toMatrix([1, 2, 3, 4, 5].map(angle)), {
    minSimilarity: 2,
    blockRows: 2,
    onProgress: (...step) => progress.push(step),
  });
  expect(progress).toHaveLength(6);
  expect(progress.at(-1)).toEqual([10, 10]);
});
