import { copyFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as lancedb from '@lancedb/lancedb';
import { loadEncoder, openWorkspace } from 'labelwise';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../dist/store/database.js';
import { openImageIndex } from '../../dist/store/image-index.js';
import { openImageSearcher } from '../../dist/store/search-images.js';
import { cli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { ROOT } from '../fixtures/paths.js';

const PHOTOS = join(ROOT, 'demo/photos');
const folder = temporaryFolder();
const later = temporaryFolder();

const run = (db: string, ...args: string[]) => cli([...args, '--db', db], { cwd: folder });

interface Found {
  readonly path: string;
  readonly similarity: number;
}

const search = async (db: string, ...args: string[]): Promise<Found[]> =>
  JSON.parse((await run(db, 'search', ...args, '--json')).stdout) as Found[];

const catOf = (found: readonly Found[]): number => found.find(({ path }) => path.endsWith('corner.png'))?.similarity as number;

/** A temple, with a cat that fills one corner. */
beforeAll(async () => {
  const cat = await sharp(join(PHOTOS, 'cat.jpg')).resize(400, 400).toBuffer();
  const temple = sharp(join(PHOTOS, 'temple.jpg')).resize(900, 600, { fit: 'fill' });
  await temple
    .composite([{ input: cat, left: 500, top: 200 }])
    .png()
    .toFile(join(folder, 'corner.png'));
  for (const name of ['coffee.jpg', 'flower.jpg', 'galaxies.jpg']) copyFileSync(join(PHOTOS, name), join(folder, name));
  copyFileSync(join(PHOTOS, 'rocket.jpg'), join(later, 'rocket.jpg'));
});

async function filled(...flags: string[]): Promise<string> {
  const db = temporaryFolder();
  expect((await run(db, 'index', folder, ...flags)).code).toBe(0);
  return db;
}

test('index --crops finds what is small in a photo, in every kind of search', async () => {
  const [plain, crops] = [await filled(), await filled('--crops')];
  const [before, after] = [catOf(await search(plain, 'a cat')), catOf(await search(crops, 'a cat'))];
  expect(after).toBeGreaterThan(before + 0.05);
  expect(catOf(await search(crops, 'a cat', '--where', 'width > 800'))).toBe(after);
  expect(catOf(await search(crops, 'a cat', '--relevant'))).toBe(after);
  const temple = await search(crops, 'a temple');
  expect(catOf(temple)).toBeGreaterThanOrEqual(catOf(await search(plain, 'a temple'))); // the whole photo still counts
  expect(new Set(temple.map(({ path }) => path)).size).toBe(temple.length);
});

test('an index without crops gets them by the same command, and keeps them for new images', async () => {
  const db = await filled();
  expect(JSON.parse((await run(db, 'index', 'status', '--json')).stdout)).toMatchObject([{ schemaVersion: 3, hasCrops: false }]);
  const [before, whole] = [catOf(await search(db, 'a cat')), await search(db, 'coffee')];
  const again = JSON.parse((await run(db, 'index', folder, '--crops', '--json')).stdout);
  expect(again).toMatchObject([{ encoded: 4, unchanged: 0 }]);
  expect(JSON.parse((await run(db, 'index', 'status', '--json')).stdout)).toMatchObject([{ schemaVersion: 4, hasCrops: true }]);
  expect(catOf(await search(db, 'a cat'))).toBeGreaterThan(before);
  expect(whole[0]?.path).toContain('coffee');
  expect(JSON.parse((await run(db, 'index', later, '--json')).stdout)).toMatchObject([{ encoded: 1 }]);
  expect(JSON.parse((await run(db, 'index', '--json')).stdout)).toMatchObject([{ encoded: 0, unchanged: 5 }]);
  const index = await openImageIndex(openDatabase(db));
  expect([...(await index.hashesWithoutCrops())]).toEqual([]);
  index.close();
});

test('images of folders that were not read again count by the whole photo until they are', async () => {
  const db = await filled();
  const before = catOf(await search(db, 'a cat'));
  expect((await run(db, 'index', later, '--crops')).code).toBe(0);
  expect(catOf(await search(db, 'a cat'))).toBeCloseTo(before, 6);
  expect((await run(db, 'tag', '--labels', 'cat, rocket', '--name', 'things')).code).toBe(0);
  expect(JSON.parse((await run(db, 'index', '--json')).stdout)).toMatchObject([{ encoded: 4 }]);
  expect(catOf(await search(db, 'a cat'))).toBeGreaterThan(before);
});

test('pages of a search with crops are the search, and a picture with two names is found once', async () => {
  const db = await filled('--crops');
  copyFileSync(join(folder, 'corner.png'), join(later, 'copy.png'));
  expect(JSON.parse((await run(db, 'index', later, '--json')).stdout)).toMatchObject([{ encoded: 1, known: 1 }]);
  await using workspace = openWorkspace({ db });
  const all = (await workspace.search({ query: 'a cat', topK: 10 })).images.map(({ path }) => path);
  expect(all).toHaveLength(5);
  const pages = [0, 2, 4].map(async (offset) => (await workspace.search({ query: 'a cat', topK: 2, offset })).images);
  expect((await Promise.all(pages)).flat().map(({ path }) => path)).toEqual(all);

  const encoder = await loadEncoder();
  const [query] = (await encoder.encodeTexts(['a photo of a cat.'])) as [Float32Array];
  await encoder.close();
  const searcher = await openImageSearcher(openDatabase(db));
  const found = await searcher.search({ query, limit: 10 });
  const first = await searcher.page({ query, limit: 2 });
  const last = first.at(-1) as (typeof first)[number];
  const rest = await searcher.page({ query, limit: 10, after: [last.similarity as number, last.content_hash], seen: 2 });
  searcher.close();
  expect([...first, ...rest].map(({ content_hash }) => content_hash)).toEqual(found.map(({ content_hash }) => content_hash));
  for (const [i, { similarity }] of [...first, ...rest].entries()) expect(similarity).toBeCloseTo(found[i]?.similarity as number, 5);
});

test('tags of an index with crops find a label in the corner, and none where no view shows one', async () => {
  const db = await filled('--crops');
  const tagsOf = async () => {
    expect((await run(db, 'tag', '--labels', 'cat, dog', '--name', 'pets', '--min-probability', '0')).code).toBe(0);
    const rows = JSON.parse((await run(db, 'export', '--json')).stdout) as {
      path: string;
      tags: { label: string; probability: number }[];
    }[];
    return (name: string) => rows.find(({ path }) => path.endsWith(name))?.tags.find(({ label }) => label === 'cat')?.probability as number;
  };
  const probabilityOf = await tagsOf();
  expect(probabilityOf('corner.png')).toBeGreaterThan(0.8);
  expect(probabilityOf('galaxies.jpg')).toBeLessThan(0.2);
});

test('--balanced gives each label a cut of its own, and not beside a smallest probability', async () => {
  const db = await filled('--crops');
  const { code, stdout } = await run(db, 'tag', '--labels', 'cat, flower, coffee', '--name', 'some', '--balanced', '--dry-run');
  expect([code, stdout]).toEqual([0, expect.stringMatching(/cat +1 +corner\.png/)]);
  expect((await run(db, 'tag', '--labels', 'cat', '--name', 'x', '--balanced', '--min-probability', '0.5')).code).toBe(2);
  expect((await run(db, 'tag', '--labels', 'cat, dog', '--name', 'x', '--balanced', '--one-label')).code).toBe(2);
});

test('eval --crops compares labels with every view, for data that shows several labels', async () => {
  const rows = [
    ['corner.png', ['cat', 'temple']],
    ['coffee.jpg', ['coffee']],
    ['flower.jpg', ['flower']],
    ['galaxies.jpg', ['cat']].slice(0, 1),
  ] as const;
  const lines = rows.map(([path, labels = []]) => JSON.stringify({ path, labels }));
  writeFileSync(join(folder, 'several.jsonl'), lines.join('\n'));
  const evaluate = async (...flags: string[]) =>
    JSON.parse(
      (await cli(['eval', 'several.jsonl', '--labels', 'cat, temple, coffee, flower', '--json', ...flags], { cwd: folder })).stdout,
    );
  const [plain, crops] = [await evaluate(), await evaluate('--crops')];
  expect([plain.settings.crops, crops.settings.crops]).toEqual([undefined, true]);
  expect(crops.variants[0].measures.meanAveragePrecision.value).toBeGreaterThanOrEqual(
    plain.variants[0].measures.meanAveragePrecision.value,
  );
  writeFileSync(join(folder, 'one.jsonl'), JSON.stringify({ path: 'coffee.jpg', label: 'coffee' }));
  const refused = await cli(['eval', 'one.jsonl', '--labels', 'cat, coffee', '--crops'], { cwd: folder });
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('--crops needs data that shows several labels')]);
});

