import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDataset } from 'labelwise/datasets';
import { beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../../dist/store/database.js';
import { openImageIndex } from '../../dist/store/image-index.js';
import { cli, rowsOf } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY } from '../fixtures/paths.js';
import { index, putFile, tiny, tinyPng } from '../fixtures/photo-folder.js';

interface LeftOut {
  reason: string;
  by?: string;
  count: number;
  examples: string[];
}

let folder: string;
let db: string;
const at = (name: string): string => join(folder, name);
const put = (...names: string[]): void => {
  for (const name of names) putFile(at(name), tinyPng(name));
};
const short = (path: string): string => path.slice(folder.length + 1);
const classified = (...args: string[]) => cli(['classify', ...args, '--labels', 'a,b', '--model', CLIP_TINY, '--json']);
const pathsOf = (result: Awaited<ReturnType<typeof cli>>): string[] => rowsOf(result).map(({ path }) => short(path));
const leftOutOf = (result: unknown): Record<string, string[]> =>
  Object.fromEntries((result as { leftOut: LeftOut[] }).leftOut.map(({ reason, examples }) => [reason, examples.map(short)]));
async function indexed(): Promise<string[]> {
  const opened = await openImageIndex(openDatabase(db));
  const rows = await opened.files();
  opened.close();
  return rows.map(({ path }) => short(path)).sort();
}

beforeEach(() => {
  [folder, db] = [temporaryFolder(), temporaryFolder()];
});

