import { stat } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { faultKind, toFault } from './file-fault.js';

const saying = (code: string): Error => Object.assign(new Error(`${code}: it is so, read`), { code, errno: -1, syscall: 'read' });

test.each([
  'EIO',
  'ETIMEDOUT',
  'ESTALE',
  'EMFILE',
  'ENFILE',
  'EBUSY',
  'ENODEV',
  'ENXIO',
  'ENOTCONN',
  'EHOSTDOWN',
  'Unknown system error -123',
])('%s passes', (code) => {
  expect(faultKind(saying(code))).toBe('passing');
  expect(toFault('/a.jpg', saying(code)).error).toMatchObject({ code: 'INPUT_UNREADABLE', hint: expect.stringContaining('next run') });
});

test.each(['EACCES', 'EPERM', 'ENAMETOOLONG'])('%s lasts', (code) => {
  expect(faultKind(saying(code))).toBe('lasting');
});

test('what is not there is gone, and what no system said lasts', async () => {
  const cause = await stat('/nowhere/at/all').catch((error: unknown) => error);
  expect(faultKind(cause)).toBe('gone');
  expect(faultKind(new TypeError('a bug'))).toBe('lasting');
});
