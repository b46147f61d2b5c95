import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dotProduct, normalize } from '../../dist/library/core.js';
import { openDatabase } from '../../dist/store/database.js';
import { openImageCollection } from '../../dist/store/image-collection.js';
import { openImageIndex } from '../../dist/store/image-index.js';
import { readIndexStatus } from '../../dist/store/maintain-images.js';
import { optimizeImages } from '../../dist/store/optimize-images.js';
import { openImageSearcher } from '../../dist/store/search-images.js';
import { verifyImages } from '../../dist/store/verify-images.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { turnIntoVersion1 } from '../fixtures/version-1-index.js';

const lancedb = createRequire(import.meta.url)('@lancedb/lancedb') as typeof import('@lancedb/lancedb');
const ENCODER = { name: 'made up', fingerprint: 'abc' };
const DIMENSION = 16;

function vectorOf(seed: number): Float32Array {
  const bytes = createHash('shake256', { outputLength: DIMENSION * 4 })
    .update(`${seed}`)
    .digest();
  return normalize(Float32Array.from({ length: DIMENSION }, (_, k) => bytes.readInt32LE(k * 4) / 2 ** 31));
}

const rowOf = (seed: number, path = `/photos/${seed}.png`) => ({
  path,
  content_hash: createHash('sha256').update(`${seed}`).digest('hex'),
  size: 10,
  mtime: 1,
  inode: seed,
  width: seed,
  height: 3,
  format: 'png',
  taken_at: null,
  camera: null,
  latitude: null,
  longitude: null,
  added_at: '2024-01-01T00:00:00.000Z',
  checked_at: 10_000,
  error_code: null,
  error_message: null,
  embedding: vectorOf(seed),
});

const bad = (path: string) => ({ ...rowOf(0, path), width: null, embedding: null, error_code: 'IMAGE_DAMAGED', error_message: 'broken' });
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

async function write(db: string, rows: readonly (ReturnType<typeof rowOf> | ReturnType<typeof bad>)[]): Promise<void> {
  const index = await openImageIndex(openDatabase(db));
  await index.write(rows, ENCODER);
  index.close();
}

async function search(db: string, options: Parameters<Awaited<ReturnType<typeof openImageSearcher>>['search']>[0]) {
  const searcher = await openImageSearcher(openDatabase(db));
  const found = await searcher.search(options);
  searcher.close();
  return found;
}

test('a row takes the place of that of its path; bad files have no embedding and are not found', async () => {
  const db = temporaryFolder();
  await write(db, [rowOf(1), rowOf(2), bad('/photos/bad.png')]);
  await write(db, [rowOf(3, '/photos/1.png'), rowOf(2, "/photos/o'copy.png")]);
  const found = await search(db, { query: vectorOf(2), limit: 10 });
  expect(found.map(({ paths }) => paths)).toEqual([['/photos/2.png', "/photos/o'copy.png"], ['/photos/1.png']]);
  const index = await openImageIndex(openDatabase(db));
  await index.remove(["/photos/o'copy.png"]);
  expect((await index.files()).map(({ path }) => path).sort()).toEqual(['/photos/1.png', '/photos/2.png', '/photos/bad.png']);
  index.close();
});

test('a picture under two names stands in the collection under both, with one id', async () => {
  const db = temporaryFolder();
  await write(db, [rowOf(1), rowOf(1, '/photos/again.png'), rowOf(2), bad('/photos/bad.png')]);
  const collection = await openImageCollection(openDatabase(db));
  expect(await collection.count()).toBe(3);
  for await (const { images, embeddings } of collection.blocks()) {
    expect(images).toHaveLength(3);
    expect(new Set(images.map(({ contentHash }) => contentHash)).size).toBe(2);
    for (const [i, image] of images.entries())
      expect(embeddings.values.subarray(i * DIMENSION, (i + 1) * DIMENSION)).toEqual(vectorOf(image.width));
  }
  collection.close();
});

