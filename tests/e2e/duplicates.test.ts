import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { cli, rowsOf } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { index, putFile, tinyPng } from '../fixtures/photo-folder.js';

interface Group {
  keep: string;
  images: { path: string; alsoAt: string[] }[];
}

/** Readers ignore bytes after a PNG's end: the same picture, another content. */
const again = (picture: Buffer, more: string): Buffer => Buffer.concat([picture, Buffer.from(more)]);
const PICTURE = tinyPng('crab');

let folder: string;
let db: string;
const at = (name: string): string => join(folder, name);
const short = (path: string): string => path.slice(folder.length + 1);
async function duplicates() {
  const result = await cli(['duplicates', '--min-similarity', '0.9999', '--json', '--db', db]);
  const groups = rowsOf<Group>(result);
  return { groups, paths: groups.map(({ images }) => images.map(({ path }) => short(path))), stderr: result.stderr };
}
const search = async (): Promise<{ path: string; alsoAt: string[] }[]> =>
  rowsOf(await cli(['search', '--where', 'width > 0', '--json', '--db', db]));

beforeEach(() => {
  [folder, db] = [temporaryFolder(), temporaryFolder()];
});

test('the page obeys the image limits of the settings', async () => {
  putFile(at('a.png'), PICTURE);
  putFile(at('b.png'), again(PICTURE, 'x'));
  await index(db, folder);
  const page = at('page.html');
  const { code, stderr } = await cli(['duplicates', '--html', page, '--db', db], { env: { LABELWISE_MAX_IMAGE_BYTES: '10' } });
  expect([code, stderr]).toEqual([0, expect.stringContaining(`page: ${page}`)]);
  expect(readFileSync(page, 'utf8')).not.toContain('<img');
});

describe.skipIf(process.platform === 'win32')('names of one file', () => {
  test('a link and its target, and hard links, are one entry under a name that is no link', async () => {
    putFile(at('real/a.png'), PICTURE);
    putFile(at('real/b.png'), again(PICTURE, 'x'));
    mkdirSync(at('albums'));
    symlinkSync('../real/a.png', at('albums/best.png'));
    linkSync(at('real/b.png'), at('albums/hard.png'));
    await index(db, at('real'), at('albums'));
    const { groups, paths } = await duplicates();
    expect(paths).toEqual([['albums/hard.png', 'real/a.png']]);
    expect(groups[0]?.images.map(({ alsoAt }) => alsoAt.map(short))).toEqual([['real/b.png'], ['albums/best.png']]);
    expect(groups[0]?.keep).toBe(at('albums/hard.png'));
  });

  test('a file that only links repeat has no duplicates, also where a folder is linked', async () => {
    putFile(at('real/a.png'), PICTURE);
    symlinkSync('real', at('other'));
    linkSync(at('real/a.png'), at('hard.png'));
    await index(db, at('real'));
    await index(db, at('other'));
    await index(db, folder);
    expect((await duplicates()).groups).toEqual([]);
  });
});

test('after a folder was renamed, only the path that exists is listed and shown', async () => {
  putFile(at('Media/crab.png'), PICTURE);
  await index(db, at('Media'));
  renameSync(at('Media'), at('Photos'));
  await index(db, at('Photos'));
  const { groups, stderr } = await duplicates();
  expect(groups).toEqual([]);
  expect(stderr).toContain('1 indexed file left out: no longer there, or on a missing volume.');
  expect(await search()).toMatchObject([{ path: at('Photos/crab.png'), alsoAt: [] }]);
});

test('search names an image whose files are all gone by the paths of the index', async () => {
  for (const name of ['a/1.png', 'b/1.png']) putFile(at(name), PICTURE);
  await index(db, folder);
  renameSync(folder, `${folder}-away`);
  expect(await search()).toMatchObject([{ path: at('a/1.png'), alsoAt: [at('b/1.png')] }]);
  renameSync(`${folder}-away`, folder);
});

test('a file that is gone, or changed since, neither is listed nor joins others', async () => {
  putFile(at('a.png'), again(PICTURE, 'the largest file comes first'));
  putFile(at('b.png'), again(PICTURE, 'x'));
  putFile(at('c.png'), PICTURE);
  putFile(at('d.png'), again(PICTURE, 'xyz'));
  await index(db, folder);
  expect((await duplicates()).paths).toEqual([['a.png', 'd.png', 'b.png', 'c.png']]);
  rmSync(at('a.png'));
  putFile(at('d.png'), tinyPng('another picture'));
  const { paths, stderr } = await duplicates();
  expect(paths).toEqual([['b.png', 'c.png']]);
  expect(stderr).toContain('1 file left out: changed after the index was made.');
});

test('of copies, the file that was changed first is the one to keep', async () => {
  putFile(at('a.png'), PICTURE, new Date('2024-01-02'));
  putFile(at('b.png'), PICTURE, new Date('2024-01-01'));
  await index(db, folder);
  expect((await duplicates()).paths).toEqual([['b.png', 'a.png']]);
  expect((await cli(['duplicates', '--db', db])).stdout).toMatch(/similarity to first .*\n +keep .*\/b\.png\n +1\.0000 .*\/a\.png\n/);
});
