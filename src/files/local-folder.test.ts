import { sep } from 'node:path';
import { expect, test } from 'vitest';
import { assertLocalFolder } from './local-folder.js';

test.each(['db', 'a b', 'a%20b', '#', 'a?b', 'C:', 'ä/日本/😀', '~', "it's"])('%s is the name of a folder', (folder) => {
  expect(() => assertLocalFolder(folder, '`db`')).not.toThrow();
});

test.each<[string, RegExp]>([
  ['a\tb', /without control characters.*"[^"]*a\\tb"/],
  ['a/\x7f/b', /without control characters/],
  ['s3://bucket/db', /the address s3:\/\/bucket\/db/],
  ['GS://bucket', /the address/],
  ...(sep === '/' ? [['a\\', /backslash/] satisfies [string, RegExp]] : []),
])('%j is refused', (folder, message) => {
  expect(() => assertLocalFolder(folder, '`db`')).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) }),
  );
});