test('rows by their content are those of now, whatever was written, removed and merged since the rows were read', async () => {
  const db = temporaryFolder();
  await write(db, [...range(1, 60).map((seed) => rowOf(seed)), bad('/photos/bad.png')]);
  const index = await openImageIndex(openDatabase(db));
  const hashOf = (seed: number): string => rowOf(seed).content_hash;
  const widths = async (...seeds: number[]): Promise<(number | null | undefined)[]> => {
    const rows = await index.imagesOf(seeds.map(hashOf));
    expect([...rows.keys()].every((hash) => seeds.map(hashOf).includes(hash))).toBe(true);
    return seeds.map((seed) => rows.get(hashOf(seed))?.width);
  };
  await index.files();
  expect(await widths(1, 30, 59)).toEqual([1, 30, 59]);
  await index.write([{ ...rowOf(1), taken_at: '2024-06-01' as never }, rowOf(70), rowOf(2, '/photos/3.png')], ENCODER);
  await index.remove(['/photos/5.png', '/photos/2.png']);
  expect(await widths(1, 2, 3, 5, 6, 70, 99)).toEqual([1, 2, undefined, undefined, 6, 70, undefined]);
  expect((await index.imagesOf([hashOf(1)])).get(hashOf(1))?.taken_at).toBe('2024-06-01');
  await optimizeImages(openDatabase(db));
  expect(await widths(1, 2, 3, 6, 70)).toEqual([1, 2, undefined, 6, 70]);
  index.close();
});

test('similarities are cosines, with a vector index and without, and new rows are found before an optimise', async () => {
  const db = temporaryFolder();
  await write(
    db,
    range(1, 1500).map((seed) => rowOf(seed)),
  );
  const query = vectorOf(77_777);
  const exact = range(1, 1500)
    .map((seed) => ({ path: `/photos/${seed}.png`, similarity: dotProduct(query, vectorOf(seed)) }))
    .sort((a, b) => b.similarity - a.similarity)
    .slice(0, 10);
  expect(await optimizeImages(openDatabase(db))).toMatchObject({ vectorIndex: 'none' });
  const scanned = await search(db, { query, limit: 10 });
  const report = await optimizeImages(openDatabase(db), { minRows: 1000 });
  expect(report.vectorIndex).toBe('built');
  expect(report.recall?.recallAt10).toBeGreaterThanOrEqual(0.95);
  const indexed = await search(db, { query, limit: 10 });
  for (const found of [scanned, indexed]) {
    expect(found.map(({ path }) => path)).toEqual(exact.map(({ path }) => path));
    for (const [i, { similarity }] of found.entries()) expect(similarity).toBeCloseTo(exact[i]?.similarity as number, 5);
  }
  await write(db, [rowOf(77_777)]);
  expect((await search(db, { query, limit: 1 }))[0]?.path).toBe('/photos/77777.png');
  expect((await readIndexStatus(openDatabase(db))).vectorIndex).toMatchObject({ metric: 'cosine', newRows: 1 });
  expect(await optimizeImages(openDatabase(db), { minRows: 1000 })).toMatchObject({ vectorIndex: 'updated' });
  expect((await readIndexStatus(openDatabase(db))).vectorIndex).toMatchObject({ newRows: 0 });
});

test('a table of version 1 is read as it is, and brought to this version by the first write, in one commit that reads no row', async () => {
  const db = temporaryFolder();
  await write(db, [...range(1, 300).map((seed) => rowOf(seed)), bad('/photos/bad.png')]);
  await turnIntoVersion1(db);
  await optimizeImages(openDatabase(db), { minRows: 256 });
  const { versions } = await readIndexStatus(openDatabase(db));
  expect((await search(db, { query: vectorOf(7), limit: 1 }))[0]).toMatchObject({ path: '/photos/7.png' });
  const collection = await openImageCollection(openDatabase(db));
  expect(await collection.count()).toBe(299);
  collection.close();
  expect(await verifyImages(openDatabase(db))).toEqual({ rows: 300, faults: [] });
  const index = await openImageIndex(openDatabase(db));
  expect(await index.files()).toHaveLength(300);
  await index.remove(['/photos/8.png']);
  expect(await readIndexStatus(openDatabase(db))).toMatchObject({ schemaVersion: 1, versions: versions + 1 });

  await index.write([{ ...rowOf(1), ctime: 12.345 }], ENCODER);
  const ctimes = new Map((await index.files()).map(({ path, ctime }) => [path, ctime]));
  expect([ctimes.get('/photos/1.png'), ctimes.get('/photos/2.png')]).toEqual([12.345, null]);
  index.close();
  const after = await readIndexStatus(openDatabase(db));
  expect(after).toMatchObject({ schemaVersion: 3, encoder: ENCODER, dimension: DIMENSION, versions: versions + 4 });
  expect(after.vectorIndex).toMatchObject({ metric: 'cosine', newRows: 1 });
  await write(db, [rowOf(301)]);
  expect((await search(db, { query: vectorOf(301), limit: 1 }))[0]?.path).toBe('/photos/301.png');
  expect(await verifyImages(openDatabase(db))).toEqual({ rows: 300, faults: [] });
});

