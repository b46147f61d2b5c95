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

/** What the fingerprint has always been. */
function expectSha256(text: string): void {
  expect(fingerprint(text)).toBe(createHash('sha256').update(JSON.stringify(text)).digest('hex').slice(0, 16));
}

test('a fingerprint is the SHA-256 that node:crypto computes, at every length about its blocks of 64 bytes', () => {
  for (let length = 0; length < 200; length++) expectSha256('x'.repeat(length));
});

test('a fingerprint is the SHA-256 that node:crypto computes, for any characters and halves of characters', () => {
  for (const text of ['Käfer', '小熊猫', '🐼']) expectSha256(text);
  const anyText = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units));
  fc.assert(fc.property(anyText, expectSha256));
});
