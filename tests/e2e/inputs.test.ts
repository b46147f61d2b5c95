import { spawnSync } from 'node:child_process';
import { closeSync, copyFileSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { classify, cli, MAIN, rowsOf } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { tinyPng } from '../fixtures/photo-folder.js';
import { ASTRONAUT, CAT, COFFEE, ROCKET, write } from '../fixtures/pictures.js';

const PETS = ['--labels', 'cat, dog, red panda'];
let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
  mkdirSync(join(folder, 'deep/er'), { recursive: true });
  copyFileSync(CAT, join(folder, 'img10.png'));
  copyFileSync(COFFEE, join(folder, 'img2.PNG'));
  copyFileSync(ROCKET, join(folder, 'deep/er/rocket.jpg'));
  write(folder, 'notes.txt', 'not an image');
});

describe('labelwise classify takes images from files, folders, patterns and stdin', () => {
  test('a folder is walked in natural order, and files that are no images are left out', async () => {
    const paths = (await classify([folder], ...PETS)).map((row) => row.path);
    expect(paths).toEqual(['deep/er/rocket.jpg', 'img2.PNG', 'img10.png'].map((name) => join(folder, name)));
  });

  test('a pattern is matched in the working folder', async () => {
    const result = await cli(['classify', '**/*.{jpg,png}', ...PETS, '--json'], { cwd: folder });
    expect(rowsOf(result).map((row) => row.path)).toEqual(['deep/er/rocket.jpg', 'img10.png', 'img2.PNG']);
  });

  test('paths are relative to the working folder, and are reported as they were given', async () => {
    const result = await cli(['classify', 'img10.png', './deep', ...PETS, '--json'], { cwd: folder });
    expect(rowsOf(result).map((row) => row.path)).toEqual(['img10.png', 'deep/er/rocket.jpg']);
  });

  test('- reads an image from stdin, with the ranking that the file has', async () => {
    const piped = await cli(['classify', '-', ...PETS, '--json'], { stdin: readFileSync(CAT) });
    const [fromFile] = await classify([CAT], ...PETS);
    expect(rowsOf(piped)).toEqual([{ ...fromFile, path: '-' }]);
  });

  test('a second - and a folder as stdin say why they cannot be read', async () => {
    const twice = await cli(['classify', '-', '-', ...PETS, '--json'], { stdin: readFileSync(CAT) });
    const [first, second] = rowsOf(twice);
    expect([twice.code, first?.error]).toEqual([3, undefined]);
    expect(second?.error).toMatchObject({ code: 'INPUT_UNREADABLE', message: 'stdin has been read already.' });
    const opened = openSync(folder, 'r');
    const run = spawnSync(process.execPath, [MAIN, 'classify', '-', ...PETS, '--json'], { stdio: [opened, 'pipe', 'pipe'] });
    closeSync(opened);
    expect([run.status, JSON.parse(`${run.stdout}`)[0].error]).toEqual([
      3,
      { code: 'INPUT_UNREADABLE', message: 'stdin is a folder.', hint: 'Give the folder as an argument: labelwise classify FOLDER.' },
    ]);
  });

  test('data: and file: URLs are images too', async () => {
    const url = `data:image/png;base64,${readFileSync(CAT).toString('base64')}`;
    const [one, two] = await classify([url, `file://${CAT}`], ...PETS);
    expect(one?.predictions).toEqual(two?.predictions);
    expect(one?.path).toBe(url);
  });

  test('of a data: URL people are shown the beginning alone, in the table, in errors and in the page', async () => {
    const url = `data:image/png;base64,${readFileSync(CAT).toString('base64').slice(0, 5000)}`;
    const shown = `data:image/png;base64,${url.slice(22, 40)}... (5022 characters)`;
    const page = join(folder, 'page.html');
    const { stdout } = await cli(['classify', url, ...PETS, '--html', page]);
    expect(stdout).toContain(`${shown}: IMAGE_DAMAGED: The png image`);
    for (const text of [stdout, readFileSync(page, 'utf8')]) expect([text.includes(shown), text.includes(url)]).toEqual([true, false]);
    const small = `data:image/png;base64,${tinyPng(1).toString('base64')}`;
    expect((await cli(['classify', small, ...PETS])).stdout).toMatch(/^data:image\/png;base64,\S{18}\.\.\. \(\d+ characters\)\n/);
  });

  test('mixed inputs keep their order', async () => {
    const result = await cli(['classify', ROCKET, '-', join(folder, '*.png'), join(folder, 'deep'), ASTRONAUT, ...PETS, '--json'], {
      stdin: readFileSync(CAT),
    });
    expect(rowsOf(result).map((row) => row.path)).toEqual([
      ROCKET,
      '-',
      join(folder, 'img10.png'),
      join(folder, 'img2.PNG'),
      join(folder, 'deep/er/rocket.jpg'),
      ASTRONAUT,
    ]);
  });
});

