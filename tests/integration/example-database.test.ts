import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { normalize } from '../../dist/library/core.js';
import { openDatabase } from '../../dist/store/database.js';
import { type ExampleSet, openExampleDatabase } from '../../dist/store/example-database.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { ROOT } from '../fixtures/paths.js';

const require = createRequire(`${ROOT}package.json`);
const arrow = require('apache-arrow') as typeof import('apache-arrow');
const encoder = { name: 'test', fingerprint: 'f' };
const row = (contentHash: string, label = 'cat') => ({
  contentHash,
  label,
  isPositive: true,
  embedding: normalize(Float32Array.of(1, contentHash.length, 3)),
  source: `${contentHash}.jpg`,
  addedAt: '2026-11-30T00:00:00.000Z',
});
const setOf = (...examples: ReturnType<typeof row>[]): ExampleSet => ({ encoder, examples, background: [row('ordinary', '')] });

async function open() {
  const folder = temporaryFolder();
  const database = openDatabase(folder);
  return { folder, database, store: openExampleDatabase(database) };
}

test('examples come back as they were stored, and an update without examples leaves no table', async () => {
  const { store, database } = await open();
  expect(await store.load('pets')).toBeUndefined();
  await store.update('pets', async () => setOf(row('a'), row('bb', 'dog')), {});
  expect(await store.load('pets')).toEqual(setOf(row('a'), row('bb', 'dog')));
  await store.update('pets', async (before) => ({ ...(before as ExampleSet), examples: [row('a')] }), {});
  expect((await store.load('pets'))?.examples).toEqual([row('a')]);
  await store.update('pets', async () => setOf(), {});
  expect(await store.load('pets')).toBeUndefined();
  expect(await (await database.connection()).tableNames()).toEqual([]);
});

test('writers at the same time lose nothing', async () => {
  const { folder, store } = await open();
  const other = openExampleDatabase(openDatabase(folder));
  const names = Array.from({ length: 6 }, (_, i) => 'x'.repeat(i + 1));
  await Promise.all(
    names.map((name, i) =>
      (i % 2 ? store : other).update(
        'pets',
        async (before) => setOf(...((before?.examples ?? []) as ReturnType<typeof row>[]), row(name)),
        {},
      ),
    ),
  );
  expect((await store.load('pets'))?.examples.map(({ contentHash }) => contentHash).sort()).toEqual(names);
});

test('a newer format is refused and kept; damaged examples are named, and can be removed', async () => {
  const { store, database } = await open();
  const connection = await database.connection();
  const newer = new arrow.Schema(
    [new arrow.Field('label', new arrow.Utf8(), false)],
    new Map([['labelwise-examples', '{"schemaVersion":2}']]),
  );
  (await connection.createEmptyTable('__examples-pets', newer)).close();
  await expect(store.load('pets')).rejects.toMatchObject({ code: 'FORMAT_NEWER' });
  await expect(store.update('pets', async () => setOf(row('a')), {})).rejects.toMatchObject({ code: 'FORMAT_NEWER' });
  await store.update('birds', async () => setOf({ ...row('a'), embedding: Float32Array.of(1, 2, 3) }), {});
  await expect(store.load('birds')).rejects.toMatchObject({ code: 'STORE_FAILED', hint: expect.stringContaining('--forget-all') });
  expect(await store.remove('birds', {})).toBe(1);
  expect(await store.load('birds')).toBeUndefined();
});
