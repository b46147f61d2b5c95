import { execFileSync } from 'node:child_process';
import { readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LabelwiseError } from '../../dist/errors.js';
import type { HeldLock } from '../../dist/files/with-lock.js';
import { openTagDatabase } from '../../dist/library/store.js';
import { openDatabase } from '../../dist/store/database.js';
import { type ImageIndex, openImageIndex, withIndexLock } from '../../dist/store/image-index.js';
import type { ImageRow } from '../../dist/store/image-table-schema.js';
import { verifyImages } from '../../dist/store/verify-images.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { ROOT } from '../fixtures/paths.js';
import { turnIntoVersion1 } from '../fixtures/version-1-index.js';

const ENCODER = { name: 'made up', fingerprint: 'abc' };
const LOST = { code: 'LOCK_LOST' };

const rowsOf = (size: number, ...names: string[]): ImageRow[] =>
  names.map((name) => ({
    path: `/photos/${name}.png`,
    content_hash: name.repeat(8),
    ...{ size, mtime: 1, ctime: 1, inode: 1, width: 2, height: 3, format: 'png', checked_at: 10_000 },
    ...{ taken_at: null, camera: null, latitude: null, longitude: null, error_code: null, error_message: null },
    added_at: '2024-01-01T00:00:00.000Z',
    embedding: Float32Array.of(1, 0),
  }));

/** Makes a lock look as though its holder had been suspended for long. */
function age(folder: string, name: string): void {
  const lock = join(folder, `${name}.lock`);
  for (const holder of readdirSync(lock)) utimesSync(join(lock, holder), new Date(0), new Date(0));
}

/** What another process does meanwhile: it takes the lock over, and writes the same paths. */
const rival = (db: string): Promise<void> =>
  withIndexLock(openDatabase(db), async (lock) => {
    expect(lock.isTakenOver).toBe(true);
    const index = await openImageIndex(openDatabase(db), { lock });
    await index.write(rowsOf(2, 'b', 'c'), ENCODER);
    index.close();
  });

/** Suspends a writer that has the table open, and has it go on with `work` after another process was there. */
const afterRival = (
  db: string,
  work: (index: ImageIndex) => Promise<unknown>,
  toLock = (lock: HeldLock): HeldLock => lock,
): Promise<void> =>
  withIndexLock(openDatabase(db), async (lock) => {
    const index = await openImageIndex(openDatabase(db), { lock: toLock(lock) });
    age(db, 'images');
    await rival(db);
    await work(index).finally(() => index.close());
  });

async function begin(): Promise<string> {
  const db = temporaryFolder();
  const index = await openImageIndex(openDatabase(db));
  await index.write(rowsOf(1, 'a'), ENCODER);
  index.close();
  return db;
}

async function expectRowsOfRival(db: string): Promise<void> {
  const index = await openImageIndex(openDatabase(db));
  const found = (await index.files()).map(({ path, size }) => [path, size]).sort();
  index.close();
  expect(found).toEqual([
    ['/photos/a.png', 1],
    ['/photos/b.png', 2],
    ['/photos/c.png', 2],
  ]);
  expect((await verifyImages(openDatabase(db))).faults).toEqual([]);
}

test('a writer that was suspended writes and removes nothing after another took over, and is told why', async () => {
  const db = await begin();
  await expect(afterRival(db, (index) => index.write(rowsOf(1, 'b', 'd'), ENCODER))).rejects.toMatchObject(LOST);
  await expectRowsOfRival(db);
  await expect(afterRival(db, (index) => index.remove(['/photos/b.png']))).rejects.toMatchObject(LOST);
  await expectRowsOfRival(db);
});

test.each([
  ['of now', async () => {}],
  ['of version 1, which has no key,', turnIntoVersion1],
])('a table %s refuses the commit of a writer that was suspended after its check of the lock', async (_, prepare) => {
  const db = await begin();
  await prepare(db);
  const isSureOfIt = (lock: HeldLock): HeldLock => ({ ...lock, assertHeld: async () => {} });
  for (const work of [
    (index: ImageIndex) => index.write(rowsOf(1, 'b', 'd'), ENCODER),
    (index: ImageIndex) => index.remove(['/photos/b.png']),
  ]) {
    const commits: string[] = [];
    const twice = async (index: ImageIndex): Promise<void> => {
      for (let i = 0; i < 2; i++) await work(index).catch((error) => commits.push(String(error.cause ?? error)));
    };
    await expect(afterRival(db, twice, isSureOfIt)).rejects.toMatchObject(LOST);
    expect(commits).toEqual(Array(2).fill(expect.stringMatching(/is incompatible with concurrent transaction/)));
    await expectRowsOfRival(db);
  }
});

test('two writers that both hold the index, as after its lock was deleted by hand, add no path twice', async () => {
  const db = await begin();
  const [first, second] = [await openImageIndex(openDatabase(db)), await openImageIndex(openDatabase(db))];
  await first.write(rowsOf(1, 'b', 'c'), ENCODER);
  await second.write(rowsOf(2, 'b', 'c'), ENCODER);
  for (const index of [first, second]) index.close();
  await expectRowsOfRival(db);
});

test('a commit that met another of the same paths, and began again, asks once more whether its lock is held', async () => {
  const db = await begin();
  let checks = 0;
  const lock: HeldLock = {
    signal: new AbortController().signal,
    isTakenOver: false,
    async assertHeld() {
      if (++checks > 1) throw new LabelwiseError('LOCK_LOST', 'gone');
    },
  };
  const [first, second] = [await openImageIndex(openDatabase(db)), await openImageIndex(openDatabase(db), { lock })];
  expect(await first.write(rowsOf(1, 'b', 'c'), ENCODER)).toBe(1);
  await expect(second.write(rowsOf(2, 'b', 'c'), ENCODER)).rejects.toMatchObject(LOST);
  for (const index of [first, second]) index.close();
  await expectRowsOfRival(db);
});

test('a correction of tags that was suspended does not undo one that was made meanwhile', async () => {
  const db = temporaryFolder();
  const tags = await openTagDatabase(openDatabase(db));
  await tags.correct(['a'], { add: ['dog'], remove: [] });
  const other = `import { openDatabase, openTagDatabase } from '${ROOT}dist/library/store.js';
    const tags = await openTagDatabase(openDatabase(process.argv[1]));
    await tags.correct(['a'], { add: ['wolf'], remove: [] });`;
  const suspended = {
    remove: [],
    get add() {
      age(db, 'tag-corrections'); // asked for after the corrections were read
      execFileSync(process.execPath, ['--input-type=module', '-e', other, db]);
      return ['cat'];
    },
  };
  await expect(tags.correct(['a'], suspended)).rejects.toMatchObject(LOST);
  expect((await tags.corrections()).get('a')?.map(({ label }) => label)).toEqual(['dog', 'wolf']);
  await tags.correct(['a'], { add: [], remove: [], forget: ['dog', 'wolf'] });
  expect((await tags.corrections()).size).toBe(0);
});
