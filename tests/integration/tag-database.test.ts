import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import type { TagColumns } from '../../dist/library/core.js';
import { openTagDatabase, type TagDatabase, type TagSetFacts } from '../../dist/library/store.js';
import { openDatabase } from '../../dist/store/database.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { ROOT } from '../fixtures/paths.js';

const FACTS: TagSetFacts = {
  name: 'pets',
  labelSetFingerprint: 'f00',
  labels: 3,
  templates: ['a photo of a {}.'],
  encoder: { name: 'pocket', fingerprint: 'abc' },
  scoring: 'softmax',
  minProbability: 0.5,
  topK: 3,
  images: 3,
  createdAt: '2026-01-01T00:00:00.000Z',
};
const columnsOf = (...rows: [id: string, label: string, probability: number][]): TagColumns => ({
  contentHashes: rows.map(([id]) => id),
  labels: rows.map(([, label]) => label),
  probabilities: rows.map(([, , probability]) => probability),
  similarities: rows.map(() => 0.25),
});
const DOG_AND_CAT = columnsOf(['a', 'dog', 0.75], ['b', "it's a cat", 0.5], ['c', 'dog', 0.5]);

let folder: string;
let tags: TagDatabase;
beforeEach(async () => {
  folder = temporaryFolder();
  tags = await openTagDatabase(openDatabase(folder));
});

test('tags come back with their probability and set, and say which model and which labels made them', async () => {
  await tags.replace(FACTS, DOG_AND_CAT);
  expect(await tags.sets()).toEqual([{ ...FACTS, tags: 3 }]);
  expect(Object.fromEntries(await tags.tags())).toEqual({
    a: [{ label: 'dog', probability: 0.75, labelSet: 'pets' }],
    b: [{ label: "it's a cat", probability: 0.5, labelSet: 'pets' }],
    c: [{ label: 'dog', probability: 0.5, labelSet: 'pets' }],
  });
  expect([...(await tags.tags(['a', 'nobody', "o'x"])).keys()]).toEqual(['a']);
  expect([...(await tags.imagesWith("it's a cat")).keys()]).toEqual(['b']);
});

test('tagging again replaces the set of that name alone, and keeps corrections', async () => {
  await tags.replace(FACTS, DOG_AND_CAT);
  await tags.replace({ ...FACTS, name: 'places' }, columnsOf(['a', 'beach', 0.9]));
  await tags.correct(['a'], { add: ['wolf'], remove: ['dog'] });
  await tags.replace({ ...FACTS, labelSetFingerprint: 'f01' }, columnsOf(['a', 'dog', 0.9], ['b', 'fox', 0.6]));
  expect((await tags.sets()).map((set) => [set.name, set.labelSetFingerprint, set.tags])).toEqual([
    ['pets', 'f01', 2],
    ['places', 'f00', 1],
  ]);
  expect((await tags.tags(['a'])).get('a')?.map((tag) => tag.label)).toEqual(['dog', 'beach']);
  expect((await tags.corrections()).get('a')).toEqual([
    { label: 'wolf', isAdded: true },
    { label: 'dog', isAdded: false },
  ]);
  expect([...(await tags.imagesWith('dog')).keys()]).toEqual([]);
  expect([...(await tags.imagesWith('wolf')).keys()]).toEqual(['a']);
});

test('the last word on a label of an image counts, and can be forgotten', async () => {
  await tags.correct(['a', 'b'], { add: ['dog'], remove: [] });
  await tags.correct(['a'], { add: [], remove: ['dog'] });
  expect([...(await tags.imagesWith('dog')).keys()]).toEqual(['b']);
  await tags.correct(['a', 'b'], { add: [], remove: [], forget: ['dog'] });
  expect((await tags.corrections()).size).toBe(0);
});

test('corrections from several writers at once are all kept', async () => {
  const writers = await Promise.all(Array.from({ length: 4 }, () => openTagDatabase(openDatabase(folder))));
  await Promise.all(writers.map((writer, i) => writer.correct([`image ${i}`], { add: ['dog'], remove: [] })));
  expect([...(await tags.imagesWith('dog')).keys()].sort()).toEqual(['image 0', 'image 1', 'image 2', 'image 3']);
});

test('an empty set, no sets and thousands of named images are no special cases', async () => {
  expect([await tags.sets(), (await tags.tags()).size, (await tags.tags([])).size]).toEqual([[], 0, 0]);
  await tags.replace(FACTS, columnsOf());
  expect(await tags.sets()).toEqual([{ ...FACTS, tags: 0 }]);
  await tags.replace(FACTS, DOG_AND_CAT);
  expect((await tags.tags(Array.from({ length: 3000 }, (_, i) => `x${i}`).concat('a'))).get('a')).toHaveLength(1);
});

test('a set is removed by its name; an unknown one and a bad name are refused', async () => {
  await tags.replace(FACTS, DOG_AND_CAT);
  await tags.remove('pets');
  expect(await tags.sets()).toEqual([]);
  await expect(tags.remove('pets')).rejects.toMatchObject({ code: 'TAG_SET_NOT_FOUND' });
  await expect(tags.replace({ ...FACTS, name: '../x' }, DOG_AND_CAT)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});

test('the folder of a writer that was killed before its first commit is no set', async () => {
  mkdirSync(join(folder, 'tags-half.lance', 'data'), { recursive: true });
  expect(await tags.sets()).toEqual([]);
  expect((await tags.tags()).size).toBe(0);
  await tags.replace({ ...FACTS, name: 'half' }, DOG_AND_CAT);
  expect(await tags.sets()).toHaveLength(1);
});

/** Replaces the set again and again, all tags of a round alike, until it is killed. */
const WRITER = `
const { openDatabase, openTagDatabase } = await import(process.argv[1]);
const [folder, facts] = [process.argv[2], JSON.parse(process.argv[3])];
const tags = await openTagDatabase(openDatabase(folder));
for (let round = 0; ; round++) {
  const all = Array.from({ length: 20_000 }, (_, i) => i);
  await tags.replace({ ...facts, images: round }, { contentHashes: all.map(String), labels: all.map(() => 'round ' + round), probabilities: all.map(() => 1), similarities: all.map(() => 1) });
  console.log(round);
}`;

test('kill -9 at any moment leaves the tags of one whole round, never less than what was acknowledged', async () => {
  for (const delay of [0, 5, 11, 17, 23, 31]) {
    const child = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      WRITER,
      `${ROOT}dist/library/store.js`,
      folder,
      JSON.stringify(FACTS),
    ]);
    let acknowledged = -1;
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (data) => {
        acknowledged = Number(String(data).trim().split('\n').at(-1));
        if (acknowledged >= 1) setTimeout(() => child.kill('SIGKILL'), delay);
      });
      child.on('close', () => resolve());
    });
    const [set] = await tags.sets();
    const labels = new Set([...(await tags.tags()).values()].flat().map((tag) => tag.label));
    expect(set?.tags).toBe(20_000);
    expect([...labels]).toEqual([`round ${set?.images}`]);
    expect(set?.images).toBeGreaterThanOrEqual(acknowledged);
  }
});
