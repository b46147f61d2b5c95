import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { type CliResult, cli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { ROOT } from '../fixtures/paths.js';
import { putFile } from '../fixtures/photo-folder.js';

/** LABELWISE_PHOTOS=200 for a quick look. */
const PHOTOS = Number(process.env.LABELWISE_PHOTOS ?? 2000);
const MADE = `${ROOT}tests/fixtures/sidecars/made`;
const LAYOUTS = readdirSync(MADE);

const library = temporaryFolder();
const db = temporaryFolder();
const run = async (...args: string[]): Promise<CliResult> => {
  const result = await cli([...args, '--db', db], { cwd: library });
  if (result.code !== 0) throw new Error(`${args.join(' ')}: ${result.stderr}`);
  return result;
};
const find = async (...args: string[]): Promise<{ path: string; takenAt: string | null; latitude: number | null }[]> =>
  JSON.parse((await run('search', ...args, '--json', '--top-k', '5000')).stdout);

/** The hash of every file, originals and sidecars, by its name. */
const hashes = (folder = library): Map<string, string> =>
  new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .sort()
      .map((path) => [path.slice(folder.length + 1), createHash('sha256').update(readFileSync(path)).digest('hex')]),
  );

/** A photo of its own for each number: with a date, two of three with a place, each fifth with another program's sidecar. */
async function writePhoto(i: number, sources: readonly Buffer[]): Promise<void> {
  const day = new Date(Date.UTC(2020, 0, 1 + i)).toISOString().slice(0, 10).replaceAll('-', ':');
  const IFD2 = { DateTimeOriginal: `${day} 12:00:00` };
  const place = { GPSLatitudeRef: 'N', GPSLatitude: `${40 + (i % 20)}/1 0/1 0/1`, GPSLongitudeRef: 'E', GPSLongitude: '11/1 0/1 0/1' };
  const image = sharp(sources[i % sources.length]).extract({ left: i % 60, top: Math.floor(i / 60) % 40, width: 96, height: 72 });
  const path = join(library, `${2020 + Math.floor(i / 366)}`, `IMG_${i}.jpg`);
  putFile(
    path,
    await image
      .withExif(i % 3 === 0 ? { IFD2 } : { IFD2, IFD3: place })
      .jpeg({ quality: 80 })
      .toBuffer(),
  );
  if (i % 5 === 0) copyFileSync(join(MADE, LAYOUTS[(i / 5) % LAYOUTS.length] as string), `${path}.xmp`);
}

beforeAll(async () => {
  const photos = readdirSync(`${ROOT}demo/photos`).filter((name) => name.endsWith('.jpg'));
  const sources = await Promise.all(
    photos.map((name) => sharp(`${ROOT}demo/photos/${name}`).resize(160, 120, { fit: 'cover' }).png().toBuffer()),
  );
  for (let i = 0; i < PHOTOS; i++) await writePhoto(i, sources);
});

test(`${PHOTOS} photos are indexed, tagged, exported, corrected, found by date and place, and given back: nothing is left behind`, async () => {
  const before = hashes();
  const [summary] = JSON.parse((await run('index', '.', '--json')).stdout);
  expect([summary.found, summary.failed]).toEqual([PHOTOS, []]);

  const labels = ['--labels', 'cat, cup of coffee, rocket, temple', '--name', 'things'];
  await run('tag', ...labels, '--dry-run');
  expect(hashes()).toEqual(before);
  await run('tag', ...labels);
  await run('export', '--xmp', '--min-probability', '0.9');
  await run('export', '--xmp', '--hierarchical');
  const exported = hashes();
  expect(exported.size).toBeGreaterThan(before.size);

  const cats = await find('tag:cat');
  expect(cats.length).toBeGreaterThan(PHOTOS / 12);
  const wrong = cats.slice(0, 20).map(({ path }) => path);
  await run('tags', 'remove', 'cat', ...wrong);
  await run('tags', 'add', 'holiday', ...wrong);
  await run('export', '--xmp');
  expect((await find('tag:cat')).length).toBe(cats.length - 20);
  expect((await find('tag:holiday')).map(({ path }) => path).sort()).toEqual([...wrong].sort());
  expect(JSON.parse((await run('index', '--json')).stdout)[0]).toMatchObject({ unchanged: PHOTOS, known: 0, encoded: 0 });

  const january = await find('--after', '2020-01', '--before', '2020-02', '--sort', 'date');
  expect(january.map(({ takenAt }) => takenAt?.slice(8, 10))).toEqual(Array.from({ length: 31 }, (_, i) => `${31 - i}`.padStart(2, '0')));
  const near = await find('--near', '48,11', '--within', '50km');
  expect(near.length).toBeGreaterThan(PHOTOS / 40);
  expect(near.every(({ latitude }) => Math.abs((latitude as number) - 48) < 0.5)).toBe(true);
  expect((await find('keyword:harbour')).length).toBeGreaterThan(0);

  await run('export', '--xmp', '--remove');
  expect(hashes()).toEqual(before);
});

test('a renamed root keeps its tags: its rows follow by their content, and nothing is encoded again', async () => {
  const moved = `${library}-moved`;
  mkdirSync(moved);
  for (const name of readdirSync(library)) renameSync(join(library, name), join(moved, name));
  const gone = await cli(['index', '--json', '--db', db]);
  expect([gone.code, gone.stderr]).toEqual([3, expect.stringContaining('holds no images now')]); // as an unplugged disk: rows stay
  expect((await find('tag:holiday')).length).toBe(20);
  const [there] = JSON.parse((await cli(['index', moved, '--json', '--db', db])).stdout);
  expect(there).toMatchObject({ found: PHOTOS, known: PHOTOS, encoded: 0 });
  await cli(['index', '--forget', library, '--db', db]);
  expect((await find('tag:holiday')).every(({ path }) => path.startsWith(moved))).toBe(true);
  rmSync(moved, { recursive: true });
});
