import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, unlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openImageTable } from '../../dist/store/current-images.js';
import { openDatabase } from '../../dist/store/database.js';
import { openImageIndex } from '../../dist/store/image-index.js';
import { verifyImages } from '../../dist/store/verify-images.js';
import { cli, rowsOf } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { PARITY } from '../fixtures/paths.js';
import { chunk, fillFolder, index, putFile, tiny, tinyPng } from '../fixtures/photo-folder.js';
import { turnIntoVersion1 } from '../fixtures/version-1-index.js';

const isLinux = process.platform === 'linux';

async function rowsByPath(db: string) {
  const opened = await openImageIndex(openDatabase(db));
  const rows = new Map((await opened.files()).map((row) => [row.path, row]));
  opened.close();
  return rows;
}

const good = tinyPng('good');
const damaged = Buffer.from(good);
damaged.fill(0x55, 45, 70);
const bomb = (() => {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(60_000, 0);
  header.writeUInt32BE(60_000, 4);
  header.set([8, 2], 8);
  return Buffer.concat([good.subarray(0, 8), chunk('IHDR', header), good.subarray(33)]);
})();

/** Ten kinds of files that are no use, four of each. */
const BAD: Record<string, (path: string) => void> = {
  empty: (path) => putFile(path, Buffer.alloc(0)),
  text: (path) => putFile(path, Buffer.from('not a picture')),
  'cut short': (path) => putFile(path, good.subarray(0, 60)),
  damaged: (path) => putFile(path, damaged),
  zeros: (path) => putFile(path, Buffer.alloc(500)),
  svg: (path) => putFile(path, Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')),
  page: (path) => putFile(path, Buffer.from('<!doctype html><title>404</title>')),
  bomb: (path) => putFile(path, bomb),
  'dangling link': (path) => symlinkSync('/nowhere/at/all.png', path),
  pipe: (path) => void execFileSync('mkfifo', [path]),
};

describe.skipIf(!isLinux)('a folder of 2,000 files, 40 of them bad, with odd names and links', () => {
  const folder = temporaryFolder();
  const db = temporaryFolder();
  const names = {
    newline: join(folder, 'line\nbreak.png'),
    emoji: join(folder, '🐈‍⬛.png'),
    long: join(folder, `${'x'.repeat(251)}.png`),
    nfc: join(folder, 'caf\u00e9.png'),
    nfd: join(folder, 'cafe\u0301.png'),
    quote: join(folder, `o'clock "%41".PNG`),
  };
  let bad: string[];
  let first: Awaited<ReturnType<typeof index>>;
  beforeAll(async () => {
    fillFolder(folder, 0, 1950);
    for (const [seed, path] of Object.entries(names)) putFile(path, tinyPng(seed));
    putFile(Buffer.concat([Buffer.from(`${folder}/byte-`), Buffer.of(0xe9, 0xff), Buffer.from('.png')]), tinyPng('bytes'));
    mkdirSync(join(folder, 'bad'));
    bad = Object.entries(BAD).flatMap(([kind, make]) =>
      [0, 1, 2, 3].map((i) => {
        const path = join(folder, 'bad', `${kind} ${i}.png`);
        make(path);
        return path;
      }),
    );
    linkSync(join(folder, '0', '1.png'), join(folder, 'hard link.png'));
    symlinkSync(join(folder, '0', '2.png'), join(folder, 'symbolic link.png'));
    symlinkSync(folder, join(folder, '0', 'loop'));
    const outside = temporaryFolder();
    putFile(join(outside, 'elsewhere.png'), tinyPng('elsewhere'));
    symlinkSync(outside, join(folder, 'album'));
    putFile(join(folder, '.hidden', 'a.png'), tinyPng('hidden'));
    putFile(join(folder, 'out', '.labelwiseignore'), Buffer.from('\uFEFF*.png\n!kept.png\n'));
    putFile(join(folder, 'out', 'ignored.png'), tinyPng('ignored'));
    putFile(join(folder, 'out', 'kept.png'), tinyPng('kept'));
    if (process.platform !== 'win32') execFileSync('mkfifo', [join(folder, '.gitignore')]); // nobody writes into it
    first = await index(db, folder);
  });

  test('every good one is found, each content is encoded once', () => {
    expect(first).toMatchObject({ found: 2001, encoded: 1959, known: 2, unchanged: 0, removed: 0 });
    expect(first.code).toBe(3);
  });

  test('every bad one is named, with its reason', async () => {
    expect(first.failed.map(({ path }) => path).sort()).toEqual(bad.sort());
    const codes = Object.fromEntries(first.failed.map(({ path, error }) => [path.replace(/^.*\/| \d\.png$/g, ''), error.code]));
    expect(codes).toEqual({
      empty: 'IMAGE_DAMAGED',
      text: 'IMAGE_UNSUPPORTED',
      'cut short': 'IMAGE_DAMAGED',
      damaged: 'IMAGE_DAMAGED',
      zeros: 'IMAGE_UNSUPPORTED',
      svg: 'IMAGE_UNSUPPORTED',
      page: 'IMAGE_UNSUPPORTED',
      bomb: 'IMAGE_TOO_LARGE',
      'dangling link': 'INPUT_NOT_FOUND',
      pipe: 'INPUT_UNREADABLE',
    });
    const listed = await cli(['index', 'status', '--failed', '--json', '--db', db]);
    expect(rowsOf<{ path: string }>(listed).map(({ path }) => path)).toEqual(bad.sort());
  });

  test('odd names are kept as they are', async () => {
    const rows = await rowsByPath(db);
    for (const path of Object.values(names)) expect(rows.get(path)?.error_code, path).toBeNull();
    expect(rows.get(`file://${folder}/byte-%E9%FF.png`)?.error_code).toBeNull();
    const [newline, emoji] = await Promise.all(
      [names.newline, names.emoji].map((path) => cli(['search', '--like', path, '-k', '1', '--json', '--db', db])),
    );
    expect([newline, emoji].map((result) => rowsOf<{ path: string }>(result as never)[0]?.path)).toEqual([names.newline, names.emoji]);
  });

  test('links are followed, loops end, hidden and ignored files are left out', async () => {
    const paths = [...(await rowsByPath(db)).keys()];
    const has = (name: string): boolean => paths.includes(join(folder, name));
    expect([has('hard link.png'), has('symbolic link.png'), has('album/elsewhere.png'), has('out/kept.png')]).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(paths.filter((path) => /loop|hidden|ignored/.test(path))).toEqual([]);
    const found = await cli(['search', '--like', join(folder, '0', '1.png'), '-k', '1', '--json', '--db', db]);
    expect(rowsOf(found)[0]).toMatchObject({ path: join(folder, '0', '1.png'), alsoAt: [join(folder, 'hard link.png')] });
  });

  test('a second run reads nothing, and bad files are not tried again', async () => {
    const again = await index(db);
    expect(again).toMatchObject({ code: 0, found: 2001, encoded: 0, known: 0, unchanged: 2001, removed: 0, failed: [], stillFailed: 40 });
  });

  test('renamed, edited, mended and deleted files are followed', async () => {
    const before = await rowsByPath(db);
    renameSync(join(folder, '1'), join(folder, 'renamed'));
    putFile(join(folder, '2', '200.png'), tinyPng('edited'), new Date(Date.now() - 3600_000));
    putFile(join(folder, 'bad', 'empty 0.png'), tinyPng('mended'), new Date(Date.now() - 3600_000));
    unlinkSync(join(folder, '2', '201.png'));
    rmSync(join(folder, '3'), { recursive: true });
    expect(await index(db)).toMatchObject({ code: 0, encoded: 2, known: 100, removed: 201, failed: [], stillFailed: 39 });
    const after = await rowsByPath(db);
    const [was, is] = [before.get(join(folder, '1', '142.png')), after.get(join(folder, 'renamed', '142.png'))];
    expect(is).toMatchObject({ content_hash: was?.content_hash, added_at: was?.added_at });
    expect(after.has(join(folder, '1', '142.png'))).toBe(false);
    expect(after.get(join(folder, '2', '200.png'))?.content_hash).not.toBe(before.get(join(folder, '2', '200.png'))?.content_hash);
    expect((await verifyImages(openDatabase(db))).faults).toEqual([]);
  });

  test('a folder that is empty or gone costs no rows until that is said', async () => {
    renameSync(folder, `${folder}-away`);
    const gone = await cli(['index', ...tiny(db)]);
    mkdirSync(folder);
    const empty = await cli(['index', ...tiny(db)]);
    expect([gone.code, empty.code]).toEqual([3, 3]);
    expect(empty.stderr).toMatch(/holds no images now; 1\d+ that it held are in the index, and stay there[\s\S]*--allow-empty/);
    expect((await rowsByPath(db)).size).toBe(1900);
    rmSync(folder, { recursive: true });
    renameSync(`${folder}-away`, folder);
    expect(await index(db)).toMatchObject({ code: 0, encoded: 0, removed: 0 });
  });
});

test('a picture whose date lies ahead is read once, as any other', async () => {
  const [folder, db] = [temporaryFolder(), temporaryFolder()];
  putFile(join(folder, 'tomorrow.png'), tinyPng('tomorrow'));
  const ahead = new Date(Date.now() + 86_400_000);
  utimesSync(join(folder, 'tomorrow.png'), ahead, ahead);
  await index(db, folder);
  expect(await index(db, folder)).toMatchObject({ unchanged: 1, known: 0 });
});

/** Other bytes of the same size in the same file, and the time of last week put back. */
function editInPlace(path: string, seed: string): void {
  const { size, ino } = statSync(path);
  putFile(path, tinyPng(seed));
  expect(statSync(path)).toMatchObject({ size, ino });
}

test('an edit that leaves size, time and inode as they were is seen', async () => {
  const [folder, db] = [temporaryFolder(), temporaryFolder()];
  fillFolder(folder, 0, 3);
  await index(db, folder);
  expect(await index(db)).toMatchObject({ unchanged: 3 });
  editInPlace(join(folder, '0', '1.png'), 'edited');
  expect(await index(db)).toMatchObject({ encoded: 1, unchanged: 2 });
});

test('an AVIF that an earlier version recorded as HEIC gets its format in the next run, and is read once', async () => {
  const [folder, db] = [temporaryFolder(), temporaryFolder()];
  fillFolder(folder, 0, 2);
  const avif = readFileSync(`${PARITY}/forms/444-full.avif`);
  avif.write('mif1', 8);
  putFile(join(folder, 'a.avif'), avif);
  await index(db, folder);
  const { table } = await openImageTable(openDatabase(db), 'images');
  await table.update({ where: "format = 'avif'", values: { format: 'heic' } });
  table.close();
  expect(await index(db)).toMatchObject({ known: 1, unchanged: 2, encoded: 0 });
  expect((await rowsByPath(db)).get(join(folder, 'a.avif'))?.format).toBe('avif');
  expect(await index(db)).toMatchObject({ known: 0, unchanged: 3 });
});

test('an index of version 1 is read once more for keywords and dates, not encoded again, takes new files, and sees such edits in what it reads from then on', async () => {
  const [folder, db] = [temporaryFolder(), temporaryFolder()];
  fillFolder(folder, 0, 5);
  putFile(join(folder, 'bad.png'), Buffer.from('bad'));
  await index(db, folder);
  await turnIntoVersion1(db);
  expect(rowsOf(await cli(['search', '--like', join(folder, '0', '1.png'), '--json', '--db', db]))).toHaveLength(5);
  expect(await index(db)).toMatchObject({ code: 0, unchanged: 1, encoded: 0, known: 5, stillFailed: 1 });
  expect(await index(db)).toMatchObject({ code: 0, unchanged: 6, encoded: 0, known: 0, stillFailed: 1 });
  putFile(join(folder, 'new.png'), tinyPng('new'));
  expect(await index(db)).toMatchObject({ unchanged: 6, encoded: 1 });
  editInPlace(join(folder, 'new.png'), 'edited');
  expect(await index(db)).toMatchObject({ unchanged: 6, encoded: 1, removed: 0 });
  expect(await verifyImages(openDatabase(db))).toEqual({ rows: 7, faults: [] });
});

test('a folder without one good file is remembered too: its files are named, and not tried again', async () => {
  const [folder, db] = [temporaryFolder(), temporaryFolder()];
  for (let i = 0; i < 3; i++) putFile(join(folder, `${i}.png`), Buffer.from('bad'));
  expect(await index(db, folder)).toMatchObject({ code: 3, found: 3, encoded: 0, failed: [{}, {}, {}] });
  expect(rowsOf(await cli(['index', 'status', '--failed', '--json', '--db', db]))).toHaveLength(3);
  expect(await index(db)).toMatchObject({ code: 0, unchanged: 3, failed: [], stillFailed: 3 });
  putFile(join(folder, '1.png'), tinyPng('mended'));
  expect(await index(db)).toMatchObject({ code: 0, encoded: 1, stillFailed: 2 });
  expect(rowsOf(await cli(['search', '--like', join(folder, '1.png'), '--json', '--db', db]))).toHaveLength(1);
  expect(await verifyImages(openDatabase(db))).toEqual({ rows: 3, faults: [] });
});

test('--forget lets the images of a folder go, though it is there no longer', async () => {
  const [root, db] = [temporaryFolder(), temporaryFolder()];
  putFile(join(root, 'a', '1.png'), tinyPng('1'));
  putFile(join(root, 'b', '2.png'), tinyPng('2'));
  await index(db, join(root, 'a'));
  await index(db, join(root, 'b'));
  rmSync(join(root, 'a'), { recursive: true });
  const again = (...args: string[]) => cli(['index', ...args, ...tiny(db)]);
  const incomplete = await again();
  expect([incomplete.code, incomplete.stderr]).toEqual([3, expect.stringContaining('index --forget')]);
  expect(await again(join(root, 'a'), '--forget')).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^removed 1 file of .* from the index/),
  });
  expect((await again()).code).toBe(0);
  expect([...(await rowsByPath(db)).keys()]).toEqual([join(root, 'b', '2.png')]);
  expect((await again('--forget')).code).toBe(2);
  expect((await again('', '--forget')).stderr).toContain('Expected the name of a folder, got an empty argument');
  const part = await again(join(root, 'b/deep'), '--forget');
  expect(part.stderr).toMatch(/^warning: .* is in .*b, which stays in the index/m);
});

