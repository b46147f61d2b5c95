import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { liveVideo, withAppleExif } from '../fixtures/apple-photo.js';
import { cli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { index, putFile, tinyPng } from '../fixtures/photo-folder.js';

const BURST = '6A7B8C9D-0000-1111-2222-333344445555';
const LIVE = '7F5D8B9A-1A2B-4C3D-8E9F-0123456789AB';
const photos = temporaryFolder();
const db = temporaryFolder();
const jpeg = (seed: string): Promise<Buffer> => sharp(tinyPng(seed, 32)).jpeg().toBuffer();

/** A photo of a burst, or of another. */
async function putShot(name: string, burst = BURST, takenAt = '2024:06:01 12:00:00'): Promise<void> {
  putFile(join(photos, name), withAppleExif(await jpeg(name), { burst, takenAt }));
}

const found = async (): Promise<Record<string, readonly string[]>> => {
  const { stdout } = await cli(['search', '--in', photos, '--json', '--top-k', '50', '--db', db]);
  const rows = JSON.parse(stdout) as { path: string; files: readonly string[] }[];
  return Object.fromEntries(rows.map(({ path, files }) => [relative(photos, path), files]));
};

beforeAll(async () => {
  for (const name of ['IMG_1.JPG', 'IMG_2.JPG', 'IMG_4.JPG']) await putShot(name);
  await putShot('IMG_5.JPG', 'FFFFFFFF-0000-1111-2222-333344445555');
  putFile(join(photos, 'IMG_6.JPG'), withAppleExif(await jpeg('live'), { live: LIVE }));
  putFile(join(photos, 'moving part.MOV'), liveVideo(LIVE));
  putFile(join(photos, 'holiday.MOV'), liveVideo('00000000-1A2B-4C3D-8E9F-0123456789AB'));
});

test('the shots of an iPhone that share a BurstUUID are one picture, and a live photo has the video of its ContentIdentifier', async () => {
  const first = await index(db, photos);
  expect(first).toMatchObject({ code: 0, found: 3, encoded: 3, further: 2, failed: [] });
  expect(first).toMatchObject({ leftOut: [{ reason: 'video', count: 1, examples: [join(photos, 'holiday.MOV')] }] });
  const expected = { 'IMG_1.JPG': ['IMG_2.JPG', 'IMG_4.JPG'], 'IMG_5.JPG': [], 'IMG_6.JPG': ['moving part.MOV'] };
  expect(await found()).toEqual(expected);
  expect(await index(db)).toMatchObject({ found: 3, unchanged: 3, encoded: 0, further: 2, leftOut: [{ count: 1 }] });
  expect(await found()).toEqual(expected);
});

test('a shot that comes later joins its burst, and one that is edited stays in it', async () => {
  await putShot('IMG_3.JPG');
  expect(await index(db)).toMatchObject({ found: 3, encoded: 0, further: 3 });
  expect((await found())['IMG_1.JPG']).toEqual(['IMG_2.JPG', 'IMG_3.JPG', 'IMG_4.JPG']);
  expect(await index(db)).toMatchObject({ found: 3, unchanged: 3, encoded: 0, further: 3 });
  writeFileSync(join(photos, 'IMG_2.JPG'), withAppleExif(await jpeg('edited'), { burst: BURST }));
  await index(db);
  expect((await found())['IMG_1.JPG']).toEqual(['IMG_2.JPG', 'IMG_3.JPG', 'IMG_4.JPG']);
});

test('without its first shot, the next one stands for the burst; without its video, a live photo is a photo', async () => {
  rmSync(join(photos, 'IMG_1.JPG'));
  rmSync(join(photos, 'moving part.MOV'));
  await index(db);
  expect(await found()).toEqual({ 'IMG_2.JPG': ['IMG_3.JPG', 'IMG_4.JPG'], 'IMG_5.JPG': [], 'IMG_6.JPG': [] });
});

test('a first shot that cannot be decoded costs no other', async () => {
  const whole = withAppleExif(await jpeg('broken'), { burst: 'AAAAAAAA-0000-1111-2222-333344445555' });
  putFile(join(photos, 'IMG_7.JPG'), whole.subarray(0, whole.indexOf(Buffer.from([0xff, 0xc0]))));
  for (const name of ['IMG_8.JPG', 'IMG_9.JPG']) await putShot(name, 'AAAAAAAA-0000-1111-2222-333344445555');
  const summary = await index(db);
  expect(summary.failed.map(({ path }) => basename(path))).toEqual(['IMG_7.JPG']);
  expect(await found()).toMatchObject({ 'IMG_8.JPG': ['IMG_9.JPG'] });
});

test('the same burst in another folder, and another moment with the same identifier in the index, are pictures of their own', async () => {
  putFile(join(photos, 'copy', 'IMG_2.JPG'), withAppleExif(await jpeg('copy'), { burst: BURST }));
  await putShot('later.JPG', BURST, '2024:06:02 12:00:00');
  expect(await index(db)).toMatchObject({ encoded: 2 });
  expect(await found()).toMatchObject({ 'IMG_2.JPG': ['IMG_3.JPG', 'IMG_4.JPG'], [join('copy', 'IMG_2.JPG')]: [], 'later.JPG': [] });
});

test('of two pictures that an edit makes shots of one burst, the first stays, also if both are read again', async () => {
  const burst = 'BBBBBBBB-0000-1111-2222-333344445555';
  putFile(join(photos, 'pair', 'IMG_1.JPG'), withAppleExif(await jpeg('one'), { burst }));
  putFile(join(photos, 'pair', 'IMG_2.JPG'), withAppleExif(await jpeg('two'), {}));
  await index(db);
  putFile(join(photos, 'pair', 'IMG_1.JPG'), withAppleExif(await jpeg('one, edited'), { burst }));
  putFile(join(photos, 'pair', 'IMG_2.JPG'), withAppleExif(await jpeg('two'), { burst }));
  await index(db);
  const { [join('pair', 'IMG_1.JPG')]: first, [join('pair', 'IMG_2.JPG')]: second } = await found();
  expect([first, second]).toEqual([['IMG_2.JPG'], undefined]);
});

test.skipIf(spawnSync('exiftool', ['-ver']).error)(
  'exiftool reads the same, and what it writes is read (skipped without exiftool)',
  async () => {
    const read = (name: string, tag: string): string =>
      execFileSync('exiftool', ['-s3', `-${tag}`, join(photos, name)], { encoding: 'utf8' }).trim();
    expect([read('IMG_5.JPG', 'Apple:BurstUUID'), read('IMG_6.JPG', 'Apple:all'), read('holiday.MOV', 'Keys:ContentIdentifier')]).toEqual([
      'FFFFFFFF-0000-1111-2222-333344445555',
      LIVE,
      '00000000-1A2B-4C3D-8E9F-0123456789AB',
    ]);
    execFileSync('exiftool', ['-q', '-overwrite_original', `-Apple:BurstUUID=${BURST}`, join(photos, 'IMG_5.JPG')]);
    await index(db);
    expect((await found())['IMG_2.JPG']).toEqual(['IMG_3.JPG', 'IMG_4.JPG', 'IMG_5.JPG']);
  },
);
