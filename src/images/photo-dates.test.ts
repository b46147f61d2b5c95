import { expect, test } from 'vitest';
import { dateInName } from './photo-dates.js';

test.each([
  ['IMG_20240601_143000.jpg', '2024-06-01T14:30:00'],
  ['PXL_20240601_143000123.jpg', '2024-06-01T14:30:00'],
  ['2024-06-01 14.30.00.jpg', '2024-06-01T14:30:00'],
  ['Screenshot_20240601-143000_Maps.png', '2024-06-01T14:30:00'],
  ['Screenshot 2024-06-01 at 14.30.00.png', '2024-06-01T14:30:00'],
  ['IMG-20240601-WA0001.jpg', '2024-06-01'],
  ['2024_06_01 party.jpg', '2024-06-01'],
  ['signal-2024-06-01-143000.jpg', '2024-06-01T14:30:00'],
])('%s was taken at %s', (name, date) => {
  expect(dateInName(name)).toBe(date);
});

test.each([
  'IMG_0001.jpg',
  'DSC20240.jpg',
  '1234520240601.jpg',
  '20240631.jpg',
  '20241301.jpg',
  '202406011.jpg',
  '3024-06-01.jpg',
  'a.jpg',
])('%s names no date', (name) => {
  expect(dateInName(name)).toBeUndefined();
});
