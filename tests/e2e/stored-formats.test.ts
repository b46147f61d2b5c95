import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dotProduct } from 'labelwise/core';
import { openEmbeddingCache } from 'labelwise/store';
import { beforeAll, describe, expect, test } from 'vitest';
import { type CliResult, cli } from '../fixtures/cli.js';
import { contentOf } from '../fixtures/index-content.js';
import { ROOT } from '../fixtures/paths.js';
import { addNullColumn, bumpTable, columnsOf, hashesIn, keysIn, PHOTOS, unpackStored } from '../fixtures/stored-6594a9c.js';

type Row = Record<string, unknown>;
/** A row of `cache show --json`. */
interface CacheRow {
  readonly table: string;
  readonly kind: string;
  readonly encoder: { readonly name: string; readonly fingerprint: string };
}

/** The photos of the stored index are not there. */
const PHOTOS_GONE = /^warning: \d+ of \d+ images? (?:is|are) no longer there.*\n/m;

const LABELS = ['cat', 'cup of coffee', 'flower', 'galaxy', 'rocket', 'temple'];

let folder: string;
beforeAll(async () => {
  folder = await unpackStored();
});

/** Runs a command on what was unpacked into a folder. */
const runIn = (place: string, args: readonly string[]): Promise<CliResult> => {
  const isOnCache = args[0] === 'cache';
  const takesCache = isOnCache || ['classify', 'search', 'tag'].includes(args[0] as string);
  const flags = [...(isOnCache ? [] : ['--db', join(place, 'db')]), ...(takesCache ? ['--cache-folder', join(place, 'cache')] : [])];
  return cli([...args, ...flags], { cwd: place, env: { LABELWISE_MODEL: `${ROOT}tests/parity/clip-tiny` } });
};

/** The numbers of an answer apart, to be compared within 1e-5; what this version calls otherwise has its new name. */
function split(value: unknown, numbers: number[] = []): { value: unknown; numbers: number[] } {
  const text = JSON.stringify(value, (key, item: unknown) => {
    if (key === 'bytes' || key === 'schemaVersion') return undefined; // the cache: what it takes on disk
    if (typeof item === 'number' && /^(?:similarity|distance|logit|probability|tagProbability)$/.test(key)) {
      numbers.push(item);
      return 'number';
    }
    return item;
  });
  return { value: JSON.parse(text.replaceAll('"imageId"', '"contentHash"')), numbers };
}

