import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normalize } from '../../dist/library/core.js';
import { openCurrentTable } from '../../dist/store/current-images.js';
import { openDatabase } from '../../dist/store/database.js';
import { openImageIndex } from '../../dist/store/image-index.js';
import { columnsOf } from '../../dist/store/image-table-schema.js';
import { rowIdsWhere, scanNearest } from '../../dist/store/nearest-rows.js';
import { optimizeImages } from '../../dist/store/optimize-images.js';
import { nearestExact } from '../../dist/store/rounded/nearest-exact.js';
import { openRounded, refreshRounded } from '../../dist/store/rounded/open-rounded.js';
import { readRounded } from '../../dist/store/rounded/rounded-file.js';
import { openImageSearcher } from '../../dist/store/search-images.js';
import { temporaryFolder } from '../fixtures/parity.js';

/** Numbers that look random and are the same in each run. */
function numbersFrom(seed: number): () => number {
  let state = seed * 2654435761 + 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  };
}

/** Embeddings as CLIP has them: one large number that all share, clusters, and noise. */
function embeddingOf(seed: number, dimension: number): Float32Array {
  const [own, cluster] = [numbersFrom(seed + 17), numbersFrom(seed % 7)];
  return normalize(Float32Array.from({ length: dimension }, (_, i) => (i === 3 ? 9 : cluster() + own() / 2)));
}

const rowOf = (i: number, embedding: Float32Array | null) => ({
  ...{ path: `/photos/${String(i).padStart(6, '0')}.png`, content_hash: i.toString(16).padStart(64, '0'), size: i, mtime: 1, inode: 1 },
  ...{ width: i % 100, height: 3, format: 'png', taken_at: null, camera: null, latitude: null, longitude: null },
  ...{ added_at: '2024-01-01T00:00:00.000Z', checked_at: 10_000, error_code: null, error_message: null },
  embedding,
});

async function write(db: string, rows: readonly ReturnType<typeof rowOf>[]): Promise<void> {
  const index = await openImageIndex(openDatabase(db));
  await index.write(rows, { name: 'made up', fingerprint: 'abc' });
  index.close();
}

async function remove(db: string, paths: readonly string[]): Promise<void> {
  const index = await openImageIndex(openDatabase(db));
  await index.remove(paths);
  index.close();
}

/** What both ways find: the rounded rows, and LanceDB's scan of all. */
async function findBoth(db: string, query: Float32Array, { count, where }: { count: number; where?: string }) {
  const database = openDatabase(db);
  const current = await openCurrentTable(database);
  const rounded = await openRounded(database, current);
  if (!rounded) throw new Error('no WebAssembly SIMD');
  const columns = columnsOf(current.facts);
  const wanted = where === undefined ? undefined : await rowIdsWhere(current.table, where);
  const ours = await nearestExact(async () => current.table, rounded, { columns, query, count, wanted });
  const scanned = await scanNearest(current.table, query, { count, where, columns });
  current.close();
  await database.close();
  return { ours, scanned };
}

/** Both ways find the same distances, and the same rows where distances differ by more than rounding. */
async function expectSame(db: string, query: Float32Array, search: { count: number; where?: string }): Promise<void> {
  const { ours, scanned } = await findBoth(db, query, search);
  const distances = (rows: readonly { _distance?: number }[]): number[] =>
    rows.map((row) => row._distance ?? Number.NaN).sort((a, b) => a - b);
  const [found, right] = [distances(ours.rows), distances(scanned.rows.filter((row) => !Number.isNaN(row._distance)))];
  expect(found.length).toBe(right.length);
  for (const [i, distance] of found.entries()) expect(Math.abs(distance - (right[i] as number))).toBeLessThan(2e-6);
  const border = (right.at(-1) ?? 0) - 4e-6;
  const near = (rows: readonly { path: string; _distance?: number }[]) =>
    rows
      .filter(({ _distance = 9 }) => _distance < border)
      .map(({ path }) => path)
      .sort();
  expect(near(ours.rows)).toEqual(near(scanned.rows));
}

