import { expect, test } from 'vitest';
import { LabelwiseError } from '../errors.js';
import { toItemError } from './item-error.js';

test("an image's own error stays as it is, and an unexpected one gets a code and keeps its cause", () => {
  const damaged = new LabelwiseError('IMAGE_DAMAGED', 'cut short');
  expect(toItemError(damaged)).toBe(damaged);
  const bug = new TypeError('x is undefined');
  expect(toItemError(bug)).toMatchObject({ name: 'LabelwiseError', code: 'UNEXPECTED', cause: bug });
});

test('what is wrong with the process is no error of one image', () => {
  for (const code of ['ABORTED', 'CLOSED', 'NATIVE_LIBRARY_MISSING', 'OUT_OF_MEMORY'] as const) {
    const error = new LabelwiseError(code, 'stopped');
    expect(() => toItemError(error)).toThrow(error);
  }
});
