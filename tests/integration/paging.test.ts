import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normalize } from '../../dist/library/core.js';
import { openDatabase } from '../../dist/store/database.js';
import { openImageIndex } from '../../dist/store/image-index.js';
import { type FoundImageRow, type ImageSearch, openImageSearcher } from '../../dist/store/search-images.js';
import { INDEX_BUILDS, type IndexBuild } from '../../dist/store/vector-index.js';
import { temporaryFolder } from '../fixtures/parity.js';

const lancedb = createRequire(import.meta.url)('@lancedb/lancedb') as typeof import('@lancedb/lancedb');
const DIMENSION = 8;

function vectorOf(seed: number): Float32Array {
  const bytes = createHash('shake256', { outputLength: DIMENSION * 4 })
    .update(`${seed}`)
    .digest();
  return normalize(Float32Array.from({ length: DIMENSION }, (_, k) => bytes.readInt32LE(k * 4) / 2 ** 31));
}

/** An image of its own content whose embedding it may share with others. */
const rowOf = (name: string, seed: number, content = name) => ({
  ...{ path: `/photos/${name}.png`, content_hash: createHash('sha256').update(content).digest('hex'), size: 10, mtime: 1, inode: 1 },
  ...{ width: 4, height: 3, format: 'png', taken_at: null, camera: null, latitude: null, longitude: null },
  ...{ added_at: '2024-01-01T00:00:00.000Z', checked_at: 10_000, error_code: null, error_message: null },
  embedding: vectorOf(seed),
});

async function write(db: string, rows: readonly ReturnType<typeof rowOf>[]): Promise<void> {
  const index = await openImageIndex(openDatabase(db));
  await index.write(rows, { name: 'made up', fingerprint: 'abc' });
  index.close();
}

/** All pages of a search, and a searcher of its own for each, as the command line has. */
async function pagesOf(db: string, search: Omit<ImageSearch, 'limit' | 'offset'>, limit: number): Promise<FoundImageRow[]> {
  const found: FoundImageRow[] = [];
  for (let offset = 0; ; offset += limit) {
    const searcher = await openImageSearcher(openDatabase(db));
    const page = await searcher.search({ ...search, limit, offset });
    searcher.close();
    found.push(...page);
    if (page.length < limit) return found;
  }
}

const pathsOf = (found: readonly FoundImageRow[]): string[] => found.map(({ path }) => path);
const names = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `c${String(from + i).padStart(4, '0')}`);
const inOrder = (some: readonly string[]): string[] => some.map((name) => `/photos/${name}.png`).sort();

test('equal similarities come by path, each once over all pages, also where later rows come first', async () => {
  const db = temporaryFolder();
  for (const some of [names(40, 80), names(0, 40)])
    await write(
      db,
      some.map((name) => rowOf(name, 1)),
    );
  for (const query of [vectorOf(1), vectorOf(2)])
    for (const limit of [1, 7, 10]) expect(pathsOf(await pagesOf(db, { query }, limit))).toEqual(inOrder(names(0, 80)));
});