test('rounded rows find what a scan finds, after writes, changes, deletions and compaction', async () => {
  const step = fc.oneof(
    fc.record({ add: fc.integer({ min: 1, max: 60 }) }),
    fc.record({ change: fc.integer({ min: 0, max: 200 }) }),
    fc.record({ remove: fc.integer({ min: 0, max: 200 }) }),
    fc.constant({ optimize: true as const }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 40 }), async (steps, count) => {
      const db = temporaryFolder();
      const dimension = 20;
      let next = 50;
      await write(
        db,
        Array.from({ length: next }, (_, i) => rowOf(i, embeddingOf(i, dimension))),
      );
      for (const one of steps) {
        if ('add' in one) {
          await write(
            db,
            Array.from({ length: one.add }, (_, i) => rowOf(next + i, embeddingOf(next + i, dimension))),
          );
          next += one.add;
        } else if ('change' in one) await write(db, [rowOf(one.change % next, embeddingOf(one.change + 1000, dimension))]);
        else if ('remove' in one) await remove(db, [rowOf(one.remove % next, null).path]);
        else await optimizeImages(openDatabase(db));
        await expectSame(db, embeddingOf(3, dimension), { count });
      }
      await expectSame(db, embeddingOf(4, dimension), { count, where: 'width < 20' });
    }),
    { numRuns: 8 },
  );
}, 120_000);

test('equal embeddings, more of them than are wanted, are all candidates', async () => {
  const db = temporaryFolder();
  await write(
    db,
    Array.from({ length: 60 }, (_, i) => rowOf(i, embeddingOf(i % 2, 8))),
  );
  const { ours } = await findBoth(db, embeddingOf(1, 8), { count: 10 });
  expect(ours.rows.every((row) => (row._distance ?? 1) < 1e-6)).toBe(true);
  expect(ours.border).toBeLessThan(1e-6); // some at this distance are missing
  const all = await findBoth(db, embeddingOf(1, 8), { count: 60 });
  expect(all.ours.rows).toHaveLength(60);
  expect(all.ours.border).toBe(Number.POSITIVE_INFINITY);
});

test('files without an embedding are never found, and damaged embeddings are left out', async () => {
  const db = temporaryFolder();
  const long = embeddingOf(5, 8).map((value) => value * 3);
  await write(db, [rowOf(0, null), rowOf(1, embeddingOf(1, 8)), rowOf(2, long), rowOf(3, new Float32Array(8).fill(Number.NaN))]);
  const { ours } = await findBoth(db, embeddingOf(5, 8), { count: 4 });
  expect(ours.rows.map(({ path }) => path)).toEqual(['/photos/000001.png']);
});

test('a rounded file that is damaged, cut off or of another database is made again', async () => {
  const [db, other] = [temporaryFolder(), temporaryFolder()];
  const rows = (from: number) => Array.from({ length: 40 }, (_, i) => rowOf(i, embeddingOf(from + i, 8)));
  await write(db, rows(0));
  await write(other, rows(500));
  const query = embeddingOf(7, 8);
  for (const folder of [db, other]) await expectSame(folder, query, { count: 5 });
  const file = join(db, 'images.search', 'rounded');
  const sound = readFileSync(file);
  const changed = Buffer.from(sound);
  changed[sound.length - 9] = (changed[sound.length - 9] as number) ^ 0x55;
  for (const bytes of [
    changed,
    sound.subarray(0, sound.length - 20),
    Buffer.from('hello'),
    readFileSync(join(other, 'images.search', 'rounded')),
  ]) {
    writeFileSync(file, bytes);
    await expectSame(db, query, { count: 5 });
    expect(await readRounded({ folder: join(db, 'images.search'), path: file })).toBeDefined();
  }
});