describe('a bad image among good ones', () => {
  const withBad = (...flags: string[]) =>
    cli(['classify', CAT, write(folder, 'bad.jpg', 'no image at all'), join(folder, 'missing.jpg'), ROCKET, ...PETS, ...flags]);

  test('is a row with code, message and hint; the rest goes on, and the exit code is 3', async () => {
    const result = await withBad('--json');
    const rows = rowsOf(result);
    expect(result.code).toBe(3);
    expect(rows.map((row) => row.error?.code)).toEqual([undefined, 'IMAGE_UNSUPPORTED', 'INPUT_NOT_FOUND', undefined]);
    expect(rows[1]).toEqual({
      path: join(folder, 'bad.jpg'),
      error: { code: 'IMAGE_UNSUPPORTED', message: expect.stringMatching(/^Expected an image/), hint: expect.any(String) },
    });
    expect(result.stderr).toContain('2 of 4 images could not be used; the others were processed.');
  });

  test('has its code in the last columns of --csv', async () => {
    const { stdout } = await withBad('--csv');
    const row = stdout.split('\n').find((line) => line.startsWith(join(folder, 'bad.jpg')));
    expect(row?.slice(join(folder, 'bad.jpg').length)).toMatch(/^,,,,,,,IMAGE_UNSUPPORTED,"Expected an image.*"$/);
  });

  test('is told to a person in its place in the list', async () => {
    const { stdout } = await withBad();
    expect(stdout).toContain(`${join(folder, 'bad.jpg')}: IMAGE_UNSUPPORTED: Expected an image`);
    expect(stdout.indexOf('IMAGE_UNSUPPORTED')).toBeLessThan(stdout.indexOf(ROCKET));
  });
});

describe('stdout is data and stderr is talk', () => {
  const talkative = ['classify', CAT, ...PETS, '--multi-label', '--json'];

  test('warnings go to stderr, and stdout is JSON to its last byte', async () => {
    const { stdout, stderr } = await cli(talkative, { isTTY: true });
    expect(() => JSON.parse(stdout)).not.toThrow();
    expect(stderr).toContain('warning:');
  });

  test('--quiet silences warnings and keeps errors', async () => {
    expect((await cli([...talkative, '--quiet'])).stderr).toBe('');
    expect((await cli(['classify', join(folder, 'bad.jpg'), ...PETS, '--quiet'])).stderr).toContain('The image could not be used');
  });

  test('a terminal that shows colours gets a picture beside the table, unless --no-thumbnails', async () => {
    const env = { COLORTERM: 'truecolor', TERM: 'xterm-256color' };
    const picture = '\u001b[38;2;';
    expect((await cli(['classify', CAT, ...PETS], { isTTY: true, env })).stdout).toContain(picture);
    expect((await cli(['classify', CAT, ...PETS, '--no-thumbnails'], { isTTY: true, env })).stdout).not.toContain(picture);
    expect((await cli(['classify', CAT, ...PETS], { isTTY: false, env })).stdout).not.toContain('\u001b');
  });
});
