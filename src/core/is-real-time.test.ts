import { expect, test } from 'vitest';
import { isRealTime } from './is-real-time.js';

test.each([
  ['2024-02-29T00:00:00', true],
  ['2024-12-31T23:59:59', true],
  ['2023-02-29T00:00:00', false],
  ['2024-13-01T00:00:00', false],
  ['2024-06-31T00:00:00', false],
  ['2024-06-01T24:00:00', false],
  ['2024-06-01T12:60:00', false],
  ['yesterday', false],
])('%s is a time that there was: %s', (iso, isReal) => {
  expect(isRealTime(iso)).toBe(isReal);
});
