import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cli, rowsOf, spawnCli } from '../fixtures/cli.js';
import { contentOf } from '../fixtures/index-content.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY, SIGLIP_TINY } from '../fixtures/paths.js';
import { fillFolder, index, putFile, tiny, tinyPng } from '../fixtures/photo-folder.js';
import { mountSmallDisk, type SmallDisk } from '../fixtures/small-disk.js';

const photos = temporaryFolder();
fillFolder(photos, 0, 3);
const indexed = async (): Promise<string> => {
  const db = temporaryFolder();
  await index(db, photos);
  return db;
};

const READERS = [
  'index',
  'index status',
  'index verify',
  'index prune',
  'index optimize',
  'search dog',
  'duplicates',
  'tag --labels cat,dog --name pets',
  'export --csv',
];

/** All commands that read the index name what is wrong. */
async function expectFault(db: string, message: RegExp): Promise<void> {
  for (const line of READERS) {
    const { code, stderr } = await cli([...line.split(' '), '--db', db]);
    expect([line, code, stderr]).toEqual([line, 5, expect.stringMatching(message)]);
  }
}

describe.skipIf(process.platform === 'win32')('what cannot be read is named, not called a bug or an empty index', () => {
  test('labelwise-index.json as a folder, or as a link to itself', async () => {
    const db = await indexed();
    const file = join(db, 'labelwise-index.json');
    rmSync(file);
    mkdirSync(file);
    await expectFault(db, /^error: The file \S*labelwise-index\.json cannot be read: EISDIR/);
    rmSync(file, { recursive: true });
    symlinkSync(file, file);
    await expectFault(db, /^error: The file \S*labelwise-index\.json cannot be read: ELOOP/);
    await expectFault(join(db, 'x'.repeat(300)), /^error: The .* cannot be (?:read|written): ENAMETOOLONG/);
  });

  test('the table in use', async () => {
    const db = await indexed();
    const versions = join(db, 'images.lance', '_versions');
    renameSync(versions, `${versions}.away`);
    symlinkSync(versions, versions);
    await expectFault(db, /^error: The table "images" in \S+ cannot be read: ELOOP/);
  });

  test.skipIf(process.getuid?.() !== 0)('both without the right to read them (needs root, to become another user)', async () => {
    const db = await indexed();
    const versions = join(db, 'images.lance', '_versions');
    for (const [path, message] of [
      [join(db, 'labelwise-index.json'), /The file \S*labelwise-index\.json cannot be read: EACCES/],
      [versions, /The table "images" in \S+ cannot be read: EACCES/],
    ] as const) {
      chmodSync(path, 0);
      for (const folder of [db, dirname(db)]) chmodSync(folder, 0o755);
      const home = temporaryFolder();
      chmodSync(home, 0o777);
      const env = { ...process.env, LABELWISE_HOME: home };
      const { code, stderr } = await spawnCli(['index', 'status', '--db', db], { uid: 65534, gid: 65534, cwd: '/', env });
      expect([code, stderr]).toEqual([5, expect.stringMatching(message)]);
      expect(stderr).toContain("hint: Check the folder's permissions");
      chmodSync(path, 0o755);
    }
  });

  test('a file of a checkpoint', async () => {
    const model = temporaryFolder();
    mkdirSync(join(model, 'config.json'));
    const { code, stderr } = await cli(['inspect', model]);
    expect([code, stderr]).toEqual([expect.any(Number), expect.not.stringContaining('bug:')]);
    expect(code).not.toBe(70);
  });
});

describe('the name of a database folder', () => {
  test.each([['a\tb'], ['a\u007fb'], ...(process.platform === 'win32' ? [] : [['a\\']])])('%j is refused', async (name) => {
    const cwd = temporaryFolder();
    const place = join(cwd, name);
    for (const args of [
      ['index', photos, '--db', place, '--model', CLIP_TINY],
      ['search', 'dog', '--db', place],
      ['labels', 'list', '--db', place],
      ['cache', 'show', '--cache-folder', place],
    ])
      expect(await cli(args, { cwd })).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/^error: Expected a folder.*\nhint: Choose another folder with --/),
      });
    expect(await cli(['index', 'status'], { env: { LABELWISE_HOME: place } })).toMatchObject({ code: name === 'a\\' ? 5 : 2 });
    expect(readdirSync(cwd)).toEqual([]);
  });

  test('an address of an object store is none of a cache', async () => {
    const cwd = temporaryFolder();
    expect(await cli(['cache', 'show', '--cache-folder', 's3://bucket/db'], { cwd })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^error: Expected a folder.*\nhint: Choose another folder with --/),
    });
    expect(readdirSync(cwd)).toEqual([]);
  });

  test.each(['db', 'a b', 'a%20b', '%', 'a#b', 'a?b', 'ä', '日本', "it's", '~'])(
    '%j is the folder that the data lands in',
    async (name) => {
      const folder = temporaryFolder();
      await index(join(folder, name), photos);
      expect(readdirSync(folder)).toEqual([name]);
      expect(existsSync(join(folder, name, 'images.lance'))).toBe(true);
      expect((await contentOf(join(folder, name))).rows).toHaveLength(3);
    },
  );
});

describe('index prune on a full disk', () => {
  let disk: SmallDisk | undefined;
  beforeAll(() => {
    disk = mountSmallDisk('4m');
  });
  afterAll(() => disk?.unmount());
  const fill = (name: string): void => {
    try {
      writeFileSync(join(disk?.folder ?? '', name), Buffer.alloc(8 * 1024 * 1024));
    } catch {
      // there is no room left, as wanted
    }
  };

  test('frees old versions with the files that they alone use, and then tables of earlier models', async ({ skip }) => {
    if (disk === undefined) return skip('needs root and mount');
    const [db, folder] = [join(disk.folder, 'db'), temporaryFolder()];
    fillFolder(folder, 0, 300);
    await index(db, folder);
    for (let i = 0; i < 300; i++) putFile(join(folder, `${Math.floor(i / 100)}`, `${i}.png`), tinyPng(`other ${i}`));
    await index(db, folder);
    const before = await contentOf(db);
    fill('filling');
    expect(await cli(['index', folder, ...tiny(db)])).toMatchObject({ code: 0 }); // nothing to write
    const prune = ['index', 'prune', '--json', '--keep-minutes', '0', '--db', db];
    const freed = rowsOf<{ bytesFreed: number; versionsRemoved: number }>(await cli(prune))[0];
    expect(freed?.versionsRemoved).toBeGreaterThan(2);
    expect(freed?.bytesFreed).toBeGreaterThan(20_000);
    expect(await contentOf(db)).toEqual(before);
    expect(await cli(['index', 'verify', '--db', db])).toMatchObject({ code: 0 });
    rmSync(join(disk.folder, 'filling'));
    expect(await cli(['index', 'migrate', '--db', db, '--model', SIGLIP_TINY])).toMatchObject({ code: 0 });
    const migrated = await contentOf(db);
    fill('filling');
    expect(rowsOf(await cli(prune))[0]).toMatchObject({ tablesRemoved: ['images'] });
    expect(JSON.parse(readFileSync(join(db, 'labelwise-index.json'), 'utf8')).previous).toEqual([]);
    expect(readdirSync(db).filter((name) => /^images/.test(name))).toHaveLength(1);
    expect(await contentOf(db)).toEqual(migrated);
    expect(await cli(['index', 'verify', '--db', db])).toMatchObject({ code: 0 });
  });
});
