import { openDataset } from 'labelwise/datasets';
import { DEFAULT_IMAGE_LIMITS, decodeImage } from 'labelwise/encoders';
import { expect, test } from 'vitest';
import { goodExamples } from '../fixtures/examples.js';
import { PARITY } from '../fixtures/paths.js';

const numbers = Array.from({ length: 12 }, (_, n) => n);
const CASES = [
  ...['zstd', 'gzip', 'snappy', 'brotli', 'none'].map((codec) => ({
    file: `several-${codec}`,
    labelNames: ['a', 'b', 'c'],
    labels: numbers.map((n) => (n % 4 === 0 ? [] : [n % 3, (n + 1) % 3])),
    isMultiLabel: true,
  })),
  ...['raw-dictionary-v2', 'large-types'].map((file) => ({
    file,
    labelNames: ['cat', 'dog'],
    labels: numbers.map((n) => [n % 2 === 0 ? 1 : 0]),
    isMultiLabel: false,
  })),
  { file: 'uint8', labelNames: ['x', 'y', 'z'], labels: numbers.map((n) => [n % 3]), isMultiLabel: false },
];

test.each(CASES)('$file, written by pyarrow, gives its pictures and labels', async ({ file, labelNames, labels, isMultiLabel }) => {
  const dataset = await openDataset(`${PARITY}/parquet/${file}.parquet`, { labelNames });
  expect(dataset).toMatchObject({ size: 12, isMultiLabel });
  const examples = await goodExamples(dataset);
  expect(examples.map((example) => example.labels)).toEqual(labels);
  const colours = await Promise.all(
    examples.map(async ({ image }) => [...(await decodeImage(image as Uint8Array, DEFAULT_IMAGE_LIMITS)).data.subarray(0, 3)]),
  );
  expect(colours).toEqual(numbers.map((n) => [n, 2 * n, 3 * n]));
  expect(await goodExamples(dataset, 7)).toEqual(examples.slice(7));
});
