import { cpSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { normalize } from '../../dist/library/core.js';
import { backUp, restoreBackup } from '../../dist/store/backup.js';
import { openCurrentTable } from '../../dist/store/current-images.js';
import { openDatabase } from '../../dist/store/database.js';
import { openImageIndex } from '../../dist/store/image-index.js';
import { openHeld, openRounded, refreshRounded } from '../../dist/store/rounded/open-rounded.js';
import { openImageSearcher } from '../../dist/store/search-images.js';
import { temporaryFolder } from '../fixtures/parity.js';

// The files beside a table must never answer for rows that are not in it. Each test compares with the rows that the test itself wrote.

const DIMENSION = 12;

/** An embedding in one of 40 directions, with noise, the same in each run. */
function embeddingOf(seed: number): Float32Array {
  const numbersFrom = (from: number) => {
    let state = Math.imul(from, 2654435761) + 1;
    return () => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      return state / 2 ** 31;
    };
  };
  const [own, shared] = [numbersFrom(seed + 100), numbersFrom(seed % 40)];
  return normalize(Float32Array.from({ length: DIMENSION }, () => shared() + own() / 4));
}

type Rows = Map<string, Float32Array>;

const pathOf = (i: number): string => `/photos/${i}.png`;

async function write(db: string, rows: Rows, added: readonly (readonly [number, number])[]): Promise<void> {
  const index = await openImageIndex(openDatabase(db));
  await index.write(
    added.map(([i, seed]) => {
      rows.set(pathOf(i), embeddingOf(seed));
      return {
        ...{ path: pathOf(i), content_hash: `${i}-${seed}`.padStart(64, '0'), size: i, mtime: 1, inode: 1, width: i % 100, height: 3 },
        ...{ format: 'png', taken_at: null, camera: null, latitude: null, longitude: null, added_at: '2024-01-01T00:00:00.000Z' },
        ...{ checked_at: 10_000, error_code: null, error_message: null, embedding: embeddingOf(seed) },
      };
    }),
    { name: 'made up', fingerprint: 'abc' },
  );
  index.close();
}

async function remove(db: string, rows: Rows, numbers: readonly number[]): Promise<void> {
  const index = await openImageIndex(openDatabase(db));
  await index.remove(numbers.map(pathOf));
  index.close();
  for (const i of numbers) rows.delete(pathOf(i));
}

const productOf = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);

/** The nearest rows, or how near they are: of pictures that are equal, any may come first. */
function nearestOf(rows: Rows, query: Float32Array, count: number): { path: string; near: number }[] {
  return [...rows]
    .map(([path, embedding]) => ({ path, near: productOf(embedding, query) }))
    .sort((a, b) => b.near - a.near)
    .slice(0, count);
}

/** Whether images are rows as they are, as near as rows are. */
function expectRows(images: readonly { path: string; similarity?: number | undefined }[], rows: Rows, query: Float32Array): void {
  for (const { path, similarity = 0 } of images) {
    const own = rows.get(path);
    if (!own) throw new Error(`${path} is not in the index.`);
    expect(Math.abs(productOf(own, query) - similarity)).toBeLessThan(1e-5);
  }
}

/** Whether images are the nearest of all rows. */
function expectNearest(images: readonly { path: string; similarity?: number | undefined }[], rows: Rows, query: Float32Array): void {
  expectRows(images, rows, query);
  expect(new Set(images.map(({ path }) => path)).size).toBe(images.length);
  for (const [i, { near }] of nearestOf(rows, query, images.length).entries())
    expect(Math.abs((images[i]?.similarity ?? 0) - near)).toBeLessThan(1e-5);
}

const QUERIES = [3, 77, 1234, 40_000].map(embeddingOf);

/** Exact searches find the rows as they are; those by cells find rows as they are, and nearly all of the nearest. */
async function expectRight(db: string, rows: Rows, database = openDatabase(db)): Promise<void> {
  const searcher = await openImageSearcher(database);
  let found = 0;
  for (const query of QUERIES) {
    const exact = await searcher.search({ query, limit: 10, isExact: true });
    expect(exact).toHaveLength(10);
    expectNearest(exact, rows, query);
    const images = await searcher.search({ query, limit: 10 });
    expectRows(images, rows, query);
    const last = (exact.at(-1)?.similarity ?? 0) - 1e-6;
    found += images.filter(({ similarity = 0 }) => similarity >= last).length;
  }
  searcher.close();
  expect(found).toBeGreaterThanOrEqual(QUERIES.length * 9);
}

