import { expect, test } from 'vitest';
import { formatBytes, formatExcess } from './format-bytes.js';

test.each([
  [0, '0 bytes'],
  [1000, '1000 bytes'],
  [1024, '1 KiB'],
  [1536, '1.5 KiB'],
  [268435456, '256 MiB'],
  [2 ** 31, '2 GiB'],
])('%i bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

test('a limit and what is beyond it never read the same', () => {
  expect(formatExcess(1000, 150_000)).toEqual({ limit: '1000 bytes', bytes: '146.5 KiB' });
  expect(formatExcess(2 ** 28, 2 ** 28 + 1)).toEqual({ limit: '268435456 bytes', bytes: '268435457 bytes' });
  expect(formatExcess(2 ** 28, undefined)).toEqual({ limit: '256 MiB', bytes: 'more' });
});
