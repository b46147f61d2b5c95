import { createHash } from 'node:crypto';
import { copyFileSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import sharp, { type Exif } from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { type CliResult, cli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { ROOT } from '../fixtures/paths.js';
import { type IndexSummaryJson, index, putFile, tinyPng } from '../fixtures/photo-folder.js';

/** What phones, cameras, NAS systems and other programs leave in a folder of photos. */
const folder = temporaryFolder();
const db = temporaryFolder();
const at = (...names: string[]): string => join(folder, ...names);
const FORMATS = `${ROOT}tests/fixtures/formats/files`;
const SIDECAR = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" rdf:about=""><dc:subject><rdf:Bag><rdf:li>sea</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>\r\n`;

let seed = 0;
async function putJpeg(name: string, exif: Exif = {}): Promise<void> {
  const image = sharp(tinyPng(`photo ${seed++}`, 16));
  putFile(at(name), await (Object.keys(exif).length > 0 ? image.withExif(exif) : image).jpeg().toBuffer());
}
const taken = (DateTimeOriginal: string, more: Record<string, string> = {}): Exif => ({ IFD2: { DateTimeOriginal, ...more } });
const place = (GPSLatitude: string, GPSLatitudeRef: string, GPSLongitude: string, GPSLongitudeRef: string): Exif => ({
  IFD3: { GPSLatitude, GPSLatitudeRef, GPSLongitude, GPSLongitudeRef },
});

interface Found {
  readonly path: string;
  readonly format: string;
  readonly takenAt: string | null;
  readonly takenAtSource: string;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly files: readonly string[];
  readonly keywords: readonly string[];
}
const run = (...args: string[]): Promise<CliResult> => cli([...args, '--db', db], { cwd: folder });
let summary: IndexSummaryJson;
let found: Map<string, Found>;

const DATES = {
  'zero.jpg': taken('0000:00:00 00:00:00'),
  'blank.jpg': taken('    :  :     :  :  '),
  'quicktime.jpg': taken('1904:01:01 00:00:00'),
  'february.jpg': taken('2024:02:31 10:00:00'),
  'tokyo.jpg': taken('2024:06:01 01:00:00', { OffsetTimeOriginal: '+09:00' }),
  'new york.jpg': taken('2024:05:31 23:00:00', { OffsetTimeOriginal: '-05:00' }),
  'no such zone.jpg': taken('2024:06:01 01:00:00', { OffsetTimeOriginal: '+25:00' }),
  'IMG_20240601_143000.jpg': taken('0000:00:00 00:00:00'),
  'IMG_20231301_990000.jpg': {},
};
const PLACES = {
  'no fix.jpg': place('0/1 0/1 0/1', 'N', '0/1 0/1 0/1', 'E'),
  'no number.jpg': place('0/0 0/0 0/0', 'N', '0/0 0/0 0/0', 'E'),
  'beyond.jpg': place('95/1 0/1 0/1', 'N', '11/1 0/1 0/1', 'E'),
  'santiago.jpg': place('33/1 30/1 0/1', 'S', '70/1 30/1 0/1', 'W'),
  'equator.jpg': place('0/1 0/1 0/1', 'N', '37/1 30/1 0/1', 'E'),
};
/** Previews, bins and snapshots: the photos are elsewhere. */
const FOREIGN = [
  ...['.thumbnails/a.jpg', '@eaDir/DSC_1.JPG/SYNOPHOTO_THUMB_XL.jpg', '#snapshot/a.jpg', 'lost+found/a.jpg', '._DSC_1.JPG'],
  ...['Catalog Previews.lrdata/1/a.jpg', 'Catalog.lrcat-data/a.jpg', 'System Volume Information/a.jpg', '$RECYCLE.BIN/a.jpg'],
  ...['Photos.photoslibrary/resources/derivatives/0/a_1_105_c.jpeg', 'Old.aplibrary/Thumbnails/a.jpg'],
];

beforeAll(async () => {
  for (const [name, exif] of Object.entries({ ...DATES, ...PLACES })) await putJpeg(name, exif);
  for (const name of [...FOREIGN, 'Photos.photoslibrary/originals/0/0A1B.jpeg', 'Old.aplibrary/Masters/b.jpg']) await putJpeg(name);
  copyFileSync(join(FORMATS, 'rgb.png'), at('png inside.jpg'));
  copyFileSync(join(FORMATS, 'full.heif'), at('heic inside.jpg'));
  await putJpeg('jpeg inside.heic');
  for (const name of ['empty.jpg', 'empty.heic', 'empty.dng']) putFile(at(name), Buffer.alloc(0));
  putFile(at('text.jpg'), Buffer.from('not a picture'));
  copyFileSync(join(FORMATS, 'hevc.heic'), at('IMG_1.HEIC'));
  for (const name of ['IMG_1.MOV', 'IMG_1.AAE', 'Thumbs.db', 'desktop.ini', '.DS_Store']) putFile(at(name), Buffer.from(name));
  await putJpeg('DSC_1.JPG');
  copyFileSync(join(FORMATS, 'preview.dng'), at('DSC_1.DNG'));
  putFile(at('DSC_1.xmp'), Buffer.from(SIDECAR));
  for (const name of [
    `${'x'.repeat(251)}.jpg`,
    `${'y'.repeat(240)}.jpg`,
    'new\nline.jpg',
    '-dash.jpg',
    'emoji 🏖️.jpg',
    'UPPER.JPG',
    'upper.jpg',
  ])
    await putJpeg(name);
  mkdirSync(at('folder.jpg'));
  await putJpeg('folder.jpg/inside.jpg');
  for (const [target, link] of [
    [folder, 'loop'],
    ['link-b.jpg', 'link-a.jpg'],
    ['link-a.jpg', 'link-b.jpg'],
    ['nowhere.jpg', 'dangling.jpg'],
    ['UPPER.JPG', 'link.jpg'],
  ] as const)
    symlinkSync(target, at(link));
  summary = await index(db, folder);
  const { stdout } = await run('search', '--in', '.', '--top-k', '200', '--json');
  found = new Map((JSON.parse(stdout) as Found[]).map((row) => [row.path.slice(folder.length + 1), row]));
});

describe.skipIf(process.platform !== 'linux')('a folder from real life', () => {
  test('each file that is no picture is named with its reason, and nothing else fails', () => {
    const failed = summary.failed.map(({ path, error }) => `${basename(path)}: ${error.code}`).sort();
    expect(failed).toEqual([
      'dangling.jpg: INPUT_NOT_FOUND',
      'empty.dng: IMAGE_DAMAGED',
      'empty.heic: IMAGE_DAMAGED',
      'empty.jpg: IMAGE_DAMAGED',
      'link-a.jpg: INPUT_NOT_FOUND',
      'link-b.jpg: INPUT_NOT_FOUND',
      'text.jpg: IMAGE_UNSUPPORTED',
    ]);
  });

  test('previews, bins and snapshots of other programs are no photos; the originals of photo libraries are', () => {
    for (const name of FOREIGN) expect(found.has(name), name).toBe(false);
    expect(found.has('Photos.photoslibrary/originals/0/0A1B.jpeg')).toBe(true);
    expect(found.has('Old.aplibrary/Masters/b.jpg')).toBe(true);
  });

  test('the bytes say what a file is, not its name', () => {
    const formats = ['png inside.jpg', 'heic inside.jpg', 'jpeg inside.heic'].map((name) => found.get(name)?.format);
    expect(formats).toEqual(['png', 'heic', 'jpeg']);
  });

  test('a date that no camera can have meant is none, and a zone is kept', () => {
    const dateOf = (name: string): (string | null | undefined)[] => [found.get(name)?.takenAt, found.get(name)?.takenAtSource];
    for (const name of ['zero.jpg', 'blank.jpg', 'quicktime.jpg', 'february.jpg', 'IMG_20231301_990000.jpg'])
      expect(found.get(name)?.takenAtSource, name).toBe('mtime');
    expect(dateOf('IMG_20240601_143000.jpg')).toEqual(['2024-06-01T14:30:00', 'name']);
    expect(dateOf('new york.jpg')).toEqual(['2024-05-31T23:00:00-05:00', 'exif']);
    expect(dateOf('no such zone.jpg')).toEqual(['2024-06-01T01:00:00', 'exif']);
  });

  test('a place that is none is left out', () => {
    const placeOf = (name: string): (number | null | undefined)[] => [found.get(name)?.latitude, found.get(name)?.longitude];
    for (const name of ['no fix.jpg', 'no number.jpg', 'beyond.jpg']) expect(placeOf(name), name).toEqual([null, null]);
    expect(placeOf('santiago.jpg')).toEqual([-33.5, -70.5]);
    expect(placeOf('equator.jpg')).toEqual([0, 37.5]);
  });

  test('a raw file and its JPEG, and a live photo, are one picture each, with the keywords of the sidecar they share', async () => {
    expect(found.get('DSC_1.JPG')).toMatchObject({ files: ['DSC_1.DNG'], keywords: ['sea'] });
    expect(found.get('IMG_1.HEIC')?.files).toEqual(['IMG_1.MOV']);
    expect((await run('index', 'status')).stdout).not.toContain('IMG_1.MOV');
  });

  test('links that lead in circles end, and each folder is walked once', () => {
    expect([...found.keys()].filter((name) => name.startsWith('loop'))).toEqual([]);
    expect(summary.found).toBe(found.size + summary.failed.length + 1); // link.jpg is another name of UPPER.JPG
  });

  describe('its sidecars', () => {
    /** Every file, and where every link leads. */
    const state = (): string[] =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => !name.startsWith('loop/') && !lstatSync(at(name)).isDirectory())
        .map((name) => {
          if (lstatSync(at(name)).isSymbolicLink()) return `${name} -> ${readlinkSync(at(name))}`;
          return `${name} ${createHash('sha256')
            .update(readFileSync(at(name)))
            .digest('hex')}`;
        })
        .sort();

    test('are as they were after an export and its removal: links, odd ones, and those that were never readable', async () => {
      putFile(at('elsewhere/real.xmp'), Buffer.from(SIDECAR));
      symlinkSync('elsewhere/real.xmp', at('UPPER.JPG.xmp'));
      symlinkSync('elsewhere/not mounted.xmp', at('santiago.jpg.xmp'));
      putFile(at('beyond.jpg.xmp'), Buffer.alloc(0));
      putFile(at('no fix.jpg.xmp'), Buffer.from([0xff, 0xfe, 0x3c, 0, 0x78, 0]));
      mkdirSync(at('equator.jpg.xmp'));
      putFile(at('zero.xmp'), Buffer.from(SIDECAR));
      const before = state();
      const photos = [...found.keys()].map((name) => at(name));
      expect(await run('tags', 'add', 'holiday', ...photos)).toMatchObject({ code: 0 });
      const { code, stderr } = await run('export', '--xmp');
      expect(code).toBe(3);
      const named = ['santiago.jpg.xmp', 'beyond.jpg.xmp', 'no fix.jpg.xmp', 'equator.jpg.xmp', `${'x'.repeat(251)}.jpg.xmp`];
      for (const name of named) expect(stderr).toContain(name);
      expect(stderr).toContain(`${named.length} sidecars could not be written; the rest was done`);
      expect(readFileSync(at('elsewhere/real.xmp'), 'utf8')).toContain('holiday');
      expect(state()).not.toEqual(before);
      await run('export', '--xmp', '--remove');
      expect(state()).toEqual(before);
    });
  });
});
