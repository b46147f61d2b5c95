import { expect, test } from 'vitest';
import { breakable } from './escape-html.js';

test.each([
  ['IMG_20240601_143000.jpg', 'IMG_<wbr>20240601_<wbr>143000.<wbr>jpg'],
  ['photos/2024-06/a&b.jpg', 'photos/<wbr>2024-<wbr>06/<wbr>a&amp;b.<wbr>jpg'],
  ['holidayPhoto', 'holiday<wbr>Photo'],
])('%s may break where its parts end', (name, html) => {
  expect(breakable(name)).toBe(html);
});
