import { expect, test } from 'vitest';
import { plainNote } from './plain-note.js';

test('a note names the filters as the page does', () => {
  expect(plainNote('No image in the index passes `near` 48.1, 11.6.')).toBe('No image in the index passes “Near” 48.1, 11.6.');
  expect(plainNote('`minRating` and `other`')).toBe('“Rating” and “other”');
});