describe('what 6594a9c stored gives the answers that it gave then', () => {
  test.each<[string, readonly string[]]>([
    ['cache', ['cache', 'show']], // first: what pixels and tokens give by other rules today is added
    ['search-text', ['search', 'a cat']],
    ['search-image', ['search', '--image', 'photos/coffee.jpg']],
    ['search-tag', ['search', 'tag:favourite']],
    ['classify-table', ['classify', 'photos/*.jpg', '--table', 'things']],
    ['classify-labels', ['classify', 'photos/*.jpg', '-l', LABELS.join(', ')]],
    ['labels-search', ['labels', 'search', 'things', 'photos/cat.jpg']],
    ['labels-list', ['labels', 'list']],
    ['tags-list', ['tags', 'list']],
    ['corrections', ['tags', 'list', '--corrections']],
  ])('%s', async (name, args) => {
    const { code, stdout, stderr } = await runIn(folder, [...args, '--json']);
    expect({ code, stderr: name === 'cache' ? '' : stderr.replace(PHOTOS_GONE, '') }).toEqual({ code: 0, stderr: '' });
    const [now, then] = [JSON.parse(stdout), JSON.parse(readFileSync(join(folder, 'answers', `${name}.json`), 'utf8'))].map((answer) =>
      split(answer),
    );
    expect(now?.value).toMatchObject(then?.value as Row);
    expect(now?.numbers).toHaveLength(then?.numbers.length as number);
    for (const [i, number] of (now?.numbers ?? []).entries()) expect(Math.abs(number - (then?.numbers[i] as number))).toBeLessThan(5e-5); // a logit is a hundred times a cosine
  });

  test('its cache gives the embeddings that the index has, under the keys of then', async () => {
    const shown = JSON.parse(readFileSync(join(folder, 'answers/cache.json'), 'utf8')) as CacheRow[];
    const { encoder, table } = shown.find(({ kind }) => kind === 'images') as CacheRow;
    const keys = await keysIn(join(await unpackStored(), 'cache'), table); // reading them by labelwise moves the table into packs
    const cache = await openEmbeddingCache(join(folder, 'cache'), { kind: 'images', encoder, maxBytes: 1e9 });
    const kept = [...(await cache.load(keys)).values()].map(({ embedding }) => embedding);
    await cache.close();
    const { rows } = await contentOf(join(folder, 'db'));
    const nearest = rows.map(({ embedding }) => Math.max(...kept.map((other) => dotProduct(other, Float32Array.from(embedding)))));
    expect(nearest).toHaveLength(6);
    for (const similarity of nearest) expect(similarity).toBeCloseTo(1, 5);
  });

  test('its tables take new rows', async () => {
    const place = await unpackStored();
    const run = async (...args: string[]): Promise<CliResult> => {
      const result = await runIn(place, args);
      if (result.code !== 0) throw new Error(result.stderr);
      return result;
    };
    expect(JSON.parse((await run('index', 'photos', '--json')).stdout)).toMatchObject([{ found: 6, encoded: 0, known: 6 }]);
    const corrections = async () => JSON.parse((await run('tags', 'list', '--corrections', '--json')).stdout) as Row[];
    const before = await corrections();
    expect(await columnsOf(join(place, 'db'), 'tag-corrections')).toEqual(['imageId', 'label', 'isAdded', 'correctedAt']);
    await run('tags', 'add', 'new', `${PHOTOS}/temple.jpg`);
    expect(await columnsOf(join(place, 'db'), 'tag-corrections')).toContain('content_hash');
    expect(await corrections()).toEqual(expect.arrayContaining(before));
    await run('tags', 'remove', 'new', `${PHOTOS}/temple.jpg`);
    const after = await corrections();
    expect(after).toHaveLength(4);
    expect(after).toEqual(expect.arrayContaining([...before, expect.objectContaining({ tag: 'new', change: 'removed' })]));
    await run('labels', 'build', 'things', '-l', 'cat, dog', '--overwrite');
    await run('tag', '-l', 'cat, dog', '--name', 'things');
    expect(await columnsOf(join(place, 'db'), 'tags-things')).toEqual(['content_hash', 'label', 'probability', 'similarity']);
    expect((await run('index', 'verify')).stderr).toContain('12 rows, no damage');
  });
});

const PHOTO = `${PHOTOS}/cat.jpg`;
const OF_TABLES: readonly [table: string, key: string, versions: [number, number], commands: readonly (readonly string[])[]][] = [
  [
    'images',
    'labelwise-images',
    [5, 4],
    [
      ['search', 'a cat'],
      ['index', 'photos'],
      ['index', 'status'],
      ['index', 'verify'],
      ['index', 'optimize'],
      ['index', 'prune'],
      ['index', 'backup', 'copy'],
      ['duplicates'],
      ['tag', '-l', 'cat, dog', '--name', 'things'],
    ],
  ],
  [
    'things',
    'labelwise',
    [2, 1],
    [
      ['classify', 'photos/cat.jpg', '--table', 'things'],
      ['labels', 'search', 'things', 'photos/cat.jpg'],
      ['labels', 'list'],
      ['labels', 'build', 'things', '-l', 'cat, dog', '--overwrite'],
      ['index', 'backup', 'copy'],
    ],
  ],
  [
    'tags-things',
    'labelwise-tags',
    [3, 2],
    [
      ['search', 'tag:cat'],
      ['tags', 'list'],
      ['tag', '-l', 'cat, dog', '--name', 'things'],
      ['index', 'verify'],
    ],
  ],
  [
    'tag-corrections',
    'labelwise-corrections',
    [3, 2],
    [
      ['search', 'tag:favourite'],
      ['tags', 'list', '--corrections'],
      ['tags', 'add', 'new', PHOTO],
      ['index', 'verify'],
    ],
  ],
];

