import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { cli, rowsOf } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { ROOT } from '../fixtures/paths.js';
import { putFile } from '../fixtures/photo-folder.js';
import { photoVariants } from '../fixtures/photo-variants.js';
import { CAT } from '../fixtures/pictures.js';

interface Row {
  group: number | null;
  name: string | null;
  otherNames: string[];
  images: { path: string; similarity: number }[];
}

const [folder, db] = [temporaryFolder(), temporaryFolder()];
const discover = (...flags: string[]) => cli(['discover', '--db', db, ...flags], { cwd: folder });
const rows = async (...flags: string[]): Promise<Row[]> => rowsOf(await discover('--json', ...flags));

beforeAll(async () => {
  for (const [name, source] of [
    ['cats', CAT],
    ['flowers', `${ROOT}demo/photos/flower.jpg`],
  ] as const)
    for (const [i, photo] of (await photoVariants(source, 8)).entries()) putFile(join(folder, name, `${i}.jpg`), photo);
  const { code, stderr } = await cli(['index', 'cats', 'flowers', '--db', db], { cwd: folder });
  if (code !== 0) throw new Error(stderr);
});

describe('discover', () => {
  test('photos of two things are two groups, named for what they show, each image in one', async () => {
    const found = await rows('--groups', '2');
    const groups = found.filter(({ group }) => group !== null);
    expect(groups.map(({ name }) => name).sort()).toEqual([
      expect.stringMatching(/cat/i),
      expect.stringMatching(/flower|daisy|rose|blossom/i),
    ]);
    for (const { images } of groups) expect(new Set(images.map(({ path }) => path.split('/').at(-2))).size).toBe(1);
    const paths = found.flatMap(({ images }) => images.map(({ path }) => path));
    expect([paths.length, new Set(paths).size]).toEqual([16, 16]);
  });

  test('the same seed gives the same groups; the default number of groups is the root of the number of images', async () => {
    const found = await rows('--seed', '3');
    expect(await rows('--seed', '3')).toEqual(found);
    expect(found.filter(({ group }) => group !== null).length).toBeLessThanOrEqual(4);
  });

  test('the label set is taken by tag as it is, and after names were edited', async () => {
    expect((await discover('--groups', '2', '--out', 'groups.json')).stderr).toContain('labelwise tag --labels-file groups.json');
    const file = JSON.parse(readFileSync(join(folder, 'groups.json'), 'utf8'));
    for (const { label, promptName } of file.labels) expect(promptName).toBe(label);
    const tag = (name: string) => cli(['tag', '--labels-file', name, '--db', db, '--dry-run'], { cwd: folder });
    expect(await tag('groups.json')).toMatchObject({ code: 0, stdout: expect.stringContaining('cats/') });
    const edited = { ...file, labels: file.labels.map((label: { label: string }, i: number) => ({ ...label, label: `mine ${i}` })) };
    putFile(join(folder, 'edited.json'), Buffer.from(JSON.stringify(edited)));
    expect(await tag('edited.json')).toMatchObject({ code: 0, stdout: expect.stringMatching(/mine \d +8 /) });
  });

  test('filters choose the images as in a search, and CSV has a line for each image', async () => {
    const lines = (await discover('--in', 'cats', '--groups', '1', '--csv')).stdout.trim().split(/\r?\n/);
    expect(lines[0]).toBe('group,name,path,similarity,content_hash');
    expect(lines).toHaveLength(9);
    expect(lines.slice(1).every((line) => line.includes('/cats/'))).toBe(true);
    expect(await discover('--in', 'nowhere')).toMatchObject({ code: 3, stderr: expect.stringContaining('Its folders are') });
    expect((await discover('--groups', '16', '--csv')).stderr).toMatch(/of 16 groups held only images that fit none/);
    const none = await discover('tag:none');
    expect(none).toMatchObject({ code: 3, stderr: expect.stringContaining('no image has the tag') });
    expect(none.stderr).toContain('None of the indexed images has these tags');
    expect(none.stderr).not.toContain('Index some first');
  });

  test('what it cannot do is refused before any work', async () => {
    expect(await discover('a dog')).toMatchObject({ code: 2, stderr: expect.stringContaining('tags and keywords alone') });
    expect(await discover('--groups', '1001')).toMatchObject({ code: 2, stderr: expect.stringContaining('at most 1000 groups, got 1001') });
    expect(await discover('--groups', '2', '--group-size', '3')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--group-size'),
    });
    expect(await discover('--groups', '0')).toMatchObject({ code: 2 });
    expect(await discover('--groups', '2.5')).toMatchObject({ code: 2 });
  });

  test('the page escapes names of files, and needs no network', async () => {
    const odd = temporaryFolder();
    const name = '"><script>alert(1)<& \'.jpg';
    putFile(join(odd, name), readFileSync(join(folder, 'cats/0.jpg')));
    await cli(['index', odd, '--db', join(odd, 'db')]);
    expect((await cli(['discover', '--html', 'page.html', '--db', join(odd, 'db')], { cwd: odd })).code).toBe(0);
    const page = readFileSync(join(odd, 'page.html'), 'utf8');
    expect(page).toContain('&quot;&gt;&lt;script&gt;alert(1)&lt;&amp; &#39;.jpg');
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).not.toMatch(/https?:\/\//);
  });
});
