import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dotProduct } from './embedding.js';
import { multiply, sliceRows, toMatrix } from './matrix-product.js';

const size = fc.integer({ min: 0, max: 11 });

test('each entry is the dot product of a row and a row, whatever the sizes', () => {
  const value = fc.float({ min: -2, max: 2, noNaN: true });
  const rowsOf = (rows: number, dimension: number) =>
    fc.array(fc.array(value, { minLength: dimension, maxLength: dimension }), { minLength: rows, maxLength: rows });
  const input = fc
    .tuple(size, size, fc.integer({ min: 1, max: 9 }))
    .chain(([m, n, d]) => fc.tuple(rowsOf(m, d), rowsOf(n, d), fc.constant(d)));
  fc.assert(
    fc.property(input, ([a, b, dimension]) => {
      const [rows, columns] = [a.map((row) => Float32Array.from(row)), b.map((row) => Float32Array.from(row))];
      const product = multiply(toMatrix(rows, dimension), toMatrix(columns, dimension));
      expect(product).toHaveLength(a.length * b.length);
      for (const [i, row] of rows.entries())
        for (const [j, column] of columns.entries()) expect(product[i * b.length + j]).toBeCloseTo(dotProduct(row, column), 4);
    }),
  );
});

test('a slice of rows shares the memory of the matrix and ends with it', () => {
  const matrix = toMatrix([Float32Array.of(1, 2), Float32Array.of(3, 4), Float32Array.of(5, 6)]);
  const slice = sliceRows(matrix, 1, 9);
  expect([slice.rows, ...slice.values]).toEqual([2, 3, 4, 5, 6]);
  expect(slice.values.buffer).toBe(matrix.values.buffer);
});
