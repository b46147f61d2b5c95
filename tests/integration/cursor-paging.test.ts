import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { normalize } from '../../dist/library/core.js';
import { decodeListCursor, decodeSearchCursor, encodeListCursor, encodeSearchCursor } from '../../dist/server/cursor.js';
import { openDatabase } from '../../dist/store/database.js';
import { openImageIndex } from '../../dist/store/image-index.js';
import { optimizeImages } from '../../dist/store/optimize-images.js';
import { listImages } from '../../dist/tasks/search/list-images.js';
import { pageSearch } from '../../dist/tasks/search/page-search.js';
import { openWorkspace } from '../../dist/tasks/workspace.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { ROOT } from '../fixtures/paths.js';

const DIMENSION = 8;
const hashOf = (name: string): string => createHash('sha256').update(name).digest('hex');

function vectorOf(seed: number): Float32Array {
  const bytes = createHash('shake256', { outputLength: DIMENSION * 4 })
    .update(`${seed}`)
    .digest();
  return normalize(Float32Array.from({ length: DIMENSION }, (_, k) => bytes.readInt32LE(k * 4) / 2 ** 31));
}

/** An image of its own content; few seeds and dates, so that many are equal in what they are ordered by. */
const rowOf = (name: string, seed: number) => ({
  ...{ path: `/photos/${name}.png`, content_hash: hashOf(name), size: 10, mtime: 1, inode: 1, width: 4, height: 3, format: 'png' },
  ...{ taken_at: seed % 3 === 0 ? null : `2024-01-0${(seed % 5) + 1}`, camera: null, latitude: null, longitude: null },
  ...{ added_at: `2024-02-0${(seed % 4) + 1}T00:00:00.000Z`, checked_at: 10_000, error_code: null, error_message: null },
  embedding: vectorOf(seed),
});

type Row = ReturnType<typeof rowOf>;

async function write(db: string, { add, remove }: { add: readonly Row[]; remove: readonly Row[] }): Promise<void> {
  const index = await openImageIndex(openDatabase(db));
  await index.write(add, { name: 'made up', fingerprint: 'abc' });
  await index.remove(remove.map(({ path }) => path));
  index.close();
}

/** What happens between two pages. */
const changes = fc.array(
  fc.record({
    add: fc.array(fc.integer({ min: 0, max: 8 }), { maxLength: 6 }),
    remove: fc.array(fc.nat({ max: 1000 }), { maxLength: 6 }),
    isOptimized: fc.boolean(),
  }),
  { maxLength: 12 },
);

const cases = fc.record({
  first: fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 1, maxLength: 40 }),
  size: fc.integer({ min: 1, max: 7 }),
  changes,
});

/** Reads all pages while rows come and go. Gives the names found, those that were there all the time, and those that ever were. */
async function readWhileChanging(
  { first, changes: between }: { first: readonly number[]; changes: readonly { add: number[]; remove: number[]; isOptimized: boolean }[] },
  readPage: (db: string, cursor: string | undefined) => Promise<{ ids: string[]; cursor: string | undefined }>,
): Promise<{ found: string[]; stayed: Set<string>; everThere: Set<string> }> {
  const db = temporaryFolder();
  let count = 0;
  const newRow = (seed: number): Row => rowOf(`p${String(count++).padStart(4, '0')}`, seed);
  let rows = first.map(newRow);
  await write(db, { add: rows, remove: [] });
  const stayed = new Set(rows.map((row) => row.content_hash));
  const everThere = new Set(stayed);
  const found: string[] = [];
  let from: string | undefined;
  for (let page = 0; ; page++) {
    const { ids, cursor: next } = await readPage(db, from);
    found.push(...ids);
    if (next === undefined) return { found, stayed, everThere };
    from = next;
    const change = between[page];
    if (change === undefined) continue;
    const add = change.add.map(newRow);
    const remove = rows.filter((_, i) => change.remove.some((at) => at % rows.length === i));
    await write(db, { add, remove });
    rows = [...rows.filter((row) => !remove.includes(row)), ...add];
    for (const row of remove) stayed.delete(row.content_hash);
    for (const row of add) everThere.add(row.content_hash);
    if (change.isOptimized) await optimizeImages(openDatabase(db));
  }
}

