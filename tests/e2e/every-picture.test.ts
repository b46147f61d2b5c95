import { copyFileSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { type CliResult, cli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { ROOT } from '../fixtures/paths.js';
import { index, putFile, tiny, tinyPng } from '../fixtures/photo-folder.js';

/** One file in each format, with its maker: tests/fixtures/formats/build.py. */
const FILES = `${ROOT}tests/fixtures/formats/files`;
const NAMES = readdirSync(FILES).sort();

const folder = temporaryFolder();
const db = temporaryFolder();
const run = (...args: string[]): Promise<CliResult> => cli([...args, '--db', db], { cwd: folder });
interface Found {
  readonly path: string;
  readonly format: string;
  readonly files: readonly string[];
}

beforeAll(() => {
  for (const name of NAMES) putFile(join(folder, name), readFileSync(join(FILES, name)));
});

/** Formats by the endings of their files. Variants of one count once: BigTIFF is a TIFF, a DIB is a BMP, and a bare codestream is JPEG 2000. */
const FORMATS: Readonly<Record<string, RegExp>> = {
  JPEG: /\.jpe?g$/,
  MPO: /\.mpo$/,
  PNG: /rgb\.png$/,
  APNG: /animated\.png$/,
  GIF: /\.gif$/,
  WebP: /\.webp$/,
  TIFF: /\.tiff?$/,
  AVIF: /\.avif$/,
  HEIC: /\.hei[cf]$/,
  'JPEG XL': /\.jxl$/,
  'JPEG 2000': /\.(?:jp2|j2k)$/,
  BMP: /\.(?:bmp|dib)$/,
  PBM: /\.pbm$/,
  PGM: /\.pgm$/,
  PPM: /\.ppm$/,
  PAM: /\.pam$/,
  TGA: /\.tga$/,
  ICO: /\.ico$/,
  CUR: /\.cur$/,
  ICNS: /\.icns$/,
  PCX: /\.pcx$/,
  PSD: /\.psd$/,
  QOI: /\.qoi$/,
  SGI: /\.(?:sgi|bw)$/,
  DNG: /\.dng$/,
};

test('a folder of at least one file in each of 25 formats is found, embedded and shown', async () => {
  expect(Object.keys(FORMATS)).toHaveLength(25);
  for (const [format, ending] of Object.entries(FORMATS))
    expect(
      NAMES.some((name) => ending.test(name)),
      format,
    ).toBe(true);
  expect(NAMES.filter((name) => !Object.values(FORMATS).some((ending) => ending.test(name)))).toEqual([]);
  expect(await index(db, folder)).toMatchObject({ code: 0, found: NAMES.length, failed: [] });
  const { stdout, code } = await run('search', '--in', '.', '--top-k', '100', '--json', '--html', 'all.html');
  expect(code).toBe(0);
  const found = JSON.parse(stdout) as Found[];
  expect(found.map(({ path }) => basename(path)).sort()).toEqual(NAMES);
  const formats = new Set(found.map(({ format }) => format));
  expect([...formats].sort()).toEqual([
    'avif',
    'bmp',
    'cur',
    'dng',
    'gif',
    'heic',
    'icns',
    'ico',
    'jp2',
    'jpeg',
    'jxl',
    'pcx',
    'png',
    'pnm',
    'psd',
    'qoi',
    'sgi',
    'tga',
    'tiff',
    'webp',
  ]);
  expect(readFileSync(join(folder, 'all.html'), 'utf8').match(/<img /g)).toHaveLength(NAMES.length);
});

test('pictures of the same photo are near each other, whatever their format', async () => {
  const { stdout } = await run('search', '--image', join(folder, 'rgb.png'), '--top-k', '100', '--json', ...tiny(db).slice(2));
  const near = (JSON.parse(stdout) as (Found & { similarity: number })[]).filter(({ similarity }) => similarity > 0.97);
  const named = near.map(({ path }) => basename(path));
  for (const name of [
    'hevc.heic',
    'lossless.jxl',
    'lossless.jp2',
    'rgb.bmp',
    'rgb.ppm',
    'run-length.tga',
    'still.avif',
    'layers.psd',
    'rgb.qoi',
    'raw.sgi',
    'two-views.mpo',
  ])
    expect(named).toContain(name);
});

test('search --format knows them, and a wrong one is refused with the list', async () => {
  const formatOf = async (format: string) =>
    (JSON.parse((await run('search', '--format', format, '--json')).stdout) as Found[]).map(({ path }) => basename(path)).sort();
  expect(await formatOf('heic')).toEqual(['full.heif', 'hevc.heic']);
  expect(await formatOf('dng')).toEqual(['preview.dng']);
  expect((await run('search', '--format', 'word')).stderr).toMatch(/jxl.*dng/);
});

describe('several files of one picture', () => {
  const photos = temporaryFolder();
  const own = temporaryFolder();
  const found = async (): Promise<Record<string, readonly string[]>> => {
    const { stdout } = await cli(['search', '--in', photos, '--json', '--top-k', '50', '--db', own]);
    return Object.fromEntries((JSON.parse(stdout) as Found[]).map(({ path, files }) => [basename(path), files]));
  };

  test('a raw file with its JPEG, a live photo and a burst are one result each, with all their files', async () => {
    copyFileSync(join(FILES, 'preview.dng'), join(photos, 'IMG_1.DNG'));
    putFile(join(photos, 'IMG_1.jpg'), await sharp(tinyPng('developed')).jpeg().toBuffer());
    copyFileSync(join(FILES, 'hevc.heic'), join(photos, 'IMG_2.HEIC'));
    putFile(join(photos, 'IMG_2.MOV'), Buffer.from('video'));
    for (const shot of [1, 2, 3]) putFile(join(photos, `IMG_20240601_120000_BURST${shot}.png`), tinyPng(shot));
    const result = await index(own, photos);
    expect(result).toMatchObject({ code: 0, found: 3, encoded: 3, further: 3, failed: [] });
    expect(await found()).toEqual({
      'IMG_1.jpg': ['IMG_1.DNG'],
      'IMG_2.HEIC': ['IMG_2.MOV'],
      'IMG_20240601_120000_BURST1.png': ['IMG_20240601_120000_BURST2.png', 'IMG_20240601_120000_BURST3.png'],
    });
  });

  test('without its JPEG a raw file is a picture of its own, and joins it again', async () => {
    rmSync(join(photos, 'IMG_1.jpg'));
    await index(own);
    expect(Object.keys(await found())).toContain('IMG_1.DNG');
    putFile(join(photos, 'IMG_1.jpg'), await sharp(tinyPng('developed')).jpeg().toBuffer());
    expect(await index(own)).toMatchObject({ found: 3, further: 3 });
    expect(Object.keys(await found())).not.toContain('IMG_1.DNG');
    expect(await index(own)).toMatchObject({ found: 3, encoded: 0 }); // a file that changed just now is read once more
  });
});
