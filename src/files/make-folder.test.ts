import { existsSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolder } from './make-folder.js';

test('folders are made with those above them, also by several at once', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'labelwise-')), 'a/b/c');
  await Promise.all(Array.from({ length: 8 }, () => makeFolder(path)));
  expect(statSync(path).isDirectory()).toBe(true);
  await makeFolder(path);
});

test('a file in the way is an error', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'labelwise-')), 'file');
  writeFileSync(file, '');
  await expect(makeFolder(file)).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(makeFolder(join(file, 'a/b'))).rejects.toMatchObject({ code: 'ENOTDIR' });
});

test.skipIf(!existsSync('/proc/self'))(
  'a file system that takes no folders and says that there is none above them is an error, not a wait without end',
  async () => {
    await expect(makeFolder('/proc/nothing/here')).rejects.toMatchObject({ code: 'ENOENT' });
  },
);