test('a table of a later version is refused', async () => {
  const db = temporaryFolder();
  await write(db, [rowOf(1)]);
  const connection = await lancedb.connect(db);
  const table = await connection.openTable('images');
  const { Field, Float64, Schema } = createRequire(import.meta.url)('apache-arrow') as typeof import('apache-arrow');
  const later = new Map([['labelwise-images', JSON.stringify({ schemaVersion: 5, encoder: ENCODER })]]);
  await table.addColumns(new Schema([new Field('later', new Float64(), true)], later));
  connection.close();
  await expect(openImageIndex(openDatabase(db))).rejects.toMatchObject({ code: 'FORMAT_NEWER' });
  await expect(search(db, { limit: 1 })).rejects.toMatchObject({ code: 'FORMAT_NEWER' });
});

test('verify names each kind of damage', async () => {
  const db = temporaryFolder();
  await write(
    db,
    range(1, 9).map((seed) => rowOf(seed)),
  );
  expect(await verifyImages(openDatabase(db))).toEqual({ rows: 8, faults: [] });
  const connection = await lancedb.connect(db);
  const table = await connection.openTable('images');
  const rows = (await table.query().toArray()).map((row) => ({ ...row.toJSON(), embedding: [...row.embedding] }));
  await table.delete("path IN ('/photos/2.png', '/photos/3.png', '/photos/4.png', '/photos/5.png')");
  const pick = (seed: number) => rows.find((row) => row.path === `/photos/${seed}.png`) as (typeof rows)[number];
  await table.add([
    pick(1),
    { ...pick(2), embedding: pick(2).embedding.fill(Number.POSITIVE_INFINITY) },
    { ...pick(3), embedding: pick(3).embedding.map((x: number) => x * 2) },
    { ...pick(4), embedding: null },
    { ...pick(5), content_hash: null },
  ]);
  connection.close();
  const { faults } = await verifyImages(openDatabase(db));
  expect(faults.map(({ kind, path }) => `${path} ${kind}`).sort()).toEqual([
    '/photos/1.png doubled path',
    '/photos/2.png not finite',
    '/photos/3.png not of unit length',
    '/photos/4.png no embedding',
    '/photos/5.png no content hash',
  ]);
  const data = join(db, 'images.lance', 'data');
  for (const file of readdirSync(data)) rmSync(join(data, file));
  expect((await verifyImages(openDatabase(db))).faults).toMatchObject([{ kind: 'unreadable', path: undefined }]);
});

test('verify names all rows of a content whose embeddings differ, and none that were rounded otherwise', async () => {
  const db = temporaryFolder();
  const rounded = rowOf(2, '/photos/2 again.png');
  rounded.embedding[0] = (rounded.embedding[0] as number) + 1e-6;
  await write(db, [rowOf(1), { ...rowOf(1, '/photos/1 again.png'), embedding: vectorOf(9) }, rowOf(2), rounded, rowOf(3), bad('/b.png')]);
  const { rows, faults } = await verifyImages(openDatabase(db));
  expect(rows).toBe(6);
  expect(faults.sort((a, b) => ((a.path as string) < (b.path as string) ? -1 : 1))).toEqual(
    ['/photos/1 again.png', '/photos/1.png'].map((path) => ({
      kind: 'copies differ',
      path,
      detail: expect.stringMatching(/^2 rows have these bytes, and embeddings with a cosine down to -?0\.\d{4}$/),
    })),
  );
});

test('a full disk is said, and what was there before can be used', async ({ skip }) => {
  const disk = temporaryFolder();
  skip(process.platform !== 'linux' || process.getuid?.() !== 0, 'a small disk can be mounted by root alone');
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk], { stdio: 'ignore' });
  } catch {
    skip(true, 'a small disk cannot be mounted here');
  }
  try {
    await write(
      disk,
      range(1, 20).map((seed) => rowOf(seed)),
    );
    await expect(
      write(
        disk,
        range(20, 9000).map((seed) => rowOf(seed)),
      ),
    ).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(await verifyImages(openDatabase(disk))).toEqual({ rows: 19, faults: [] });
    expect(await search(disk, { query: vectorOf(3), limit: 1 })).toMatchObject([{ path: '/photos/3.png' }]);
  } finally {
    execFileSync('umount', [disk]);
  }
});
