import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fingerprint } from './fingerprint.js';

test('a fingerprint never changes: stored tables are found by it', () => {
  expect(fingerprint({ labels: ['cat', 'dog'], templates: ['a photo of a {}.'] })).toBe('9a8f5bedd8c475a7');
});

test('key order does not change a fingerprint, and list order does', () => {
  expect(fingerprint({ a: 1, b: { d: 2, c: 3 } })).toBe(fingerprint({ b: { c: 3, d: 2 }, a: 1 }));
  expect(fingerprint(['a', 'b'])).not.toBe(fingerprint(['b', 'a']));
});

test('a fingerprint is the SHA-256 that node:crypto computes, for any text of any length', () => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.constantFrom('\ud800', '\0'));
  fc.assert(
    fc.property(text, (value) => {
      const expected = createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
      expect(fingerprint(value)).toBe(expected);
    }),
  );
});
