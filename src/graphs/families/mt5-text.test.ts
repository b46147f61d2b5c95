import { expect, test } from 'vitest';
import { bucketOf } from './mt5-text.js';

test('near distances have a bucket each and farther ones share them, as in transformers 5.24', () => {
  const firsts = Array.from({ length: 600 }, (_, i) => i).filter((i) => i === 0 || bucketOf(i) !== bucketOf(i - 1));
  expect(firsts).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 23, 32, 46, 64, 91]);
  expect(firsts.map(bucketOf)).toEqual([0, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31]);
  expect(firsts.slice(1).every((i) => bucketOf(-i) === bucketOf(i) - 16)).toBe(true);
});