describe('files that other programs keep beside photos', () => {
  const FOREIGN = ['@eaDir/a.png/THUMB_M.png', '#recycle/old.png', '._a.png', '.thumbnails/x.png', 'Photos Previews.lrdata/1.png'];

  test('are left out and counted, and classify, index and eval choose the same images', async () => {
    put('a.png', 'album/b.png', ...FOREIGN, 'album/@eaDir/c.png');
    const result = await index(db, folder);
    expect(result).toMatchObject({ code: 0, found: 2 });
    const names = ['#recycle', '.thumbnails', '._a.png', '@eaDir', 'Photos Previews.lrdata', 'album/@eaDir'];
    expect((result as unknown as { leftOut: LeftOut[] }).leftOut).toEqual([
      { reason: 'excluded', count: 6, examples: expect.arrayContaining(names.slice(0, 5).map(at)) },
    ]);
    expect(result.stderr).toMatch(/^left out: 6 excluded files and folders: .*#recycle.* and 1 more$/m);
    const rows = await classified(folder);
    expect(rows.code).toBe(0);
    expect(pathsOf(rows).sort()).toEqual(await indexed());
    expect(rows.stderr).toContain('left out: 6 excluded files and folders');
    const dataset = await openDataset(folder);
    expect([dataset.size, dataset.labelNames]).toEqual([1, ['album']]);
  });

  test('are left out of patterns too, unless the pattern names them', async () => {
    put('p/a.png', 'p/@eaDir/b.png');
    expect(pathsOf(await classified(at('**/*.png')))).toEqual(['p/a.png']);
    expect(pathsOf(await classified(at('p/@eaDir/*.png')))).toEqual(['p/@eaDir/b.png']);
    expect(pathsOf(await classified(at('p/@eaDir/b.png')))).toEqual(['p/@eaDir/b.png']);
    await index(db, at('p/@eaDir'));
    expect(await indexed()).toEqual(['p/@eaDir/b.png']);
  });
});

describe('images in formats that labelwise does not read', () => {
  const NAMES = ['a.PSB', 'b.jxr', 'c.exr', 'd.hdr', 'e.x3f', 'f.jpx'];

  test('are counted and named by index, classify and data sets', async () => {
    put(...NAMES.map((name) => `cat/${name}`), 'cat/g.png');
    const result = await index(db, folder);
    expect([result.code, result.found, leftOutOf(result).unreadable?.length]).toEqual([0, 1, 5]);
    const said =
      /left out: 6 images in formats that labelwise does not read: .*a\.PSB, .*b\.jxr, .* and 1 more\. Convert them to JPEG or PNG\./;
    expect(result.stderr).toMatch(said);
    expect((await classified(folder)).stderr).toMatch(said);
    const shown = await cli(['datasets', 'show', folder]);
    expect(shown.stderr).toMatch(
      /in formats that labelwise does not read are left out: 1 PSB \(cat\/a\.PSB\), 1 JXR \(cat\/b\.jxr\), 1 EXR/,
    );
  });

  test('alone in a folder are named beside the error, and the index says that it found nothing', async () => {
    put('a.PSB', 'b.jxr');
    const rows = await classified(folder);
    expect([rows.code, rowsOf(rows)]).toEqual([
      3,
      [expect.objectContaining({ error: expect.objectContaining({ code: 'INPUT_NOT_FOUND' }) })],
    ]);
    expect(rows.stderr).toContain('2 images in formats that labelwise does not read');
    const { stdout, stderr } = await cli(['index', folder, ...tiny(db)]);
    expect([stdout, stderr]).toEqual([expect.stringMatching(/^0 files:/), expect.stringContaining('a.PSB')]);
  });
});

test('videos are counted and named, those of live photos are part of them', async () => {
  put('a.png', 'b.jpg');
  for (const name of ['a.mp4', 'b.MOV', 'trip/c.mov', 'trip/d.mkv']) putFile(at(name), Buffer.from('video'));
  const result = await index(db, folder);
  expect(leftOutOf(result).video?.sort()).toEqual(['a.mp4', 'trip/c.mov', 'trip/d.mkv']);
  expect(result.stderr).toContain('left out: 3 videos: ');
});

describe('ignore files', () => {
  test.each(['.gitignore', '.labelwiseignore'])(
    '%s that leaves out every image is named as the reason, and nothing is removed',
    async (name) => {
      put('p/a.png', 'p/b.png');
      await index(db, at('p'));
      writeFileSync(at(`p/${name}`), '*.png\n');
      const { code, stderr } = await cli(['index', at('p'), ...tiny(db)]);
      expect([code, stderr]).toEqual([
        3,
        expect.stringContaining(`${at(`p/${name}`)} leaves out all images of ${at('p')}; the 2 that it held`),
      ]);
      expect(await indexed()).toEqual(['p/a.png', 'p/b.png']);
      expect(await index(db, at('p'), '--allow-empty')).toMatchObject({ code: 0, removed: 2 });
      const first = await cli(['index', at('p'), '--db', temporaryFolder(), '--model', CLIP_TINY]);
      expect(first.stderr).toContain(`left out: 2 files and folders listed in ${at(`p/${name}`)}: `);
    },
  );

  test('count for classify, and not for data sets', async () => {
    put('cat/a.png', 'cat/b.png');
    writeFileSync(at('.gitignore'), 'b.png\n');
    const rows = await classified(folder);
    expect([pathsOf(rows), rows.stderr]).toEqual([
      ['cat/a.png'],
      expect.stringContaining(`1 file or folder listed in ${at('.gitignore')}`),
    ]);
    expect((await openDataset(folder)).size).toBe(2);
  });
});

describe('--exclude', () => {
  test('leaves out what it names, and the index keeps it until another is given', async () => {
    put('a.png', 'raw/b.png', 'c_thumb.png');
    expect(await index(db, folder, '--exclude', 'raw/', '--exclude', '*_thumb.png')).toMatchObject({ code: 0, found: 1 });
    expect(await index(db)).toMatchObject({ found: 1, removed: 0 });
    const status = await cli(['index', 'status', '--db', db]);
    expect(status.stdout).toContain('\nexcluded: raw/, *_thumb.png\nleft out: 2 excluded files and folders: ');
    expect(await index(db, '--exclude', 'raw')).toMatchObject({ found: 2 });
    expect(await index(db, '--exclude', '')).toMatchObject({ found: 3 });
    expect(await index(db)).toMatchObject({ found: 3, unchanged: 3 });
  });

  test('counts for classify, patterns and data sets', async () => {
    put('cat/a.png', 'cat/raw/b.png', 'dog/c.png');
    expect(pathsOf(await classified(folder, '--exclude', 'raw'))).toEqual(['cat/a.png', 'dog/c.png']);
    expect(pathsOf(await classified(at('**/*.png'), '--exclude', 'raw', '--exclude', 'c.png'))).toEqual(['cat/a.png']);
    const shown = await cli(['datasets', 'show', folder, '--exclude', 'dog', '--json']);
    expect(JSON.parse(shown.stdout)).toMatchObject({ size: 2 });
    expect(shown.stderr).toContain('dog');
  });
});

test('index status counts what is left out in the folders as they are, and lists it', async () => {
  put('a.png', 'b.psb', '.hidden.png', 'album/@eaDir/x.png');
  writeFileSync(at('notes.txt'), '');
  writeFileSync(at('a.png.xmp'), '');
  await index(db, folder);
  const { stdout } = await cli(['index', 'status', '--db', db]);
  expect(stdout).toMatch(/^left out: 2 other files: \S+a\.png\.xmp, \S+notes\.txt$/m);
  expect(stdout).toMatch(/^left out: 1 hidden image: /m);
  const [status] = rowsOf<object>(await cli(['index', 'status', '--json', '--db', db]));
  expect(leftOutOf(status)).toEqual({
    excluded: ['album/@eaDir'],
    hidden: ['.hidden.png'],
    other: ['a.png.xmp', 'notes.txt'],
    unreadable: ['b.psb'],
  });
  const listed = rowsOf<{ path: string; reason: string }>(await cli(['index', 'status', '--left-out', '--json', '--db', db]));
  expect(listed.map(({ path, reason }) => `${short(path)} ${reason}`).sort()).toEqual(
    ['.hidden.png hidden', 'a.png.xmp other', 'album/@eaDir excluded', 'b.psb unreadable', 'notes.txt other'].sort(),
  );
});

test.skipIf(process.platform === 'win32')('classify follows links to folders once, as index does', async () => {
  put('real/a.png');
  mkdirSync(at('albums'));
  symlinkSync('../real', at('albums/linked'));
  symlinkSync('..', at('albums/up'));
  await index(db, folder);
  expect(pathsOf(await classified(folder))).toEqual(await indexed());
  expect(pathsOf(await classified(at('albums')))).toHaveLength(1);
});

describe('a search or a folder that matches nothing', () => {
  beforeEach(async () => {
    put('a.png', 'b/c.png');
    await index(db, folder);
  });
  const search = async (...args: string[]) => (await cli(['search', ...args, '--db', db])).stderr;

  test.each([
    [['--format', 'jpg'], 'No image in the index passes --format jpg. Its formats are: png (2).'],
    [['--in', '/nowhere'], 'No image in the index passes --in /nowhere. Its folders are: '],
    [['--after', '2024'], 'No image in the index passes --after 2024.\n'],
    [['--min-width', '9000', '--format', 'png'], 'No image in the index passes --min-width 9000.\n'],
    [['--where', 'width > 7', '--where', 'width < 3'], 'No image in the index passes --where width < 3.\n'],
  ])('%j: the filter is named', async (args, reason) => {
    expect(await search(...args)).toContain(reason);
  });

  test('filters that only together leave nothing are named so', async () => {
    expect(await search('--in', at('b'), '--where', "path LIKE '%a.png'")).toContain('No image in the index passes all the filters.');
  });

  test('--forget of a folder that the index does not know is an error that lists its folders', async () => {
    const { code, stderr } = await cli(['index', '--forget', '/nowhere', ...tiny(db)]);
    expect([code, stderr]).toEqual([3, `error: The index holds nothing of /nowhere.\nhint: Its folders are: ${folder}.\n`]);
    expect(await indexed()).toEqual(['a.png', 'b/c.png']);
  });
});
