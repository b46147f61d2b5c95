import { expect, test } from 'vitest';
import { longDate, percent } from './format.js';

test('a probability is never rounded to certainty, nor to nothing', () => {
  expect([0, 0.0004, 0.0421, 0.42, 0.994, 0.99996, 1].map(percent)).toEqual(['0%', '<0.1%', '4.2%', '42%', '99.4%', '99.9%', '100%']);
});

test('a date is the day that the camera wrote, wherever the browser is', () => {
  expect(longDate('2024-03-12T23:59:00')).toBe('12 March 2024');
  expect(longDate('soon')).toBe('soon');
});
