import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { backUp, restoreBackup } from '../../dist/store/backup.js';
import { openDatabase } from '../../dist/store/database.js';
import { withIndexLock } from '../../dist/store/image-index.js';
import { cli, spawnNode } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { ROOT } from '../fixtures/paths.js';
import { hashesIn, PHOTOS, unpackStored } from '../fixtures/stored-6594a9c.js';

const MANIFEST = 'labelwise-backup.json';
let db: string;
/** A whole backup of it. */
let whole: string;
beforeAll(async () => {
  db = join(await unpackStored(), 'db');
  whole = join(temporaryFolder(), 'whole');
  await backUp(openDatabase(db), whole);
});

let place: string;
let backup: string;
let other: string;
beforeEach(() => {
  place = temporaryFolder();
  [backup, other] = [join(place, 'backup'), join(place, 'other')];
});

const index = (...args: string[]) => cli(['index', ...args]);
const searchIn = async (folder: string): Promise<string> =>
  (await cli(['search', 'a cat tag:favourite', '--db', folder, '--model', `${ROOT}tests/parity/clip-tiny`, '--json'])).stdout;

describe('index backup and index restore', () => {
  test('give a database with the same answers, tags, corrections and label tables', async () => {
    const made = await index('backup', backup, '--db', db, '--json');
    expect({ code: made.code, stderr: made.stderr }).toEqual({ code: 0, stderr: '' });
    const [report] = JSON.parse(made.stdout) as [{ tables: unknown[]; files: number; bytes: number }];
    expect(report.tables).toEqual([
      { name: 'images', format: 2, rows: 6 },
      { name: 'tag-corrections', format: 1, rows: 3 },
      { name: 'tags-things', format: 1, rows: 7 },
      { name: 'things', format: 1, rows: 6 },
    ]);
    const restored = await index('restore', backup, '--db', other, '--json');
    expect({ code: restored.code, report: JSON.parse(restored.stdout) }).toEqual({ code: 0, report: [report] });
    expect(hashesIn(other)).toEqual(hashesIn(db));
    const answer = await searchIn(db);
    expect(JSON.parse(answer)).toHaveLength(2);
    expect(await searchIn(other)).toBe(answer);
    for (const command of [
      ['tags', 'list'],
      ['tags', 'list', '--corrections'],
      ['labels', 'list'],
    ])
      expect((await cli([...command, '--db', other, '--json'])).stdout).toBe((await cli([...command, '--db', db, '--json'])).stdout);
    expect(readdirSync(place).sort()).toEqual(['backup', 'other']);
  });

  test('say in one line what was done', async () => {
    const made = await index('backup', backup, '--db', db);
    expect(made.stdout).toMatch(/^\d+ files, [\d.]+ kB, backed up to .*backup; tables and rows: images \(6\), tag-corrections \(3\), /);
    expect((await index('restore', backup, '--db', other)).stdout).toMatch(/^\d+ files, [\d.]+ kB, restored to .*other; tables and rows: /);
  });
});

