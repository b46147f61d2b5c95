import { expect, test } from 'vitest';
import type { LabelwiseError } from '../errors.js';
import { refuseOtherEncoder } from './open-index.js';

function hintOf(made: string, now: string): string | undefined {
  try {
    refuseOtherEncoder({ encoder: { name: made, fingerprint: 'before' } as never }, { name: now, fingerprint: 'after' });
  } catch (error) {
    return (error as LabelwiseError).hint;
  }
  return undefined;
}

test('an index of an earlier embedded model offers its own migration', () => {
  expect(hintOf('pocket', 'pocket')).toBe(
    'This version of labelwise has a new embedded model. Embed the images again: labelwise index migrate --model pocket',
  );
  expect(hintOf('some/clip', 'some/clip')).toContain('other files of the same model');
});
