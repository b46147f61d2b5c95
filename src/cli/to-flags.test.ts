import { expect, test } from 'vitest';
import { ERROR_CATALOGUE, LabelwiseError } from '../errors.js';
import { exitCodeOf } from './exit-codes.js';
import { toFlags } from './to-flags.js';

test.each([
  ['Raise `maxImageMegapixels`.', 'Raise --max-image-megapixels.'],
  ['`db` or LABELWISE_HOME', '--db or LABELWISE_HOME'],
  ['Expected `labels` or `labelTable`', 'Expected --labels or --table'],
  ['`labelNames`, `models`, `templates`, `templateSets`', '--labels, --model, --template, --template-set'],
  ['a file named `A B`', 'a file named `A B`'],
])('%s is printed as %s', (message, printed) => expect(toFlags(message)).toBe(printed));

test.each([
  ['INVALID_ARGUMENT', 2],
  ['IMAGE_DAMAGED', 3],
  ['HUB_OFFLINE', 4],
  ['DISK_FULL', 5],
  ['UNEXPECTED', 70],
  ['CLOSED', 70],
  ['ABORTED', 130],
] as const)('%s ends with exit code %i', (code, exit) => expect(exitCodeOf(new LabelwiseError(code, ''))).toBe(exit));

test('any other error is a bug', () => expect(exitCodeOf(new TypeError())).toBe(70));

test('every code has an exit code', () => {
  for (const code of Object.keys(ERROR_CATALOGUE)) expect(exitCodeOf(new LabelwiseError(code as 'ABORTED', ''))).toBeGreaterThan(1);
});
