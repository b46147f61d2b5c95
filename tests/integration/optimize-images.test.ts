import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { normalize } from '../../dist/library/core.js';
import { openDatabase } from '../../dist/store/database.js';
import { openImageIndex } from '../../dist/store/image-index.js';
import { readIndexStatus } from '../../dist/store/maintain-images.js';
import { optimizeImages } from '../../dist/store/optimize-images.js';
import { openImageSearcher } from '../../dist/store/search-images.js';
import { INDEX_BUILDS, type IndexBuild } from '../../dist/store/vector-index.js';
import { temporaryFolder } from '../fixtures/parity.js';

const lancedb = createRequire(import.meta.url)('@lancedb/lancedb') as typeof import('@lancedb/lancedb');
const ENCODER = { name: 'made up', fingerprint: 'abc' };
const DIMENSION = 32;

function vectorOf(seed: number): Float32Array {
  const bytes = createHash('shake256', { outputLength: DIMENSION * 4 })
    .update(`${seed}`)
    .digest();
  return normalize(Float32Array.from({ length: DIMENSION }, (_, k) => bytes.readInt32LE(k * 4) / 2 ** 31));
}

/** A row of picture `seed` under its own name or another. */
const rowOf = (seed: number, name = seed) => ({
  ...{ path: `/photos/${name}.png`, content_hash: createHash('sha256').update(`${seed}`).digest('hex'), size: 10, mtime: 1, inode: name },
  ...{ width: 4, height: 3, format: 'png', taken_at: null, camera: null, latitude: null, longitude: null },
  ...{ added_at: '2024-01-01T00:00:00.000Z', checked_at: 10_000, error_code: null, error_message: null },
  embedding: vectorOf(seed),
});

async function write(db: string, rows: readonly ReturnType<typeof rowOf>[]): Promise<void> {
  const index = await openImageIndex(openDatabase(db));
  await index.write(rows, ENCODER);
  index.close();
}

async function nearest(db: string, query: Float32Array, isExact = false): Promise<string[]> {
  const searcher = await openImageSearcher(openDatabase(db));
  const found = await searcher.search({ query, limit: 10, isExact });
  searcher.close();
  return found.map(({ path }) => path);
}

/** 32 numbers as 2 codes of 4 bits, in 16 parts: neighbours cannot be told apart. */
const WEAK: IndexBuild = {
  name: 'weak',
  toConfig: (index) => index.ivfPq({ distanceType: 'cosine', numPartitions: 16, numSubVectors: 2, numBits: 4 }),
};
const STRONG = INDEX_BUILDS[0] as IndexBuild;
/** Puts an index in the place of the one that there is, however bad it is. */
async function forceIndex(db: string, { toConfig }: IndexBuild): Promise<void> {
  const connection = await lancedb.connect(db);
  const table = await connection.openTable('images');
  await table.createIndex('embedding', { config: toConfig(lancedb.Index), replace: true, name: 'embedding_idx' });
  connection.close();
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const MIN_ROWS = 1000;

async function twoThousand(): Promise<string> {
  const db = temporaryFolder();
  await write(
    db,
    range(0, 2000).map((seed) => rowOf(seed)),
  );
  return db;
}

test('where the first build finds too few neighbours a stronger one is tried, and each recall is told', async () => {
  const db = await twoThousand();
  const steps: string[] = [];
  const report = await optimizeImages(openDatabase(db), { minRows: MIN_ROWS, builds: [WEAK, STRONG], onStep: (step) => steps.push(step) });
  expect(report).toMatchObject({ vectorIndex: 'built', attempts: [{ index: 'weak' }, { index: STRONG.name }] });
  expect(report.attempts[0]?.recallAt10).toBeLessThan(0.95);
  expect(report.attempts[1]?.recallAt10).toBeGreaterThanOrEqual(0.95);
  expect(report.recall).toEqual(report.attempts[1]);
  expect(steps.filter((step) => step.includes('recall@10'))).toEqual([
    expect.stringMatching(/^weak: recall@10 0\.\d{3}, and 0\.95 is needed$/),
    expect.stringMatching(/^HNSW with 20 links a row: recall@10 (?:0\.9[5-9]\d|1\.000)$/),
  ]);
  expect((await readIndexStatus(openDatabase(db))).vectorIndex).toMatchObject({ kind: 'IVF_HNSW_SQ', metric: 'cosine', newRows: 0 });
});

test('where no build is good enough searches compare with all rows', async () => {
  const db = await twoThousand();
  const report = await optimizeImages(openDatabase(db), { minRows: MIN_ROWS, builds: [WEAK] });
  expect(report).toMatchObject({ vectorIndex: 'refused', recall: { index: 'weak' } });
  expect((await readIndexStatus(openDatabase(db))).vectorIndex).toBeUndefined();
  expect(await nearest(db, vectorOf(-1))).toEqual(await nearest(db, vectorOf(-1), true));
});

test('an index that finds enough is kept, with the new rows in it', async () => {
  const db = await twoThousand();
  await optimizeImages(openDatabase(db), { minRows: MIN_ROWS });
  await write(
    db,
    range(2000, 2900).map((seed) => rowOf(seed)),
  );
  const report = await optimizeImages(openDatabase(db), { minRows: MIN_ROWS, builds: [WEAK] });
  expect(report).toMatchObject({ rows: 2900, vectorIndex: 'updated', attempts: [{ index: 'the IVF_HNSW_SQ that was there' }] });
  expect((await readIndexStatus(openDatabase(db))).vectorIndex).toMatchObject({ kind: 'IVF_HNSW_SQ', indexedRows: 2900, newRows: 0 });
});

test('an index that is not good enough any more is replaced, and by nothing where nothing is better', async () => {
  const db = await twoThousand();
  await optimizeImages(openDatabase(db), { minRows: MIN_ROWS, builds: [STRONG] });
  await forceIndex(db, WEAK);
  expect(await optimizeImages(openDatabase(db), { minRows: MIN_ROWS, builds: [WEAK] })).toMatchObject({
    vectorIndex: 'refused',
    attempts: [{ index: 'the IVF_PQ that was there' }, { index: 'weak' }],
  });
  await forceIndex(db, WEAK);
  expect(await optimizeImages(openDatabase(db), { minRows: MIN_ROWS })).toMatchObject({ vectorIndex: 'built' });
});

test('a picture under fifty names does not speak against an index: any ten of its rows are its neighbours', async () => {
  const db = temporaryFolder();
  await write(
    db,
    range(0, 5000).map((name) => rowOf(name % 100, name)),
  );
  const { vectorIndex, attempts } = await optimizeImages(openDatabase(db), { minRows: MIN_ROWS });
  expect(vectorIndex).toBe('built'); // counted by rows, ten of fifty that are equal would be 0.2, and none would be good enough
  expect(attempts.at(-1)?.recallAt10).toBeGreaterThanOrEqual(0.95); // graphs are built at random: of 25, 22 found all, one 0.96
});
