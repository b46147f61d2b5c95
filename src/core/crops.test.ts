import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CROPS, cropBoxes, eachOfBlock, largestOfViews } from './crops.js';
import { type Matrix, multiply } from './matrix-product.js';

test('crops are squares within the image, in its corners', () => {
  const side = fc.integer({ min: 1, max: 5000 });
  fc.assert(
    fc.property(side, side, (width, height) => {
      const boxes = cropBoxes({ width, height });
      expect(boxes).toHaveLength(CROPS);
      for (const box of boxes) {
        expect(box.width).toBe(box.height);
        expect(Math.min(box.left, box.top)).toBeGreaterThanOrEqual(0);
        expect(box.left + box.width).toBeLessThanOrEqual(width);
        expect(box.top + box.height).toBeLessThanOrEqual(height);
      }
      expect(Math.max(...boxes.map((box) => box.left + box.width))).toBe(width);
      expect(Math.max(...boxes.map((box) => box.top + box.height))).toBe(height);
    }),
  );
  expect(cropBoxes({ width: 900, height: 600 })[3]).toEqual({ left: 500, top: 200, width: 400, height: 400 });
});

test('each image of a block comes with the similarities of its own crops', async () => {
  const images = 600; // more than are multiplied at once
  const matrix = (rows: number, valueAt: (row: number) => number): Matrix => ({
    values: Float32Array.from({ length: rows }, (_, row) => valueAt(row)),
    rows,
    dimension: 1,
  });
  const block = {
    contentHashes: Array.from({ length: images }, (_, i) => `${i}`),
    embeddings: matrix(images, (i) => i),
    crops: matrix(images * CROPS, (i) => 1000 + i),
  };
  const columns = matrix(2, (i) => i + 1);
  const seen: number[] = [];
  await eachOfBlock(block, { columns, multiply }, (image, similarities) => {
    seen.push(image);
    const views = [image, ...Array.from({ length: CROPS }, (_, crop) => 1000 + image * CROPS + crop)];
    expect([...similarities]).toEqual(views.flatMap((value) => [value, 2 * value]));
    expect([...largestOfViews(similarities, 2)]).toEqual([views.at(-1), 2 * (views.at(-1) as number)]);
  });
  expect(seen).toEqual([...Array(images).keys()]);
});