let template: { db: string; rows: Rows };

beforeAll(async () => {
  const [db, rows] = [temporaryFolder(), new Map<string, Float32Array>()];
  await write(
    db,
    rows,
    Array.from({ length: 6000 }, (_, i) => [i, i]),
  );
  await refreshRounded(openDatabase(db), { hasCells: true });
  template = { db, rows };
}, 60_000);

/** An index whose rows are arranged by cells. */
function indexed(): { db: string; rows: Rows; file: string } {
  const db = temporaryFolder();
  cpSync(template.db, db, { recursive: true });
  return { db, rows: new Map(template.rows), file: join(db, 'images.search', 'rounded') };
}

test('searches by cells say that they are approximate, and exact ones do not', async () => {
  const { db } = indexed();
  let approximate = 0;
  const searcher = await openImageSearcher(openDatabase(db), { onApproximate: () => approximate++ });
  await searcher.search({ query: embeddingOf(5), limit: 10 });
  expect(approximate).toBe(1);
  await searcher.search({ query: embeddingOf(5), limit: 10, isExact: true });
  await searcher.search({ query: embeddingOf(5), limit: 10, where: 'width < 50' }); // there is no vector index, so all are compared
  expect(approximate).toBe(1);
  searcher.close();
});

test('rows that were deleted, added again with another picture, or appended are found as they are', async () => {
  const { db, rows } = indexed();
  await expectRight(db, rows);
  const near = nearestOf(rows, QUERIES[0] as Float32Array, 5).map(({ path }) => Number(/\d+/.exec(path)?.[0]));
  await remove(db, rows, near);
  await expectRight(db, rows);
  await write(db, rows, [
    ...near.map((i) => [i, i + 50_000] as const), // the same names, other pictures
    ...Array.from({ length: 300 }, (_, i) => [9000 + i, i * 7] as const), // among them pictures that are there already
  ]);
  await expectRight(db, rows);
  await write(
    db,
    rows,
    near.map((i) => [i, i]),
  );
  await expectRight(db, rows);
});

test('a filter holds for rows that were appended and deleted since the rows were arranged', async () => {
  const { db, rows } = indexed();
  await write(db, rows, [[9003, 3]]);
  await remove(db, rows, [3]);
  const searcher = await openImageSearcher(openDatabase(db));
  const found = await searcher.search({ query: embeddingOf(3), limit: 20, where: 'width = 3' });
  const passing = new Map([...rows].filter(([path]) => Number(/\d+/.exec(path)?.[0]) % 100 === 3));
  expect(found).toHaveLength(20);
  expectNearest(found, passing, embeddingOf(3));
  searcher.close();
});

test('many new rows leave the cells, and the next optimise finds others', async () => {
  const { db, rows } = indexed();
  await write(
    db,
    rows,
    Array.from({ length: 4000 }, (_, i) => [20_000 + i, i * 3 + 1]),
  );
  await expectRight(db, rows);
  const report = await refreshRounded(openDatabase(db), { hasCells: true });
  expect(report).toMatchObject({ rows: rows.size });
  await expectRight(db, rows);
});

test('an optimise measures the cells that are there again, and keeps them while they fit', async () => {
  const { db, rows, file } = indexed();
  const before = await refreshRounded(openDatabase(db), { hasCells: true });
  await write(
    db,
    rows,
    Array.from({ length: 200 }, (_, i) => [20_000 + i, i * 3 + 1]),
  );
  const after = await refreshRounded(openDatabase(db), { hasCells: true });
  expect(after?.cells).toBe(before?.cells);
  expect(after?.rows).toBe((before?.rows ?? 0) + 200);
  expect(readFileSync(file).subarray(0, 20).toString()).toBe('labelwise-rounded-3\n');
  await expectRight(db, rows);
});

test('rows that came after an earlier version was restored are not taken for those that were undone', async () => {
  const { db, rows } = indexed();
  const database = openDatabase(db);
  const { table, close } = await openCurrentTable(database);
  const version = await table.version();
  const kept = new Map(rows);
  await write(
    db,
    rows,
    Array.from({ length: 200 }, (_, i) => [9000 + i, i * 11]),
  );
  await expectRight(db, rows); // brings the files to this version
  await table.checkout(version);
  await table.restore();
  close();
  await database.close();
  await expectRight(db, kept);
  await write(
    db,
    kept,
    Array.from({ length: 200 }, (_, i) => [12_000 + i, i * 13 + 5]),
  );
  await expectRight(db, kept);
});