describe('index backup', () => {
  test('fills an empty folder, and refuses one that holds anything', async () => {
    mkdirSync(backup);
    expect((await index('backup', backup, '--db', db)).code).toBe(0);
    const before = hashesIn(backup);
    const again = await index('backup', backup, '--db', db);
    expect(again).toMatchObject({
      code: 3,
      stderr: `error: The folder ${backup} is not empty.\nhint: Back up into a new or an empty folder.\n`,
    });
    expect(hashesIn(backup)).toEqual(before);
  });

  test('refuses a folder in the database, and a place without one', async () => {
    expect(await index('backup', join(db, 'copy'), '--db', db)).toMatchObject({ code: 2 });
    expect(await index('backup', backup, '--db', other)).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('No images were indexed'),
    });
    mkdirSync(other);
    expect(await index('backup', backup, '--db', other)).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('No images were indexed'),
    });
    expect(readdirSync(place)).toEqual(['other']);
  });

  test('that is stopped leaves nothing', async () => {
    const stop = new AbortController();
    const onProgress = (done: number): void => void (done === 5 && stop.abort());
    await expect(backUp(openDatabase(db), backup, { signal: stop.signal, onProgress })).rejects.toMatchObject({ code: 'ABORTED' });
    expect(readdirSync(place)).toEqual([]);
  });

  test('that is killed leaves no backup of that name, and the next one clears up', async () => {
    const script = `import { backUp } from '${ROOT}dist/store/backup.js';
      import { openDatabase } from '${ROOT}dist/store/database.js';
      const onProgress = (done) => done === 5 && process.kill(process.pid, 'SIGKILL');
      await backUp(openDatabase(${JSON.stringify(db)}), ${JSON.stringify(backup)}, { onProgress });`;
    await spawnNode(['--input-type=module', '--eval', script]);
    expect(readdirSync(place)).toEqual([expect.stringMatching(/^\.labelwise-.*\.tmp$/)]);
    expect((await index('backup', backup, '--db', db)).code).toBe(0);
    expect(readdirSync(place)).toEqual(['backup']);
  });

  test('is refused while another process writes the index, and if a table changes meanwhile', async () => {
    const database = openDatabase(db);
    await withIndexLock(database, async () => {
      expect(await index('backup', backup, '--db', db)).toMatchObject({ code: 5, stderr: expect.stringContaining('is writing the index') });
    });
    const changing = join(place, 'changing');
    cpSync(db, changing, { recursive: true });
    const onProgress = (done: number): void => void (done === 5 && writeFileSync(join(changing, 'things.lance/_versions/9'), ''));
    await expect(backUp(openDatabase(changing), backup, { onProgress })).rejects.toMatchObject({ code: 'INDEX_LOCKED' });
    const dropping = (done: number): void => void (done === 5 && rmSync(join(changing, 'things.lance'), { recursive: true, force: true }));
    await expect(backUp(openDatabase(changing), backup, { onProgress: dropping })).rejects.toMatchObject({ code: 'INDEX_LOCKED' });
    expect(readdirSync(place)).toEqual(['changing']);
  });
});

