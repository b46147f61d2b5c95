import { expect, test } from 'vitest';
import { isWithin, toPathBytes, toPathText } from './byte-path.js';

test('a path of any bytes comes back from its text', () => {
  const odd = Buffer.from('/a b/caf\xe9\xff%.png', 'latin1');
  expect(toPathText(odd)).toBe('file:///a%20b/caf%E9%FF%25.png');
  expect(toPathBytes(toPathText(odd))).toEqual(odd);
  expect(toPathText(Buffer.from('/a b/é%.png'))).toBe('/a b/é%.png');
});

test.each([
  ['/a', '/a', true],
  ['/a/b', '/a', true],
  ['/ab', '/a', false],
  ['/b', '/', true],
  ['/a\\b', '/a\\', false],
  ['C:\\a\\b', 'C:\\a', true],
  ['C:\\a', 'C:\\', true],
  ['file:///a%FF/b', '/', true],
  ['file:///a%FF', 'file:///a', false],
])('whether %s lies in %s', (path, folder, isInside) => expect(isWithin(path, folder)).toBe(isInside));
