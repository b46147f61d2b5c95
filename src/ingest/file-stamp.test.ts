import { expect, test } from 'vitest';
import { isSameStamp, isUnchanged } from './file-stamp.js';

const stamp = { size: 1, mtime: 1_000, ctime: 2_000, inode: 3 };
const row = { ...stamp, checked_at: 1_000_000 };

test.each(['size', 'mtime', 'ctime', 'inode'] as const)('a file is another when its %s is', (name) => {
  expect(isUnchanged(stamp, row)).toBe(true);
  expect(isUnchanged({ ...stamp, [name]: 9 }, row)).toBe(false);
  expect(isSameStamp({ ...stamp, [name]: 9 }, row)).toBe(false);
});

test.each([null, undefined])('a row that knows no ctime (%s) is told by the rest', (ctime) => {
  expect(isUnchanged(stamp, { ...row, ctime })).toBe(true);
  expect(isUnchanged({ ...stamp, inode: 9 }, { ...row, ctime })).toBe(false);
});

test('a file that changed within a tick of the clock before it was read is read again', () => {
  expect(isUnchanged({ ...stamp, mtime: 999_000 }, { ...row, mtime: 999_000 })).toBe(false);
  expect(isUnchanged({ ...stamp, ctime: 999_990 }, { ...row, ctime: 999_990 })).toBe(false);
  expect(isUnchanged({ ...stamp, ctime: 999_900 }, { ...row, ctime: 999_900 })).toBe(true);
  expect(isUnchanged(stamp, undefined)).toBe(false);
});
