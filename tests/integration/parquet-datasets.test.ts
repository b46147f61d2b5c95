import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabelwiseError } from 'labelwise';
import { type OpenDatasetOptions, openDataset } from 'labelwise/datasets';
import { expect, test } from 'vitest';
import { allExamples, goodExamples } from '../fixtures/examples.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { type ParquetContent, writeParquet } from '../fixtures/parquet.js';
import { PARITY } from '../fixtures/paths.js';

const picture = (n: number): Uint8Array => Uint8Array.of(n, 1, 2, 3);
const NAMES = ['apple', 'bear', 'cup'];

/** A folder with one Parquet file, data/test-00000-of-00001.parquet unless told otherwise. */
function folderWith(content: ParquetContent, path = 'data/test-00000-of-00001.parquet', root = join(temporaryFolder(), 'things')): string {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeParquet(join(root, path), content);
  return root;
}
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const things = (count: number, more: ParquetContent = {}): ParquetContent => ({
  images: numbers(count).map(picture),
  labels: numbers(count).map((n) => n % 3),
  names: NAMES,
  ...more,
});
const refused = async (folder: string, options: OpenDatasetOptions, code: string, ...words: string[]): Promise<void> => {
  const opened = openDataset(folder, options);
  await expect(opened).rejects.toMatchObject({ code });
  const { message, hint } = (await opened.catch((error: unknown) => error)) as LabelwiseError;
  for (const word of words) expect(`${message} ${hint}`).toContain(word);
};

test.each([0, 1, 9, 10, 11, 24, 25, 34, 35])(
  'examples from the %ith on are the rest of all examples, over row groups and shards',
  async (from) => {
    const root = folderWith(things(25, { rowsInGroup: 10 }), 'data/test-00000-of-00002.parquet');
    folderWith(things(10, { rowsInGroup: 4 }), 'data/test-00001-of-00002.parquet', root);
    const dataset = await openDataset(root);
    const all = await goodExamples(dataset);
    expect(all.map(({ id }) => id)).toEqual(numbers(35).map((n) => `test/${n}`));
    expect(all.map(({ image }) => (image as Uint8Array)[0])).toEqual([...numbers(25), ...numbers(10)]);
    expect(await goodExamples(dataset, from)).toEqual(all.slice(from));
  },
);

test('a row group of many megabytes is read in parts, and gives the same examples from any place', async () => {
  const large = (n: number): Uint8Array =>
    Uint8Array.from({ length: 400_000 }, (_, i) => (i === 0 ? n : Math.imul(i * i + n, 2654435761) >>> 24));
  const images = numbers(60).map(large);
  const dataset = await openDataset(folderWith({ images, labels: numbers(60).map((n) => n % 3), names: NAMES })); // one row group of 24 MB
  const all = await goodExamples(dataset);
  expect(all.map(({ image }) => Buffer.compare(image as Uint8Array, images[(image as Uint8Array)[0] as number] as Uint8Array))).toEqual(
    numbers(60).map(() => 0),
  );
  expect(all.map(({ id, labels }) => [id, ...labels])).toEqual(numbers(60).map((n) => [`test/${n}`, n % 3]));
  expect((await goodExamples(dataset, 47)).map(({ id }) => id)).toEqual(numbers(13).map((n) => `test/${n + 47}`));
});

test('what is before the first example that is wanted is not read: a broken row group there does not matter', async () => {
  const root = folderWith({
    ...things(30, { rowsInGroup: 10 }),
    images: numbers(30).map((n) => new Uint8Array(500).map((_, i) => (i * i * 7 + n) % 251)),
  });
  const path = join(root, 'data/test-00000-of-00001.parquet');
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(0xff, 4, 600)); // the first row group begins at byte 4
  const dataset = await openDataset(root);
  expect(await goodExamples(dataset, 10)).toHaveLength(20);
  await expect(goodExamples(dataset)).rejects.toMatchObject({
    code: 'DATASET_DAMAGED',
    message: expect.stringContaining('test-00000-of-00001.parquet is broken between rows 0 and 10'),
  });
});

