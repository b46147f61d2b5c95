import { expect, test } from 'vitest';
import { isWorthJoining } from './join-fragments.js';

test.each([
  ['a young table', { rows: 25_600, fragments: 50, median: 512 }, true],
  ['a table to which a fourth was added', { rows: 125_600, fragments: 51, median: 512 }, true],
  ['a large table to which little was added', { rows: 525_600, fragments: 51, median: 512 }, false],
  ['a large table to which a fourth was added', { rows: 625_000, fragments: 245, median: 512 }, true],
  ['a table of full fragments and some small ones', { rows: 3 * 2 ** 20 + 25_600, fragments: 53, median: 512 }, true],
  ['a table of a great many fragments', { rows: 1_000_000, fragments: 1000, median: 10 }, true],
])('%s is joined if that is worth it', (_what, facts, expected) => {
  expect(isWorthJoining(facts)).toBe(expected);
});
