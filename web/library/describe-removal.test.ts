import { expect, test } from 'vitest';
import { describeRemoval } from './describe-removal.js';

test.each([
  ['a file of a folder', { name: 'cat.jpg', isUploaded: false, files: 2 }, /^Your file stays where it is/],
  ['a file that was sent', { name: 'cat.jpg', isUploaded: true, files: 1 }, /^The file was sent to the service\. It is deleted/],
  ['both', { name: 'cat.jpg', isUploaded: true, files: 2 }, /^The copy .* is deleted .* Each file in your folders stays/],
  ['several pictures', 'several', /sent to the service is deleted .* A file in one of your folders stays/],
] as const)('a person reads what is deleted and what stays: %s', (_, removal, text) => {
  expect(describeRemoval(1, removal).text).toMatch(text);
});
