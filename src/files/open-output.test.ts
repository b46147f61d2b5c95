import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openOutput, writeOutput } from './open-output.js';

const folder = (): string => mkdtempSync(join(tmpdir(), 'labelwise-'));
const ELSEWHERE = 'choose another place with `out`';

test('a file has its name, whole, from its end on, and its folder is made', async () => {
  const path = join(folder(), 'a/b/rows.csv');
  await using file = await openOutput(path, ELSEWHERE);
  await file.write('first,');
  await file.write('é'.repeat(100_000));
  await file.write(Uint8Array.of(10));
  expect(existsSync(path)).toBe(false);
  await file.end();
  expect(readFileSync(path, 'utf8')).toBe(`first,${'é'.repeat(100_000)}\n`);
});

test('what stood there stays until the end, and for good when there is none', async () => {
  const path = join(folder(), 'page.html');
  writeFileSync(path, 'before');
  {
    await using file = await openOutput(path, ELSEWHERE);
    await file.write('x'.repeat(200_000));
    expect(readFileSync(path, 'utf8')).toBe('before');
  }
  expect(readFileSync(path, 'utf8')).toBe('before');
  expect(readdirSync(join(path, '..'))).toEqual(['page.html']);
});

test.skipIf(process.platform === 'win32')('permissions are kept, and a link leads to the file that is replaced', async () => {
  const place = folder();
  writeFileSync(join(place, 'file'), 'before');
  chmodSync(join(place, 'file'), 0o666);
  symlinkSync('file', join(place, 'link'));
  await writeOutput(join(place, 'link'), 'after', ELSEWHERE);
  expect([readFileSync(join(place, 'file'), 'utf8'), statSync(join(place, 'file')).mode & 0o777]).toEqual(['after', 0o666]);
  expect(readdirSync(place)).toEqual(['file', 'link']);
});

test('a place that cannot be is refused at once, with what to do', async () => {
  const place = folder();
  writeFileSync(join(place, 'file'), '');
  for (const path of [place, join(place, 'file/below'), join(place, 'x'.repeat(300))])
    await expect(openOutput(path, ELSEWHERE)).rejects.toMatchObject({
      code: 'OUTPUT_UNWRITABLE',
      message: expect.stringContaining(`${path} cannot be written`),
      hint: 'Choose another place with `out`.',
    });
  expect(readdirSync(place)).toEqual(['file']);
});

test.skipIf(!existsSync('/dev/full'))('a device is written to directly, and a full one is DISK_FULL', async () => {
  await writeOutput('/dev/null', 'x', ELSEWHERE);
  await expect(writeOutput('/dev/full', 'x', ELSEWHERE)).rejects.toMatchObject({ code: 'DISK_FULL' });
});