test('pages of any size join to the whole order: by similarity, then by path, a picture once', async () => {
  const image = fc.record({ seed: fc.integer({ min: 0, max: 4 }), content: fc.integer({ min: 0, max: 40 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(image, { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 9 }), async (images, limit) => {
      const db = temporaryFolder();
      const rows = images.map(({ seed, content }, i) =>
        rowOf(`n${(i * 7) % 61}`, (seed + content) % 5, `${(seed + content) % 5} ${content}`),
      );
      const half = Math.ceil(rows.length / 2);
      for (const some of [rows.slice(half), rows.slice(0, half)]) if (some.length > 0) await write(db, some);
      const query = vectorOf(3);
      const whole = await pagesOf(db, { query }, 1000);
      expect(await pagesOf(db, { query }, limit)).toEqual(whole);
      expect(new Set(whole.map((row) => row.content_hash)).size).toBe(new Set(rows.map((row) => row.content_hash)).size);
      expect(whole.flatMap(({ paths }) => paths).sort()).toEqual(rows.map(({ path }) => path).sort());
      const key = ({ similarity = 0, path }: FoundImageRow): string => `${(2 - similarity).toFixed(9)} ${path}`;
      expect(whole.map(key)).toEqual(whole.map(key).sort());
    }),
    { numRuns: 25 },
  );
});

describe.each(INDEX_BUILDS)('through a vector index ($name)', ({ toConfig }: IndexBuild) => {
  /** 1,000 images of their own and 200 of four embeddings; the index knows all but the last 100. */
  async function indexed(): Promise<string> {
    const db = temporaryFolder();
    const rows = ALL.map((name, i) => rowOf(name, i < 1000 ? i : 5000 + (i % 4)));
    await write(db, rows.slice(0, 1100));
    const connection = await lancedb.connect(db);
    await (await connection.openTable('images')).createIndex('embedding', { config: toConfig(lancedb.Index), name: 'embedding_idx' });
    connection.close();
    await write(db, rows.slice(1100));
    return db;
  }
  const ALL = names(0, 1200);
  const EQUALS = ALL.filter((_, i) => i >= 1000 && i % 4 === 2);

  test('no page repeats or loses an image, and equals come by path', async () => {
    const db = await indexed();
    const apart = await pagesOf(db, { query: vectorOf(7) }, 45);
    expect(pathsOf(apart).sort()).toEqual(inOrder(ALL));
    expect(pathsOf(await pagesOf(db, { query: vectorOf(7) }, 400))).toEqual(pathsOf(apart));
    const equal = await pagesOf(db, { query: vectorOf(5002) }, 110);
    expect(pathsOf(equal).sort()).toEqual(inOrder(ALL));
    expect(pathsOf(equal.slice(0, 50))).toEqual(inOrder(EQUALS));
  }, 60_000);

  test('a filter holds on every page, and the smallest similarity too', async () => {
    const db = await indexed();
    const search = { query: vectorOf(5002), where: "path < '/photos/c1100'" };
    expect(pathsOf(await pagesOf(db, search, 150)).sort()).toEqual(inOrder(names(0, 1100)));
    expect(pathsOf(await pagesOf(db, { ...search, minSimilarity: 1 }, 5))).toEqual(inOrder(EQUALS.slice(0, 25)));
  }, 60_000);

  test('a picture has all its names, though the index may miss some', async () => {
    const db = temporaryFolder();
    await write(
      db,
      names(0, 1000).map((name, i) => rowOf(name, i % 10, `${i % 10}`)),
    );
    const connection = await lancedb.connect(db);
    await (await connection.openTable('images')).createIndex('embedding', { config: toConfig(lancedb.Index), name: 'embedding_idx' });
    connection.close();
    const found = await pagesOf(db, { query: vectorOf(7) }, 3);
    expect(found.map(({ paths }) => paths.length)).toEqual(Array(10).fill(100));
  }, 60_000);
});

test('pages without a query, by filter or by tag, join too: the surest first, equals by path', async () => {
  const db = temporaryFolder();
  for (const some of [names(20, 40), names(0, 20)])
    await write(
      db,
      some.map((name, i) => rowOf(name, i)),
    );
  expect(pathsOf(await pagesOf(db, { where: 'width > 0' }, 7))).toEqual(inOrder(names(0, 40)));
  const sure = new Set(['c0004', 'c0030'].map((name) => rowOf(name, 0).content_hash));
  const tagged = await pagesOf(db, { rankOf: (hash) => (sure.has(hash) ? 2 : 0.5) }, 7);
  expect(pathsOf(tagged)).toEqual([...inOrder(['c0004', 'c0030']), ...inOrder(names(0, 40)).filter((path) => !/c0004|c0030/.test(path))]);
  const contentHashes = new Set(names(5, 25).map((name) => rowOf(name, 0).content_hash));
  const among = await pagesOf(db, { query: vectorOf(3), contentHashes }, 3);
  expect(inOrder(among.map(({ path }) => path.slice(8, -4)))).toEqual(inOrder(names(5, 25)));
});