test('verify names a damaged crop, and --repair embeds its file again', async () => {
  const db = await filled('--crops');
  const connection = await lancedb.connect(db);
  const table = await connection.openTable('images');
  const [row] = await table.query().where("path LIKE '%corner.png'").toArray();
  const { Field, FixedSizeList, Float32, List, Schema, Table, Utf8, vectorFromArray } = createRequire(import.meta.url)(
    'apache-arrow',
  ) as typeof import('apache-arrow');
  const vector = new FixedSizeList(512, new Field('item', new Float32(), true));
  const type = new List(new Field('item', vector, true));
  const schema = new Schema([new Field('path', new Utf8(), false), new Field('crops', type, true)]);
  const zeros = Array.from({ length: 4 }, () => Array<number>(512).fill(0));
  const damaged = new Table(schema, { path: vectorFromArray([String(row.path)], new Utf8()), crops: vectorFromArray([zeros], type) });
  await table.mergeInsert('path').whenMatchedUpdateAll().execute(damaged);
  connection.close();
  expect((await run(db, 'search', 'a cat')).code).toBe(0);
  const verified = await run(db, 'index', 'verify');
  expect([verified.code, verified.stdout]).toEqual([5, expect.stringContaining('corner.png: not of unit length')]);
  expect((await run(db, 'index', 'verify', '--repair')).code).toBe(0);
  expect(catOf(await search(db, 'a cat'))).toBeGreaterThan(0.2);
});