test('a bad row is named and the rest goes on: no bytes, no label, a label out of range', async () => {
  const root = folderWith({
    images: [picture(0), null, new Uint8Array(0), picture(3), picture(4), picture(5)],
    labels: [0, 1, 2, null, 3, -1],
    names: NAMES,
  });
  const examples = await allExamples(await openDataset(root));
  const said = examples.map((example) => ('error' in example ? `${example.error.code}: ${example.error.message}` : example.labels));
  expect(said).toEqual([
    [0],
    'EXAMPLE_INVALID: Row test/1 has no image bytes in the column "image".',
    'EXAMPLE_INVALID: Row test/2 has no image bytes in the column "image".',
    'EXAMPLE_INVALID: Row test/3 has no label in the column "label".',
    'EXAMPLE_INVALID: Row test/4 has the label 3, not a number from 0 to 2, in the column "label".',
    'EXAMPLE_INVALID: Row test/5 has the label -1, not a number from 0 to 2, in the column "label".',
  ]);
});

test('a wrong split, configuration or column is an error that lists what there is', async () => {
  const root = folderWith(things(3));
  folderWith(things(3), 'data/train-00000-of-00001.parquet', root);
  await refused(root, { split: 'dev' }, 'DATASET_INVALID', 'no split "dev"', 'test, train', '`split`');
  await refused(
    root,
    { labelColumn: 'kind' },
    'DATASET_INVALID',
    'no column "kind"',
    'image (image bytes), label (integer)',
    '`labelColumn`',
  );
  await refused(root, { imageColumn: 'photo' }, 'DATASET_INVALID', 'no column "photo"', 'label (integer)', '`imageColumn`');
  await refused(root, { imageColumn: 'label' }, 'DATASET_INVALID', 'holds integer, not images');
  await refused(root, { labelColumn: 'image' }, 'DATASET_INVALID', 'holds no labels but image bytes');
  await refused(root, { config: 'big' }, 'DATASET_INVALID', 'no configuration "big"', 'default', '`config`');
});