/** An index that was searched once so that its files are there. */
async function writeLarge(dimension = 16): Promise<{ db: string; query: Float32Array }> {
  const db = temporaryFolder();
  await write(
    db,
    Array.from({ length: 1000 }, (_, i) => rowOf(i, embeddingOf(i, dimension))),
  );
  const query = embeddingOf(2, dimension);
  await findPaths(db, query);
  return { db, query };
}

async function findPaths(db: string, query: Float32Array, database = openDatabase(db), isExact = true): Promise<string[]> {
  const searcher = await openImageSearcher(database);
  const found = await searcher.search({ query, limit: 20, isExact });
  searcher.close();
  return found.map(({ path }) => path);
}

test('a search of the newest version reads its files alone: LanceDB is not opened', async () => {
  const { db, query } = await writeLarge();
  const found = await findPaths(db, query);
  const closed = {
    ...openDatabase(db),
    connection: () => Promise.reject(new Error('the database was opened')),
  };
  for (let round = 0; round < 3; round++) expect(await findPaths(db, query, closed)).toEqual(found); // from the file, then from memory
  const searcher = await openImageSearcher(closed);
  expect(searcher.facts.encoder.fingerprint).toBe('abc');
  await expect(searcher.search({ query, limit: 3, where: 'width = 5' })).rejects.toThrow('the database was opened');
  searcher.close();
});

test('rows that another process wrote or deleted since are seen by the next search', async () => {
  const { db, query } = await writeLarge();
  const database = openDatabase(db);
  const [nearest = ''] = await findPaths(db, query, database);
  await remove(db, [nearest]);
  expect(await findPaths(db, query, database)).not.toContain(nearest);
  await write(db, [rowOf(900_000, query)]);
  expect((await findPaths(db, query, database))[0]).toBe('/photos/900000.png');
});

test('kept rows and rounded rows that are damaged or gone are made again, and nothing else is found', async () => {
  const { db, query } = await writeLarge();
  const folder = join(db, 'images.search');
  const found = await findPaths(db, query);
  const keptFile = (): string => join(folder, readdirSync(folder).find((name) => name.endsWith('.rows')) as string);
  const faults: readonly (() => void)[] = [
    () =>
      writeFileSync(
        keptFile(),
        readFileSync(keptFile()).map((byte) => byte ^ 1),
      ),
    () => truncateSync(keptFile(), 1000),
    () => rmSync(keptFile()),
    () =>
      writeFileSync(
        join(folder, 'rounded'),
        readFileSync(join(folder, 'rounded')).map((byte, i, all) => (i > all.length - 9000 ? byte ^ 8 : byte)),
      ),
    () => rmSync(folder, { recursive: true }),
  ];
  for (const damage of faults) {
    damage();
    expect(await findPaths(db, query)).toEqual(found);
    const database = openDatabase(db);
    for (let round = 0; round < 3; round++) expect(await findPaths(db, query, database)).toEqual(found);
  }
});

test('rows in cells find nearly all neighbours without LanceDB, and pages neither repeat nor lose a row', async () => {
  const { db } = await writeLarge();
  await write(
    db,
    [1, 2].map((copy) => ({ ...rowOf(77, embeddingOf(77, 16)), path: `/photos/copy ${copy}.png` })),
  );
  const database = openDatabase(db);
  await optimizeImages(database, { minRows: 1000 });
  await refreshRounded(database, { hasCells: true });
  await write(db, [rowOf(900_000, embeddingOf(5000, 16))]); // comes into a cell
  await refreshRounded(database);
  const closed = () => ({ ...openDatabase(db), connection: () => Promise.reject(new Error('the database was opened')) });
  let found = 0;
  for (let i = 0; i < 40; i++) {
    const query = embeddingOf(i * 113, 16);
    const searcher = await openImageSearcher(closed());
    const near = (await searcher.search({ query, limit: 10 })).map(({ path }) => path);
    const exact = new Set((await searcher.search({ query, limit: 10, isExact: true })).map(({ path }) => path));
    found += near.filter((path) => exact.has(path)).length;
    searcher.close();
  }
  expect(found / 400).toBeGreaterThan(0.97);
  const searcher = await openImageSearcher(closed());
  const copies = (await searcher.search({ query: embeddingOf(77, 16), limit: 1 }))[0];
  expect(copies?.paths).toEqual(['/photos/000077.png', '/photos/copy 1.png', '/photos/copy 2.png']);
  expect((await searcher.search({ query: embeddingOf(5000, 16), limit: 1 }))[0]?.path).toBe('/photos/900000.png');
  const query = embeddingOf(9, 16);
  const whole = await searcher.search({ query, limit: 200 });
  const pages = [];
  for (let offset = 0; offset < 200; offset += 20) pages.push(...(await searcher.search({ query, limit: 20, offset })));
  expect(pages).toEqual(whole);
  expect(new Set(whole.map(({ path }) => path)).size).toBe(200);
  searcher.close();
});