test('a database that a backup replaced is searched by the rows of the backup', async () => {
  const { db, rows } = indexed();
  const backup = join(temporaryFolder(), 'backup');
  await backUp(openDatabase(db), backup);
  const before = new Map(rows);
  const database = openDatabase(db);
  await expectRight(db, rows, database);
  await remove(db, rows, [1, 2, 3, 4, 5]);
  await write(db, rows, [[6, 70_000]]);
  await expectRight(db, rows, database);
  await restoreBackup(openDatabase(db), backup, { force: true });
  await expectRight(db, before, database); // by a process that has the other rows in memory
  await expectRight(db, before);
});

test('files of another format, cut off anywhere, or changed in any part are made again', async () => {
  const { db, rows, file } = indexed();
  const sound = readFileSync(file);
  const changed = (at: number): Buffer => {
    const bytes = Buffer.from(sound);
    bytes[at] = (bytes[at] as number) ^ 0x41;
    return bytes;
  };
  const older = Buffer.from(sound);
  older.write('labelwise-rounded-2\n');
  const newer = Buffer.from(sound);
  newer.write('labelwise-rounded-9\n');
  const ends = [10, 8000, 9000, Math.floor(sound.length / 2), sound.length - 1].map((end) => sound.subarray(0, end));
  const places = [25, 8192, 9000, Math.floor(sound.length / 2), sound.length - 5].map(changed); // the head, means, ids, facts, codes
  for (const bytes of [older, newer, ...ends, ...places]) {
    writeFileSync(file, bytes);
    await expectRight(db, rows);
  }
});

test('a file that is damaged while a process searches it is noticed when it is read', async () => {
  const { db, rows, file } = indexed();
  const database = openDatabase(db);
  const searcher = await openImageSearcher(database);
  await searcher.search({ query: embeddingOf(3), limit: 10 }); // reads a few cells
  truncateSync(file, 100_000);
  searcher.close();
  await expectRight(db, rows, database);
  await expectRight(db, rows);
});

test('a process whose files another has replaced goes on, and leaves the new files alone', async () => {
  const { db, rows, file } = indexed();
  const [mine, other] = [openDatabase(db), openDatabase(db)];
  const searcher = await openImageSearcher(mine); // has read the facts, and no codes
  const before = new Map(rows);
  await write(
    db,
    rows,
    Array.from({ length: 3000 }, (_, i) => [30_000 + i, i * 5 + 2]), // so many that all files are written again
  );
  await refreshRounded(other);
  const written = readFileSync(file);
  const kept = readdirSync(join(db, 'images.search'));
  const query = QUERIES[1] as Float32Array;
  const found = await searcher.search({ query, limit: 10, isExact: true });
  expectNearest(found, found.some(({ path }) => !before.has(path)) ? rows : before, query); // of one version
  searcher.close();
  expect(readFileSync(file).equals(written)).toBe(true);
  expect(readdirSync(join(db, 'images.search'))).toEqual(kept);
  await expectRight(db, rows, mine);
});

test('a process that has an earlier version of the table open does not put its rows in the place of later ones', async () => {
  const { db, rows, file } = indexed();
  const [mine, other] = [openDatabase(db), openDatabase(db)];
  const current = await openCurrentTable(mine); // stays at this version
  await write(db, rows, [[9003, 3]]);
  await refreshRounded(other);
  const written = readFileSync(file);
  const rounded = await openRounded(mine, current);
  expect(rounded?.ids.length).toBe(rows.size - 1);
  expect(readFileSync(file).equals(written)).toBe(true);
  current.close();
  await expectRight(db, rows, mine);
});

test('two processes that bring the files up to date at the same time leave files that are right', async () => {
  const { db, rows } = indexed();
  for (let round = 0; round < 3; round++) {
    await write(db, rows, [[9000 + round, round]]);
    await Promise.all([refreshRounded(openDatabase(db)), refreshRounded(openDatabase(db)), expectRight(db, rows)]);
    await expectRight(db, rows);
    expect(await openHeld(openDatabase(db), 'images')).toBeDefined();
  }
});