const openAt = (db: string) =>
  openWorkspace({ db, cache: undefined, cwd: ROOT, home: temporaryFolder(), hub: { endpoint: '', offline: true } } as never);
const anything = z.object({});

/** Every image that stayed is found once, and nothing is found twice or made up. */
function expectWhole({ found, stayed, everThere }: Awaited<ReturnType<typeof readWhileChanging>>): void {
  expect(new Set(found).size).toBe(found.length);
  expect([...stayed].filter((id) => !found.includes(id))).toEqual([]);
  expect(found.filter((id) => !everThere.has(id))).toEqual([]);
}

const RUNS = { numRuns: 12 };

test.each([
  ['nearest first', {}],
  ['with a filter', { format: 'png' }],
])('pages of a search neither repeat nor skip an image that stays, %s, while others come and go', async (_, filter) => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ first, size, changes: between }) => {
      const like = [hashOf('p0000')]; // may be deleted after the first page
      const read = await readWhileChanging({ first, changes: between }, async (db, cursor) => {
        await using workspace = openAt(db);
        const from = cursor === undefined ? undefined : decodeSearchCursor(cursor, anything).from;
        const { images, next } = await pageSearch(workspace, { ...filter, like: from ? undefined : like, topK: size, from });
        const similarities = images.map(({ similarity }) => similarity as number);
        expect(similarities).toEqual([...similarities].sort((a, b) => b - a));
        return { ids: images.map(({ contentHash }) => contentHash), cursor: next && encodeSearchCursor({}, next) };
      });
      expectWhole(read);
    }),
    RUNS,
  );
});

test.each([
  ['taken', 'desc'],
  ['taken', 'asc'],
  ['added', 'desc'],
  ['name', 'asc'],
  ['name', 'desc'],
] as const)('pages of the gallery by %s, %s, neither repeat nor skip an image that stays', async (sort, order) => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ first, size, changes: between }) => {
      const read = await readWhileChanging({ first, changes: between }, async (db, cursor) => {
        await using workspace = openAt(db);
        const from = cursor === undefined ? undefined : decodeListCursor(cursor, anything).from;
        const { images, next } = await listImages(workspace, { sort, order, topK: size, from });
        return { ids: images.map(({ contentHash }) => contentHash), cursor: next && encodeListCursor({}, next) };
      });
      expectWhole(read);
    }),
    { numRuns: 6 },
  );
});

test('images without a date come last in both orders', async () => {
  const db = temporaryFolder();
  const rows = [1, 3, 2, 6, 4].map((seed, i) => rowOf(`p${i}`, seed));
  await write(db, { add: rows, remove: [] });
  await using workspace = openAt(db);
  for (const order of ['asc', 'desc'] as const) {
    const dates = (await listImages(workspace, { order })).images.map(({ takenAt }) => takenAt ?? 'none');
    expect(dates.slice(3)).toEqual(['none', 'none']);
    expect(dates.slice(0, 3)).toEqual([...dates.slice(0, 3)].sort((a, b) => (a < b === (order === 'asc') ? -1 : 1)));
  }
});

test('a search by tags and filters alone has pages too', async () => {
  const read = await readWhileChanging(
    { first: [1, 2, 3, 4, 5, 6], changes: [{ add: [1, 2], remove: [0], isOptimized: false }] },
    async (db, cursor) => {
      await using workspace = openAt(db);
      const from = cursor === undefined ? undefined : decodeSearchCursor(cursor, anything).from;
      const { images, next } = await pageSearch(workspace, { format: 'png', topK: 2, from });
      return { ids: images.map(({ contentHash }) => contentHash), cursor: next && encodeSearchCursor({}, next) };
    },
  );
  expectWhole(read);
});