test('files without images, without labels, without rows or without a whole footer are said', async () => {
  await refused(folderWith({ labels: [0, 1], names: NAMES }), {}, 'DATASET_INVALID', 'no column with images', 'label (integer)');
  await refused(folderWith({ images: [picture(1)] }), {}, 'DATASET_INVALID', 'no column that is plainly its labels');
  await refused(folderWith(things(0)), {}, 'DATASET_INVALID', '0 rows');
  const cut = folderWith(things(5));
  const path = join(cut, 'data/test-00000-of-00001.parquet');
  writeFileSync(path, readFileSync(path).subarray(0, -20));
  await refused(cut, {}, 'DATASET_DAMAGED', 'not a whole Parquet file');
  writeFileSync(path, '');
  await refused(cut, {}, 'DATASET_DAMAGED');
  writeFileSync(path, 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n');
  await refused(cut, {}, 'DATASET_DAMAGED', 'Git LFS pointer', 'git lfs pull');
  const missing = folderWith(things(5), 'data/test-00000-of-00002.parquet');
  await refused(missing, {}, 'DATASET_INVALID', 'incomplete', 'test-00001-of-00002.parquet');
  await refused(join(missing, 'nothing'), {}, 'DATASET_NOT_FOUND', 'nothing');
  const uneven = folderWith(things(5), 'data/test-00000-of-00002.parquet');
  folderWith(things(5, { labelColumn: 'class' }), 'data/test-00001-of-00002.parquet', uneven);
  await refused(uneven, {}, 'DATASET_INVALID', 'test-00001-of-00002.parquet', 'lacks the column label');
});

test('labels that are words name themselves; given names have to hold them all', async () => {
  const words = { images: numbers(4).map(picture), labels: ['dog', 'cat', 'dog', null] };
  const dataset = await openDataset(folderWith(words));
  expect(dataset.labelNames).toEqual(['cat', 'dog']);
  expect((await allExamples(dataset)).map((example) => ('labels' in example ? example.labels : 'bad'))).toEqual([[1], [0], [1], 'bad']);
  const given = await openDataset(folderWith(words), { labelNames: ['dog', 'bird', 'cat'] });
  expect((await allExamples(given)).slice(0, 3)).toMatchObject([{ labels: [0] }, { labels: [2] }, { labels: [0] }]);
  await refused(folderWith(words), { labelNames: ['dog', 'bird'] }, 'DATASET_INVALID', '1 of the 2 labels', 'cat', 'dog, bird');
});

test('labels that are numbers need names; given names go by the data’s own names where it has some', async () => {
  const bare = { images: numbers(3).map(picture), labels: [0, 1, 2] };
  await refused(folderWith(bare), {}, 'DATASET_INVALID', 'numbers', 'labelNames');
  expect((await goodExamples(await openDataset(folderWith(bare), { labelNames: NAMES }))).map(({ labels }) => labels)).toEqual([
    [0],
    [1],
    [2],
  ]);
  const renamed = await openDataset(folderWith(things(3)), { labelNames: ['cup', 'apple', 'zebra', 'bear'] });
  expect((await goodExamples(renamed)).map(({ labels }) => labels)).toEqual([[1], [3], [0]]);
});

test('labels by order are other names for the data’s own, one for one', async () => {
  const root = folderWith(things(3));
  await refused(root, { labelNames: ['Apfel', 'Bär', 'Tasse'] }, 'DATASET_INVALID', '3 of the 3 labels', '`labelsBy` to order');
  const german = await openDataset(root, { labelNames: ['Apfel', 'Bär', 'Tasse'], labelsBy: 'order' });
  expect(german.labelNames).toEqual(['Apfel', 'Bär', 'Tasse']);
  expect((await goodExamples(german)).map(({ labels }) => labels)).toEqual([[0], [1], [2]]);
  await refused(root, { labelNames: ['Apfel'], labelsBy: 'order' }, 'DATASET_INVALID', 'has 3 labels, and 1 were given');
  // As Python's `datasets` sorts the folders 1, 2 and 10.
  const numbered = await openDataset(folderWith(things(3, { names: ['1', '10', '2'] })), { labelNames: NAMES, labelsBy: 'order' });
  expect((await goodExamples(numbered)).map(({ labels }) => labels)).toEqual([[0], [2], [1]]);
});

test('two labels of one name are refused, as they would be measured as one', async () => {
  const twins = folderWith(things(3, { names: ['crane', 'dog', 'crane'] }));
  for (const options of [{}, { labelNames: NAMES, labelsBy: 'order' as const }])
    await refused(twins, options, 'DATASET_INVALID', 'are called "crane": numbers 0 and 2');
  await refused(folderWith(things(3)), { labelNames: ['apple', 'bear', 'cup', 'bear'] }, 'DATASET_INVALID', 'are called "bear"');
});

test('the README names what the files do not: configurations, patterns and labels, also several an image', async () => {
  const root = folderWith({ images: numbers(2).map(picture), labels: [1, 0] }, 'small/part.parquet');
  folderWith({ images: numbers(3).map(picture), labels: [1, 1, 0] }, 'large/part.parquet', root);
  writeFileSync(
    join(root, 'README.md'),
    `---
dataset_info:
- config_name: small
  features:
  - {name: image, dtype: image}
  - name: label
    dtype: {class_label: {names: {'0': no, '1': yes}}}
configs:
- config_name: small
  data_files: [{split: dev, path: small/*.parquet}]
- config_name: large
  data_files: large/*.parquet
---
`,
  );
  await refused(root, {}, 'DATASET_INVALID', 'several configurations', 'small, large');
  const small = await openDataset(root, { config: 'small' });
  expect(small).toMatchObject({ split: 'dev', size: 2, labelNames: ['no', 'yes'] });
  expect(await openDataset(root, { config: 'large', labelNames: ['no', 'yes'] })).toMatchObject({ split: 'train', size: 3 });
});

test('the fingerprint tells the files and what is read of them apart', async () => {
  const root = folderWith(things(6));
  const { fingerprint } = await openDataset(root);
  const copy = join(temporaryFolder(), 'copy');
  cpSync(root, copy, { recursive: true });
  expect((await openDataset(copy)).fingerprint).toBe(fingerprint);
  expect((await openDataset(root, { labelNames: [...NAMES, 'zebra'] })).fingerprint).not.toBe(fingerprint);
  expect((await openDataset(folderWith(things(6, { labels: numbers(6).map(() => 1) })))).fingerprint).not.toBe(fingerprint);
});

test('one Parquet file is a data set, and a stop on request ends the reading', async () => {
  const root = folderWith(things(6, { rowsInGroup: 2 }));
  const dataset = await openDataset(join(root, 'data/test-00000-of-00001.parquet'));
  expect(dataset).toMatchObject({ split: 'test', size: 6 });
  const stop = new AbortController();
  const seen: string[] = [];
  const reading = (async () => {
    for await (const { id } of dataset.examples({ signal: stop.signal })) {
      seen.push(id);
      if (seen.length === 3) stop.abort();
    }
  })();
  await expect(reading).rejects.toMatchObject({ code: 'ABORTED' });
  expect(seen).toEqual(['test/0', 'test/1', 'test/2']);
});

test('shards that number their labels in different orders are each read by their own names', async () => {
  const root = folderWith(things(3), 'data/test-00000-of-00002.parquet'); // apple, bear, cup
  const other = { images: numbers(3).map(picture), labels: [0, 1, 2], names: ['cup', 'apple', 'dog'] };
  folderWith(other, 'data/test-00001-of-00002.parquet', root);
  const namesOf = async (options: OpenDatasetOptions = {}) => {
    const dataset = await openDataset(root, options);
    const examples = await goodExamples(dataset);
    return examples.map(({ labels }) => dataset.labelNames[labels[0] as number]);
  };
  const right = ['apple', 'bear', 'cup', 'cup', 'apple', 'dog'];
  expect((await openDataset(root)).labelNames).toEqual(['apple', 'bear', 'cup', 'dog']);
  expect(await namesOf()).toEqual(right);
  expect(await namesOf({ labelNames: ['zebra', 'dog', 'cup', 'bear', 'apple'] })).toEqual(right);
  const german = ['Apfel', 'Bär', 'Tasse', 'Hund'];
  expect(await namesOf({ labelNames: german, labelsBy: 'order' })).toEqual(['Apfel', 'Bär', 'Tasse', 'Tasse', 'Apfel', 'Hund']);
});

test('shards whose labels cannot be told apart are refused: numbers without names beside two orders, and words beside numbers', async () => {
  const root = folderWith(things(3), 'data/test-00000-of-00003.parquet');
  folderWith(things(3, { names: ['cup', 'bear', 'apple'] }), 'data/test-00001-of-00003.parquet', root);
  folderWith({ images: [picture(0)], labels: [0] }, 'data/test-00002-of-00003.parquet', root);
  await refused(root, {}, 'DATASET_INVALID', 'test-00002-of-00003.parquet does not name its own');
  const mixed = folderWith(things(3), 'data/test-00000-of-00002.parquet');
  folderWith({ images: [picture(0)], labels: ['bear'] }, 'data/test-00001-of-00002.parquet', mixed);
  await refused(mixed, {}, 'DATASET_INVALID', 'integer in test-00000-of-00002.parquet, and text in test-00001-of-00002.parquet');
});

test('a row without bytes is the file that its path names beside the Parquet file; one that is gone is named', async () => {
  const root = folderWith({
    images: [null, null, picture(2)],
    paths: ['img/1.jpg', 'img/2.jpg', 'gone.jpg'],
    labels: [0, 1, 2],
    names: NAMES,
  });
  mkdirSync(join(root, 'data/img'));
  writeFileSync(join(root, 'data/img/1.jpg'), 'x');
  const [first, second, third] = await allExamples(await openDataset(root));
  expect(first).toEqual({ id: 'test/0', image: join(root, 'data/img/1.jpg'), labels: [0] });
  expect(second).toMatchObject({
    error: {
      code: 'EXAMPLE_INVALID',
      message: expect.stringContaining(`the file that it names does not exist: ${join(root, 'data/img/2.jpg')}`),
    },
  });
  expect(third).toMatchObject({ labels: [2] });
});

test('dates are no numbers of labels, and booleans are labels', async () => {
  const images = numbers(3).map(picture);
  await refused(folderWith({ images, labels: [1, 2, 3], areDates: true }), {}, 'DATASET_INVALID', 'label (date)');
  await refused(
    folderWith({ images, labels: [1, 2, 3], areDates: true }),
    { labelColumn: 'label' },
    'DATASET_INVALID',
    'no labels but date',
  );
  const dataset = await openDataset(folderWith({ images, labels: [true, false, true] }));
  expect(dataset.labelNames).toEqual(['false', 'true']);
  expect((await goodExamples(dataset)).map(({ labels }) => labels)).toEqual([[1], [0], [1]]);
});

test('a block of LZ4 that holds nothing is read: a column of nulls alone', async () => {
  const examples = await goodExamples(await openDataset(join(PARITY, 'parquet/lz4-null-path.parquet')));
  expect(examples).toHaveLength(3);
});