test('where files cannot be written, searches find the same through the table', async () => {
  const { db, query } = await writeLarge();
  const found = await findPaths(db, query);
  rmSync(join(db, 'images.search'), { recursive: true });
  writeFileSync(join(db, 'images.search'), 'a file in the place of the folder');
  expect(await findPaths(db, query)).toEqual(found);
});

test('a large index is searched by rounded rows, page by page, and they are kept for the next search', async () => {
  const db = temporaryFolder();
  await write(
    db,
    Array.from({ length: 1000 }, (_, i) => rowOf(i, i === 9 ? embeddingOf(9, 16).map((value) => value * 2) : embeddingOf(i, 16))),
  );
  const warnings: string[] = [];
  const query = embeddingOf(2, 16);
  const searcher = await openImageSearcher(openDatabase(db), { onWarning: (message) => warnings.push(message) });
  const whole = await searcher.search({ query, limit: 90 });
  const pages = [];
  for (const offset of [0, 30, 60]) pages.push(...(await searcher.search({ query, limit: 30, offset })));
  expect(pages).toEqual(whole);
  expect(whole[0]?.path).toBe('/photos/000002.png');
  expect(whole.map(({ similarity = 0 }) => similarity)).toEqual(whole.map(({ similarity = 0 }) => similarity).sort((a, b) => b - a));
  expect(warnings).toHaveLength(1); // of the damaged row
  const { mtimeMs } = statSync(join(db, 'images.search', 'rounded'));
  const later = await openImageSearcher(openDatabase(db));
  expect(await later.search({ query, limit: 90 })).toEqual(whole);
  expect(statSync(join(db, 'images.search', 'rounded')).mtimeMs).toBe(mtimeMs);
  await expect(later.search({ query, limit: 3, where: 'nothing = 1' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect((await later.search({ query, limit: 3, where: 'width = 5' })).every(({ width }) => width === 5)).toBe(true);
  for (const one of [searcher, later]) one.close();
});

test('searches that run at the same time find what each finds alone', async () => {
  const { db } = await writeLarge();
  const queries = Array.from({ length: 12 }, (_, i) => embeddingOf(i * 31 + 1, 16));
  const search = async (isExact: boolean): Promise<void> => {
    const alone: string[][] = [];
    for (const query of queries) alone.push(await findPaths(db, query, openDatabase(db), isExact));
    const database = openDatabase(db);
    const searcher = await openImageSearcher(database);
    for (let round = 0; round < 3; round++) {
      const found = await Promise.all(queries.map((query) => searcher.search({ query, limit: 20, isExact }))); // of one searcher
      expect(found.map((images) => images.map(({ path }) => path))).toEqual(alone);
      expect(await Promise.all(queries.map((query) => findPaths(db, query, database, isExact)))).toEqual(alone); // each of its own
    }
    searcher.close();
  };
  await search(true);
  await optimizeImages(openDatabase(db), { minRows: 1000 });
  await refreshRounded(openDatabase(db), { hasCells: true });
  await search(false);
});