test('corrections whose migration was killed before its write are whole, and the next write goes on', async () => {
  const place = await unpackStored();
  const list = async (): Promise<string> => (await runIn(place, ['tags', 'list', '--corrections', '--json'])).stdout;
  const before = await list();
  await addNullColumn(join(place, 'db'), 'tag-corrections', 'content_hash');
  expect(await list()).toBe(before);
  expect((await runIn(place, ['tags', 'add', 'new', `${PHOTOS}/temple.jpg`])).code).toBe(0);
  expect(JSON.parse(await list())).toEqual(expect.arrayContaining(JSON.parse(before)));
});

describe.each(OF_TABLES)('a newer format of the table %s', (table, key, [found, known], commands) => {
  let place: string;
  beforeAll(async () => {
    place = await unpackStored();
    await bumpTable(join(place, 'db'), table, key, found);
  });

  test.each(commands.map((args) => [args.join(' '), args] as const))('is refused by "%s", with both versions named', async (_, args) => {
    const before = hashesIn(join(place, 'db'));
    const { code, stdout, stderr } = await runIn(place, args);
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    expect(stderr).toContain(
      `The table "${table}" in ${join(place, 'db')} has format ${found}, and this labelwise reads formats up to ${known}.\nhint: Update labelwise, or use another --db`,
    );
    expect(hashesIn(join(place, 'db'))).toEqual(before);
  });
});

test('a newer labelwise-index.json is refused and left as it is', async () => {
  const place = await unpackStored();
  const file = join(place, 'db/labelwise-index.json');
  const later = JSON.stringify({ version: 2, tables: ['images'] });
  writeFileSync(file, later);
  for (const args of [
    ['search', 'a cat'],
    ['index', 'photos'],
    ['index', '--forget', PHOTOS],
  ]) {
    const { code, stderr } = await runIn(place, args);
    expect({ code, stderr }).toMatchObject({
      code: 5,
      stderr: expect.stringContaining(`${file} has format 2, and this labelwise reads formats up to 1`),
    });
  }
  expect(readFileSync(file, 'utf8')).toBe(later);
});

test('a newer cache is neither read nor written: classify says so and does the work, and "cache show" fails', async () => {
  const place = await unpackStored();
  const cache = join(place, 'cache');
  const tables = (JSON.parse(readFileSync(join(place, 'answers/cache.json'), 'utf8')) as CacheRow[]).map(({ table }) => table);
  await runIn(place, ['cache', 'show']); // moves the tables into packs
  const packs = readdirSync(cache, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.pack'));
  expect(packs).toHaveLength(tables.length);
  for (const pack of packs) {
    const bytes = readFileSync(join(cache, pack));
    bytes.writeUInt32LE(3, 4);
    writeFileSync(join(cache, pack), bytes);
  }
  const before = hashesIn(cache);
  const words = `.pack has format 3, and this labelwise reads formats up to 2`;
  const { code, stdout, stderr } = await runIn(place, ['classify', 'photos/*.jpg', '-l', LABELS.join(', '), '--json']);
  expect({ code, rows: JSON.parse(stdout).length, isSaid: stderr.includes(words) }).toEqual({ code: 0, rows: 6, isSaid: true });
  expect(stderr).toContain('use another --cache-folder');
  const shown = await runIn(place, ['cache', 'show']);
  expect({ code: shown.code, isSaid: shown.stderr.includes(words) }).toEqual({ code: 5, isSaid: true });
  expect(hashesIn(cache)).toEqual(before);
});