describe('index restore', () => {
  /** A database that differs from the backup. */
  const makeOther = async (): Promise<string[]> => {
    cpSync(db, other, { recursive: true });
    expect((await cli(['tags', 'add', 'new', `${PHOTOS}/temple.jpg`, '--db', other])).code).toBe(0);
    return hashesIn(other);
  };

  test('replaces a database with --force alone', async () => {
    const before = await makeOther();
    const refused = await index('restore', whole, '--db', other);
    expect(refused).toMatchObject({ code: 5, stdout: '' });
    expect(refused.stderr).toBe(
      `error: There is a database in ${other} already.\nhint: Replace it with --force, or restore to another folder with --db.\n`,
    );
    expect(hashesIn(other)).toEqual(before);
    expect((await index('restore', whole, '--db', other, '--force')).code).toBe(0);
    expect(hashesIn(other)).toEqual(hashesIn(whole).filter((file) => !file.includes(MANIFEST)));
    expect(readdirSync(place)).toEqual(['other']);
  });

  test('replaces a damaged database, of which a killed process still holds the locks', async () => {
    await makeOther();
    rmSync(join(other, 'images.lance/data'), { recursive: true });
    writeFileSync(join(other, 'tag-corrections.lance/_versions/18446744073709551614.manifest'), 'damaged');
    writeFileSync(join(other, 'labelwise-index.json'), '{');
    const script = `import { openDatabase } from '${ROOT}dist/store/database.js';
      import { withIndexLock } from '${ROOT}dist/store/image-index.js';
      await withIndexLock(openDatabase(${JSON.stringify(other)}), async () => process.kill(process.pid, 'SIGKILL'));`;
    await spawnNode(['--input-type=module', '--eval', script]);
    expect(readdirSync(other)).toContain('images.lock');
    expect(await index('restore', whole, '--db', other, '--force')).toMatchObject({ code: 0, stderr: '' });
    expect(hashesIn(other)).toEqual(hashesIn(whole).filter((file) => !file.includes(MANIFEST)));
  });

  test('never replaces a folder that holds other files', async () => {
    const before = await makeOther();
    writeFileSync(join(other, 'holiday.jpg'), 'photo');
    const { code, stderr } = await index('restore', whole, '--db', other, '--force');
    expect({ code, stderr }).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('holds more than a database, and is not replaced: holiday.jpg'),
    });
    rmSync(join(other, 'holiday.jpg'));
    expect(hashesIn(other)).toEqual(before);
  });

  const dataFile = (): string => readdirSync(join(backup, 'images.lance/data'))[0] as string;
  const edit = (
    change: (manifest: { version: number; tables: { format: number; rows: number }[]; files: { path: string }[] }) => void,
  ): void => {
    const manifest = JSON.parse(readFileSync(join(backup, MANIFEST), 'utf8'));
    change(manifest);
    writeFileSync(join(backup, MANIFEST), JSON.stringify(manifest));
  };
  test.each<[string, string, RegExp, () => void]>([
    [
      'a changed byte',
      'BACKUP_DAMAGED',
      /images\.lance\/data\/.* is not as it was written/,
      () => {
        const path = join(backup, 'images.lance/data', dataFile());
        const bytes = readFileSync(path);
        bytes[1000] = (bytes[1000] as number) ^ 1;
        writeFileSync(path, bytes);
      },
    ],
    ['a missing file', 'BACKUP_DAMAGED', /labelwise-index\.json is missing/, () => rmSync(join(backup, 'labelwise-index.json'))],
    [
      'a manifest that is cut short',
      'BACKUP_DAMAGED',
      /is not as labelwise wrote it/,
      () => writeFileSync(join(backup, MANIFEST), '{"version":1,'),
    ],
    ['no manifest', 'BACKUP_DAMAGED', /it has no labelwise-backup\.json/, () => rmSync(join(backup, MANIFEST))],
    [
      'a path that leads out of it',
      'BACKUP_DAMAGED',
      /is not as labelwise wrote it/,
      () => edit(({ files }) => Object.assign(files[0] as object, { path: 'images.lance/../../outside' })),
    ],
    [
      'other rows',
      'BACKUP_DAMAGED',
      /its tables are not those that it lists/,
      () => edit(({ tables }) => Object.assign(tables[0] as object, { rows: 7 })),
    ],
    [
      'a newer format',
      'FORMAT_NEWER',
      /The backup .* has format 2, and this labelwise reads formats up to 1/,
      () => edit((manifest) => Object.assign(manifest, { version: 2 })),
    ],
    [
      'a table of a newer format',
      'FORMAT_NEWER',
      /The table "images" of the backup .* has format 5, and this labelwise reads formats up to 4/,
      () => edit(({ tables }) => Object.assign(tables[0] as object, { format: 5 })),
    ],
  ])('refuses a backup with %s and leaves the database as it is', async (_, code, message, damage) => {
    cpSync(whole, backup, { recursive: true });
    damage();
    const before = await makeOther();
    const failed = { code, message: expect.stringMatching(message) };
    await expect(restoreBackup(openDatabase(other), backup, { force: true })).rejects.toMatchObject(failed);
    expect(hashesIn(other)).toEqual(before);
    await expect(restoreBackup(openDatabase(join(place, 'new')), backup)).rejects.toMatchObject(failed);
    expect(readdirSync(place).sort()).toEqual(['backup', 'other']);
  });

  test('that is stopped changes nothing and leaves nothing', async () => {
    const before = await makeOther();
    const stop = new AbortController();
    const onProgress = (done: number): void => void (done === 5 && stop.abort());
    const how = { signal: stop.signal, onProgress, force: true };
    await expect(restoreBackup(openDatabase(other), whole, how)).rejects.toMatchObject({ code: 'ABORTED' });
    expect(hashesIn(other)).toEqual(before);
    expect(readdirSync(place)).toEqual(['other']);
  });

  test('is refused while another process writes the index', async () => {
    await makeOther();
    await withIndexLock(openDatabase(other), async () => {
      const { code, stderr } = await index('restore', whole, '--db', other, '--force');
      expect({ code, stderr }).toMatchObject({ code: 5, stderr: expect.stringContaining('is writing the index') });
    });
  });

  test('a workspace that searched before finds what was restored', async () => {
    await makeOther();
    await using database = openDatabase(other);
    const connection = await database.connection();
    expect(await (await connection.openTable('tag-corrections')).countRows()).toBe(4);
    await restoreBackup(database, whole, { force: true });
    expect(await (await (await database.connection()).openTable('tag-corrections')).countRows()).toBe(3);
    expect(existsSync(join(other, 'images.lock'))).toBe(false);
  });
});