describe('a folder that is missing', () => {
  const makeRoots = async () => {
    const [root, db] = [temporaryFolder(), temporaryFolder()];
    putFile(join(root, 'A', '1.png'), tinyPng('1'));
    putFile(join(root, 'USB', '2.png'), tinyPng('2'));
    await index(db, join(root, 'A'), join(root, 'USB'));
    renameSync(join(root, 'USB'), join(root, 'off'));
    putFile(join(root, 'A', 'new.png'), tinyPng('new'));
    return { root, db, usb: join(root, 'USB') };
  };

  test.each([
    ['without arguments', []],
    ['named among others', ['A', 'USB']],
    ['emptied, as when nothing is mounted there', []],
  ])('%s does not stop the others: they are indexed, its rows stay, and it is named', async (how, names) => {
    const { root, db, usb } = await makeRoots();
    if (how.startsWith('emptied')) mkdirSync(usb);
    const result = await index(db, ...names.map((name) => join(root, name)));
    expect(result).toMatchObject({
      code: 3,
      found: 2,
      encoded: 1,
      removed: 0,
      missing: [{ path: usb, error: { code: 'INPUT_NOT_FOUND' } }],
    });
    expect(result.stderr).toContain(`error: 1 folder is missing (${usb}); the others were processed.`);
    expect([...(await rowsByPath(db)).keys()].sort()).toEqual(['A/1.png', 'A/new.png', 'USB/2.png'].map((name) => join(root, name)));
    expect((await cli(['index', ...tiny(db)])).stdout).toContain(', 1 folder missing');
    rmSync(usb, { recursive: true, force: true });
    renameSync(join(root, 'off'), usb);
    expect(await index(db)).toMatchObject({ code: 0, found: 3, removed: 0, missing: [] });
  });

  test('that was never indexed is not remembered, and a folder in one that is there keeps its rows', async () => {
    const { root, db, usb } = await makeRoots();
    const misspelt = join(root, 'Pictrues');
    expect(await index(db, root, usb, misspelt)).toMatchObject({ code: 3, removed: 0, missing: [{ path: usb }, { path: misspelt }] });
    expect((await rowsByPath(db)).has(join(usb, '2.png'))).toBe(true);
    const status = rowsOf<{ roots: string[] }>(await cli(['index', 'status', '--json', '--db', db]));
    expect(status[0]?.roots).toEqual([root, join(root, 'A'), usb].sort());
    const none = await cli(['index', usb, misspelt, ...tiny(db)]);
    expect([none.code, none.stdout, none.stderr]).toEqual([
      3,
      '',
      expect.stringContaining('None of the 2 folders can be indexed. There is no folder'),
    ]);
  });
});

describe('one writer', () => {
  test('another one is told, and readers are not kept waiting', async () => {
    const [folder, db] = [temporaryFolder(), temporaryFolder()];
    fillFolder(folder, 0, 3);
    await index(db, folder);
    const { withIndexLock } = await import('../../dist/store/image-index.js');
    await withIndexLock(openDatabase(db), async () => {
      const second = await cli(['index', ...tiny(db)]);
      expect(second.code).toBe(5);
      expect(second.stderr).toMatch(/^error: Another labelwise is writing the index/);
      expect(rowsOf(await cli(['search', '--like', join(folder, '0', '1.png'), '--json', '--db', db]))).toHaveLength(3);
    });
  });
});
