import { copyFileSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { cli, rowsOf } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY, IMAGES } from '../fixtures/paths.js';
import { tinyPng } from '../fixtures/photo-folder.js';
import { CAT, SVG, write, writeHalfJpeg, writePngBomb } from '../fixtures/pictures.js';

const FLAGS = ['--labels', 'cat, dog', '--model', CLIP_TINY, '--json'];
let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});

async function errorOf(path: string, ...flags: string[]) {
  const result = await cli(['classify', path, ...FLAGS, ...flags]);
  expect(result.code).toBe(3);
  expect(result.stderr).toContain('The image could not be used.');
  const [row] = rowsOf(result);
  expect(row?.path).toBe(path);
  return row?.error;
}

describe('a bad image has a code, a reason and a hint', () => {
  test('a text file named .jpg is no image', async () => {
    expect(await errorOf(write(folder, 'text.jpg', 'dear diary'))).toEqual({
      code: 'IMAGE_UNSUPPORTED',
      message: 'Expected an image, got something else.',
      hint: expect.stringContaining('its name alone does not make it an image'),
    });
  });

  test('a JPEG that is cut in half is damaged, and is not shown half grey', async () => {
    const error = await errorOf(await writeHalfJpeg(folder));
    expect(error).toMatchObject({ code: 'IMAGE_DAMAGED', message: expect.stringMatching(/jpeg image is cut short or broken/) });
  });

  test('the first 20 bytes of a PNG are damaged too', async () => {
    const { readFileSync } = await import('node:fs');
    const error = await errorOf(write(folder, 'head.png', readFileSync(CAT).subarray(0, 20)));
    expect(error?.code).toMatch(/^IMAGE_(?:DAMAGED|UNSUPPORTED)$/);
  });

  test('a file of 0 bytes is empty, and so is an empty stdin', async () => {
    expect(await errorOf(write(folder, 'empty.png', ''))).toMatchObject({
      code: 'IMAGE_DAMAGED',
      message: expect.stringContaining('0 bytes'),
    });
    expect(await errorOf('-')).toMatchObject({ code: 'IMAGE_DAMAGED', message: expect.stringContaining('0 bytes') });
  });

  test('an image of 30,000 x 30,000 pixels is refused by its header', async () => {
    const bomb = await writePngBomb(folder);
    const before = performance.now();
    expect(await errorOf(bomb)).toEqual({
      code: 'IMAGE_TOO_LARGE',
      message: 'Expected at most 150 megapixels, got 900.0 (30000 x 30000).',
      hint: expect.stringContaining('--max-image-megapixels'),
    });
    expect(performance.now() - before).toBeLessThan(3000);
  });

  test('--max-image-megapixels and --max-image-bytes are kept to', async () => {
    expect(await errorOf(CAT, '--max-image-megapixels', '0.1')).toMatchObject({ code: 'IMAGE_TOO_LARGE' });
    expect(await errorOf(CAT, '--max-image-bytes', '1000')).toMatchObject({
      code: 'IMAGE_TOO_LARGE',
      message: expect.stringMatching(/^Expected at most 1\.0 kB, got \d+\.\d kB in /),
    });
  });

  test('no more of stdin is read than --max-image-bytes allows', async () => {
    let pulled = 0;
    const endless = Readable.from(
      (function* () {
        for (; pulled < 2 ** 28; pulled += 2 ** 16) yield Buffer.alloc(2 ** 16);
      })(),
    );
    const result = await cli(['classify', '-', ...FLAGS, '--max-image-bytes', '1000000'], { stdin: endless });
    expect(rowsOf(result)[0]?.error).toMatchObject({ code: 'IMAGE_TOO_LARGE', message: 'Expected at most 1.0 MB, got more in stdin.' });
    expect(pulled).toBeLessThan(4e6);
  });

  test('a PNG whose header says the largest size that there is has too many pixels', async () => {
    const png = tinyPng(1);
    png.writeUInt32BE(2 ** 31 - 1, 16);
    png.writeUInt32BE(2 ** 31 - 1, 20);
    png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
    expect(await errorOf(write(folder, 'largest.png', png))).toMatchObject({
      code: 'IMAGE_TOO_LARGE',
      message: 'Expected at most 150 megapixels, got 4,611,686,014,132 (2147483647 x 2147483647).',
    });
  });

  test('a header that cannot be read is told in words', async () => {
    expect(await errorOf(write(folder, 'short.png', tinyPng(1).subarray(0, 20)))).toMatchObject({
      code: 'IMAGE_DAMAGED',
      message: 'The image is cut short or broken: its header cannot be read.',
    });
  });

  test('an SVG is refused, and accepted with --allow-svg', async () => {
    const svg = write(folder, 'drawing.svg', SVG);
    expect(await errorOf(svg)).toMatchObject({ code: 'IMAGE_UNSUPPORTED', hint: expect.stringContaining('--allow-svg') });
    const { code, stdout } = await cli(['classify', svg, ...FLAGS, '--allow-svg']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)[0].predictions).toHaveLength(2);
  });

  test('an SVG in disguise is refused as well', async () => {
    expect(await errorOf(write(folder, 'disguise.png', SVG))).toMatchObject({ code: 'IMAGE_UNSUPPORTED' });
  });

  test('a URL that is wrong or cannot be reached is told', async () => {
    expect(await errorOf('http://127.0.0.1:9/cat.jpg')).toMatchObject({ code: 'INPUT_UNREADABLE' });
    expect(await errorOf('http://')).toMatchObject({ code: 'INPUT_NOT_FOUND' });
    expect(await errorOf('data:nonsense')).toMatchObject({ code: expect.stringMatching(/^INPUT_/) });
    expect(await errorOf('file:///nowhere/cat.jpg')).toMatchObject({ code: 'INPUT_NOT_FOUND' });
    expect(await errorOf('file:///nowhere/c%FFt.jpg')).toMatchObject({
      code: 'INPUT_NOT_FOUND',
      message: 'There is no file file:///nowhere/c%FFt.jpg.',
    });
    expect(await errorOf('file://host/cat.jpg')).toMatchObject({ code: 'INPUT_NOT_FOUND' });
  });

  test('an answer that breaks off, or has more bytes than are allowed, is told', async () => {
    const server = createServer((request, response) => {
      response.setHeader('content-type', 'image/png');
      if (request.url === '/declared')
        response.setHeader('content-length', 2 ** 30).flushHeaders(); // and sends nothing
      else if (request.url === '/broken') response.write('abc', () => response.destroy());
      else Readable.from(chunks()).pipe(response);
    });
    let sent = 0;
    function* chunks(): Generator<Buffer> {
      for (; sent < 2 ** 28; sent += 2 ** 16) yield Buffer.alloc(2 ** 16);
    }
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await errorOf(`${address}/broken`)).toMatchObject({ code: 'INPUT_UNREADABLE', message: expect.stringContaining('/broken') });
    expect(await errorOf(`${address}/endless`, '--max-image-bytes', '100000')).toMatchObject({
      code: 'IMAGE_TOO_LARGE',
      message: `Expected at most 100.0 kB, got more in ${address}/endless.`,
    });
    expect(sent).toBeLessThan(2 ** 26);
    expect(await errorOf(`${address}/declared`, '--max-image-bytes', '100000')).toMatchObject({
      code: 'IMAGE_TOO_LARGE',
      message: `Expected at most 100.0 kB, got 1.1 GB in ${address}/declared.`,
    });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test.each([
    ['a file', 'nowhere.jpg'],
    ['a pattern', '*.nothing'],
    ['a path through a file', 'package.json/cat.jpg'],
    ['an empty argument', ''],
  ])('%s that leads nowhere is told with its name', async (_name, path) => {
    const error = await errorOf(path);
    expect(error?.code).toBe('INPUT_NOT_FOUND');
    expect(error?.message).toContain(path);
  });

  test('a folder without images is told, with the names that images have', async () => {
    mkdirSync(join(folder, 'empty'));
    write(join(folder, 'empty'), 'notes.txt', 'no image');
    expect(await errorOf(join(folder, 'empty'))).toEqual({
      code: 'INPUT_NOT_FOUND',
      message: `There are no images in the folder ${join(folder, 'empty')}.`,
      hint: expect.stringContaining('.jpg, .png'),
    });
  });
});

describe('unusual images work', () => {
  test.each(['one-pixel.png', 'wide-300x3.png', 'tall-3x300.png', 'cat-palette.png', 'cat-grey.jpg', 'cat.gif', 'coffee.tiff'])(
    '%s',
    async (name) => {
      const { code, stdout } = await cli(['classify', `${IMAGES}/${name}`, ...FLAGS]);
      expect(code).toBe(0);
      for (const { probability } of JSON.parse(stdout)[0].predictions) expect(probability).toBeGreaterThanOrEqual(0);
    },
  );

  test.each(['with space.png', 'ünï 猫 🐱.png', '[1] {a,b} (x)!.png', '-dash.png', 'no-extension', 'a,"b".png'])(
    'a file named %j',
    async (name) => {
      copyFileSync(CAT, join(folder, name));
      const result = await cli(['classify', ...FLAGS, '--', name], { cwd: folder });
      expect(result.code).toBe(0);
      expect(rowsOf(result)[0]?.path).toBe(name);
    },
  );
});
