import { createHash } from 'node:crypto';
import { copyFileSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { type CliResult, cli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { ROOT } from '../fixtures/paths.js';
import { putFile, tinyPng, index as update } from '../fixtures/photo-folder.js';

/** embedded.jpg and iptc.jpg carry XMP and IPTC that exiftool wrote; the sidecars are those of tests/fixtures/sidecars/build.sh. */
const PHOTOS = `${ROOT}tests/fixtures/photos`;
const MADE = `${ROOT}tests/fixtures/sidecars/made`;
const LAYOUTS = ['digikam', 'darktable', 'lightroom', 'exiftool', 'apple'];

const folder = temporaryFolder();
const db = temporaryFolder();
const at = (name: string): string => join(folder, name);
const run = (...args: string[]): Promise<CliResult> => cli([...args, '--db', db], { cwd: folder });
interface Found {
  readonly path: string;
  readonly takenAt: string | null;
  readonly takenAtSource: string | null;
  readonly keywords: readonly string[];
}
const find = async (...args: string[]): Promise<string[]> => {
  const { stdout, stderr, code } = await run('search', ...args, '--top-k', '50', '--json');
  if (code !== 0) throw new Error(stderr);
  return (JSON.parse(stdout) as Found[]).map(({ path }) => path.slice(folder.length + 1));
};
const facts = async (name: string): Promise<Found & Record<string, unknown>> => {
  const rows = JSON.parse((await run('export', '--json', '--in', folder)).stdout) as Found[];
  return rows.find(({ path }) => path === at(name)) as never;
};

beforeAll(async () => {
  for (const [i, name] of LAYOUTS.entries()) {
    putFile(at(`${name}.png`), tinyPng(name));
    copyFileSync(join(MADE, `${name}.xmp`), at(i % 2 ? `${name}.xmp` : `${name}.png.xmp`));
  }
  putFile(at('embedded.jpg'), readFileSync(join(PHOTOS, 'xmp.jpg')));
  putFile(at('iptc.jpg'), readFileSync(join(PHOTOS, 'iptc.jpg')));
  putFile(at('IMG_20220304_050607.png'), tinyPng('named'));
  putFile(at('plain.png'), tinyPng('plain'), new Date('2015-05-05T05:05:05.5Z'));
  const exif = {
    IFD2: { DateTimeOriginal: '2024:06:01 14:30:00' },
    IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '48/1 8/1 0/1', GPSLongitudeRef: 'E', GPSLongitude: '11/1 34/1 0/1' },
  };
  putFile(at('munich.jpg'), await sharp(tinyPng('m')).withExif(exif).jpeg().toBuffer());
  expect((await update(db, folder)).code).toBe(0);
});

describe('keyword: finds what other programs wrote', () => {
  test.each([
    ['keyword:sea', ['apple.png', 'digikam.png', 'lightroom.png']],
    ['keyword:SEA', ['apple.png', 'digikam.png', 'lightroom.png']],
    ['keyword:nature', ['digikam.png', 'embedded.jpg', 'lightroom.png']],
    ['keyword:Nature/Sea', ['digikam.png', 'lightroom.png']],
    ['keyword:"Ann & Bert"', ['exiftool.png']],
    ['keyword:harbour', ['darktable.png', 'exiftool.png']],
    ['keyword:Bahnhof', ['iptc.jpg']],
    ['keyword:café', ['iptc.jpg']],
    ['keyword:embedded', ['embedded.jpg']],
    ['keyword:sea -keyword:ann', ['apple.png']],
  ])('%s', async (query, names) => {
    expect((await find(query)).sort()).toEqual(names);
  });

  test('a part of a keyword is none, and the note names what there is', async () => {
    const { stdout, stderr } = await run('search', 'keyword:se');
    expect(stdout).toBe('');
    expect(stderr).toMatch(/No image in the index has the keyword "se"\. Its keywords are: Nature\/Sea \(2\),.*Sea \(3\)|Sea \(3\),/);
  });
});

test('ratings, titles and captions of sidecars and XMP are filters', async () => {
  expect((await find('--min-rating', '4')).sort()).toEqual(['embedded.jpg', 'exiftool.png', 'lightroom.png']);
  expect(await find('--min-rating', '5')).toEqual(['exiftool.png']);
  expect(await find('--title', 'STATION')).toEqual(['iptc.jpg']);
  expect(await find('--caption', 'by the sea')).toEqual(['apple.png']);
  expect((await run('search', '--min-rating', '6')).code).toBe(2);
});

test('each date says where it comes from', async () => {
  expect(await facts('munich.jpg')).toMatchObject({ takenAt: '2024-06-01T14:30:00', takenAtSource: 'exif' });
  expect(await facts('embedded.jpg')).toMatchObject({ takenAt: '2020-01-02T03:04:05', takenAtSource: 'xmp', rating: 4, title: 'Lake' });
  expect(await facts('apple.png')).toMatchObject({ takenAt: '2024-06-01T14:30:00', takenAtSource: 'xmp', caption: 'By the sea' });
  expect(await facts('iptc.jpg')).toMatchObject({ takenAt: '2019-08-02T09:15:00+02:00', takenAtSource: 'iptc', caption: 'Platform 2' });
  expect(await facts('IMG_20220304_050607.png')).toMatchObject({ takenAt: '2022-03-04T05:06:07', takenAtSource: 'name' });
  expect(await facts('plain.png')).toMatchObject({ takenAt: '2015-05-05T05:05:05Z', takenAtSource: 'mtime' });
});

test('the date of a file is not taken for that of its photo: filters leave it out, and it comes last', async () => {
  expect(await find('--after', '2014', '--before', '2016')).toEqual([]);
  const { stderr } = await run('search', '--after', '2014');
  expect(stderr).toContain('--after leaves out 2 files without a date.');
  const order = await find('--sort', 'date', '--in', '.');
  expect(order.slice(-2).sort()).toEqual(['darktable.png', 'plain.png']);
  expect(order.slice(-5, -2)).toEqual(['IMG_20220304_050607.png', 'embedded.jpg', 'iptc.jpg']);
  expect(await find('--sort', 'date')).toEqual(order); // it alone is enough to ask for
  expect((await run('search', '--in', '.', '--sort', 'date')).stderr).toContain(
    '2 images of 10 without a date of their own: they come last.',
  );
});

test('--sort date puts what words find in order too, page by page, and similarity needs words', async () => {
  const all = await find('lake', '--sort', 'date', '--min-similarity', '-1');
  expect(all).toHaveLength(10);
  const pages = await Promise.all(
    [0, 4, 8].map(async (offset) => {
      const { stdout } = await run(
        'search',
        'lake',
        '--sort',
        'date',
        '--min-similarity',
        '-1',
        '--top-k',
        '4',
        '--offset',
        `${offset}`,
        '--json',
      );
      return (JSON.parse(stdout) as Found[]).map(({ path }) => path.slice(folder.length + 1));
    }),
  );
  expect(pages.flat()).toEqual(all);
  expect((await run('search', 'keyword:sea', '--sort', 'similarity')).code).toBe(2);
});

describe('--near', () => {
  test('finds photos by their place, in EXIF or in a sidecar, and counts those without one', async () => {
    expect((await find('--near', '48.1, 11.6', '--within', '20km')).sort()).toEqual(['apple.png', 'exiftool.png', 'munich.jpg']);
    expect(await find('--near', '48.1333,11.5667', '--within', '500m')).toEqual(['munich.jpg']);
    expect(await find('--near', '-33.9,151.2')).toEqual([]);
    expect((await run('search', '--near', '48.1,11.6')).stderr).toContain('--near leaves out 7 files without a place.');
  });

  test.each([
    ['--near', '91,0'],
    ['--near', 'Munich'],
    ['--near', '48.1,11.6', '--within', '5 miles'],
    ['--within', '5km'],
  ])('%s %s %s %s is refused', async (...flags) => {
    expect((await run('search', ...flags)).code).toBe(2);
  });
});

test('a sidecar that says something else is read again; an export of our own is none of that', async () => {
  const again = async () => {
    const { unchanged, known, encoded } = await update(db);
    return { unchanged, known, encoded };
  };
  expect(await again()).toEqual({ unchanged: 10, known: 0, encoded: 0 });
  await run('tags', 'add', 'crab', ...LABELS_AT());
  await run('export', '--xmp');
  expect(await again()).toEqual({ unchanged: 10, known: 0, encoded: 0 });
  expect(await find('keyword:crab')).toEqual([]);
  const sidecar = at('digikam.png.xmp');
  writeFileSync(sidecar, readFileSync(sidecar, 'utf8').replace('xmp:Rating="3"', 'xmp:Rating="5"'));
  expect(await again()).toEqual({ unchanged: 9, known: 1, encoded: 0 });
  expect((await find('--min-rating', '5')).sort()).toEqual(['digikam.png', 'exiftool.png']);
  rmSync(sidecar);
  expect(await again()).toEqual({ unchanged: 9, known: 1, encoded: 0 });
  expect(await find('keyword:Nature/Sea')).toEqual(['lightroom.png']);
  expect(await again()).toEqual({ unchanged: 10, known: 0, encoded: 0 });
});
const LABELS_AT = (): string[] => LAYOUTS.map((name) => at(`${name}.png`));

test('reading keywords and dates changes no file', async () => {
  const state = (): Record<string, string> =>
    Object.fromEntries(
      readdirSync(folder).map((name) => [
        name,
        `${statSync(at(name)).mtimeMs} ${createHash('sha256')
          .update(readFileSync(at(name)))
          .digest('hex')}`,
      ]),
    );
  const before = state();
  utimesSync(at('plain.png'), new Date(2016, 1), new Date(2016, 1));
  const { known } = await update(db);
  expect(known).toBe(1);
  const after = state();
  expect({ ...after, 'plain.png': '' }).toEqual({ ...before, 'plain.png': '' });
});
