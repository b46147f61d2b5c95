import { expect, test } from 'vitest';
import { formatBytes, formatExcess } from './format-bytes.js';

test('bytes are said in the largest unit that they fill', () => {
  expect([0, 999, 1500, 1.7e9].map(formatBytes)).toEqual(['0 B', '999 B', '1.5 kB', '1.7 GB']);
});

test('a limit and what is beyond it never read the same', () => {
  expect(formatExcess(1000, 150_000)).toEqual({ limit: '1.0 kB', bytes: '150.0 kB' });
  expect(formatExcess(2 ** 28, 2 ** 28 + 1)).toEqual({ limit: '268435456 bytes', bytes: '268435457 bytes' });
  expect(formatExcess(2 ** 28, undefined)).toEqual({ limit: '268.4 MB', bytes: 'more' });
});
