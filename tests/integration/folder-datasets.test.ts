import { copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Example, type OpenDatasetOptions, openDataset } from 'labelwise/datasets';
import { DEFAULT_IMAGE_LIMITS, readImageBytes } from 'labelwise/encoders';
import { expect, test } from 'vitest';
import { allExamples, goodExamples } from '../fixtures/examples.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { writeParquet } from '../fixtures/parquet.js';
import { CAT } from '../fixtures/pictures.js';

function folderWith(files: Readonly<Record<string, string>>): string {
  const root = join(temporaryFolder(), 'things');
  mkdirSync(root);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}
const empty = (...paths: string[]) => folderWith(Object.fromEntries(paths.map((path) => [path, 'x'])));
const saying = (code: string, text: string) => ({ code, message: expect.stringContaining(text) });

test('an image folder is read in byte order of its labels and files, whatever its depth', async () => {
  const root = empty('b/2.jpg', 'b/10.PNG', 'a/x/1.webp', 'Z/1.gif', 'a/notes.txt', 'a/.hidden.jpg', '.git/1.jpg');
  const dataset = await openDataset(root);
  expect(dataset).toMatchObject({ name: 'things', split: undefined, size: 4, labelNames: ['Z', 'a', 'b'] });
  const examples = await goodExamples(dataset);
  expect(examples.map(({ id, labels }) => [id, ...labels])).toEqual([
    ['Z/1.gif', 0],
    ['a/x/1.webp', 1],
    ['b/10.PNG', 2],
    ['b/2.jpg', 2],
  ]);
  expect(examples[3]?.image).toBe(join(root, 'b/2.jpg'));
  expect(await goodExamples(dataset, 3)).toEqual(examples.slice(3));
});

test('folders called train, val and test are splits', async () => {
  const root = empty('train/cat/1.jpg', 'train/dog/1.jpg', 'val/cat/2.jpg');
  expect(await openDataset(root)).toMatchObject({ split: 'val', size: 1, labelNames: ['cat', 'dog'] });
  const train = await openDataset(root, { split: 'train' });
  expect((await goodExamples(train)).map(({ id }) => id)).toEqual(['cat/1.jpg', 'dog/1.jpg']);
  await expect(openDataset(root, { split: 'test' })).rejects.toMatchObject(saying('DATASET_INVALID', 'There is train, val'));
  expect((await openDataset(empty('train/cat/1.jpg', 'valid/cat/2.jpg'))).split).toBe('valid');
  await expect(openDataset(empty('train1/cat/1.jpg', 'train2/cat/2.jpg'))).rejects.toMatchObject(
    saying('DATASET_INVALID', 'several splits'),
  );
  expect((await openDataset(empty('car/1.jpg', 'train/1.jpg'))).labelNames).toEqual(['car', 'train']);
  await expect(openDataset(empty('train/1.jpg', 'test/1.jpg'))).rejects.toMatchObject(
    saying('DATASET_INVALID', 'The split "test" of things has no labels: its images, such as test/1.jpg'),
  );
});

/** Opens a folder, and says what it is with the warnings. */
async function describe(root: string, options: OpenDatasetOptions = {}) {
  const warnings: string[] = [];
  const dataset = await openDataset(root, { ...options, onWarning: (message) => warnings.push(message) });
  const rows = (await goodExamples(dataset)).map(({ id, labels }) => `${id} ${labels.map((place) => dataset.labelNames[place])}`);
  return { split: dataset.split, kind: dataset.facts.kind, labelNames: dataset.labelNames, rows, warnings };
}

test('a picture beside the folders of the labels is left out by name', async () => {
  const root = empty('train/crab/1.jpg', 'train/laptop/1.jpg', 'test/crab/1.jpg', 'test/laptop/1.jpg', 'train/sheet.jpg', 'top.jpg');
  expect(await describe(root, { split: 'train' })).toEqual({
    split: 'train',
    kind: 'image folder',
    labelNames: ['crab', 'laptop'],
    rows: ['crab/1.jpg crab', 'laptop/1.jpg laptop'],
    warnings: ['images of things/train in no folder for a label are left out: 1 (sheet.jpg).'],
  });
});

test('a split without labels, as Kaggle lays out its tests, is left out, and refused by its name', async () => {
  const root = empty('train/crab/1.jpg', 'train/laptop/1.jpg', 'test/1.jpg');
  expect(await describe(root)).toMatchObject({
    split: 'train',
    labelNames: ['crab', 'laptop'],
    warnings: ['the split test of things has no labels, and is left out.'],
  });
  await expect(openDataset(root, { split: 'test' })).rejects.toMatchObject(saying('DATASET_INVALID', 'such as test/1.jpg'));
});

test('metadata in the folder of a split, or above all splits, names the labels', async () => {
  const inSplits = folderWith({
    ...{ 'train/1.jpg': '', 'train/2.jpg': '', 'train/metadata.csv': 'file_name,label\n1.jpg,crab\n2.jpg,laptop\n' },
    ...{ 'test/3.jpg': '', 'test/metadata.jsonl': '{"file_name":"3.jpg","label":"laptop"}\n' },
  });
  expect(await describe(inSplits)).toMatchObject({ split: 'test', kind: 'manifest', rows: ['3.jpg laptop'], warnings: [] });
  expect(await describe(inSplits, { split: 'train' })).toMatchObject({ rows: ['1.jpg crab', '2.jpg laptop'] });
  const above = folderWith({
    ...{ 'train/1.jpg': '', 'test/2.jpg': '' },
    'metadata.csv': 'file_name,label\ntrain/1.jpg,crab\ntest/2.jpg,laptop\n',
  });
  expect(await describe(above)).toMatchObject({ split: 'test', labelNames: ['crab', 'laptop'], rows: ['test/2.jpg laptop'] });
  expect(await describe(above, { split: 'train' })).toMatchObject({ rows: ['train/1.jpg crab'] });
});

test('metadata.csv comes before the folders’ names, as in Python; another list beside them has to be named', async () => {
  const text = 'file_name,label\ncat/1.jpg,x\ndog/1.jpg,y\n';
  const files = { 'cat/1.jpg': '', 'dog/1.jpg': '' };
  expect(await describe(folderWith({ ...files, 'metadata.csv': text }))).toMatchObject({ kind: 'manifest', labelNames: ['x', 'y'] });
  const root = folderWith({ ...files, 'list.csv': text });
  await expect(openDataset(root)).rejects.toMatchObject({
    ...saying('DATASET_INVALID', 'may be labels (cat, dog), and list.csv'),
    hint: expect.stringContaining('things/list.csv'),
  });
  expect((await openDataset(join(root, 'list.csv'))).labelNames).toEqual(['x', 'y']);
  expect(await describe(folderWith({ ...files, 'sizes.csv': 'file,bytes\ncat/1.jpg,3\n' }))).toMatchObject({
    kind: 'image folder',
    warnings: ['things/sizes.csv is not a list of images and labels, and is left out.'],
  });
});

test('folders that are splits and folders that are not are refused, with a file that does not fit', async () => {
  await expect(openDataset(empty('train/cat/1.jpg', 'train/dog/1.jpg', 'extras/1.jpg'))).rejects.toMatchObject(
    saying('DATASET_INVALID', 'extras/1.jpg fits neither way'),
  );
});

test('a folder around all others is passed through; of two levels that may be labels, those given decide', async () => {
  expect(await describe(empty('archive/data/train/cat/1.jpg', 'archive/data/test/cat/1.jpg'))).toMatchObject({
    split: 'test',
    rows: ['cat/1.jpg cat'],
  });
  expect((await openDataset(empty('train/n01/images/1.jpg', 'train/n02/images/1.jpg'))).labelNames).toEqual(['n01', 'n02']);
  const root = empty('animals/cat/1.jpg', 'animals/dog/1.jpg', 'vehicles/car/1.jpg');
  await expect(openDataset(root)).rejects.toMatchObject(saying('DATASET_INVALID', 'animals/cat/1.jpg'));
  expect(await describe(root, { labelNames: ['dog', 'cat', 'car'] })).toMatchObject({
    rows: expect.arrayContaining(['animals/dog/1.jpg dog']),
  });
  expect(await describe(root, { labelNames: ['animals', 'vehicles'] })).toMatchObject({
    rows: expect.arrayContaining(['animals/dog/1.jpg animals']),
  });
});

test('linked folders are followed, and a link to a folder around it ends there', async () => {
  const root = empty('crab/1.jpg', '../store/1.jpg');
  symlinkSync('../store', join(root, 'laptop'));
  symlinkSync('..', join(root, 'crab/round'));
  expect(await describe(root)).toMatchObject({ labelNames: ['crab', 'laptop'], rows: ['crab/1.jpg crab', 'laptop/1.jpg laptop'] });
});

test('pictures in formats that are not read are counted by format and named', async () => {
  const files = ['a/1.jpg', 'a/2.psb', 'a/3.PSB', 'b/4.png', 'b/5.jxr'];
  expect((await describe(empty(...files))).warnings).toEqual([
    'images of things in formats that labelwise does not read are left out: 2 PSB (a/2.psb, a/3.PSB), 1 JXR (b/5.jxr).',
  ]);
  await expect(openDataset(empty('a/1.psb', 'b/1.psb'))).rejects.toMatchObject(saying('DATASET_NOT_FOUND', '2 PSB (a/1.psb, b/1.psb)'));
});

test('a report in the folder, or in a folder of it, does not change what it is', async () => {
  const root = empty('cat/1.jpg', 'dog/1.jpg');
  const { fingerprint } = await openDataset(root);
  for (const folder of ['', 'out/']) {
    for (const name of ['results.json', 'report.html', 'predictions.csv', 'predictions.parquet', 'changes.csv', '.runs/1.ndjson']) {
      mkdirSync(join(root, folder, name, '..'), { recursive: true });
      writeFileSync(join(root, folder, name), 'id,label\n');
    }
    expect(await openDataset(root)).toMatchObject({ fingerprint, labelNames: ['cat', 'dog'] });
  }
  writeParquet(join(root, 'embeddings.parquet'), { labels: ['cat', 'dog'] });
  expect(await describe(root)).toMatchObject({
    kind: 'image folder',
    warnings: ['Parquet files without images are left out: embeddings.parquet.'],
  });
});

test.skipIf(process.platform !== 'linux')('file names that are not UTF-8 are read; a label that is not is refused', async () => {
  const root = empty('two words/1.jpg', 'dog/1.jpg');
  const bytes = (path: string): Buffer => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path, 'latin1')]);
  copyFileSync(CAT, bytes('two words/caf\xe9.jpg'));
  const dataset = await openDataset(root);
  const examples = await goodExamples(dataset);
  expect(examples.map(({ id }) => id)).toEqual(['dog/1.jpg', 'two words/1.jpg', 'two words/caf%E9.jpg']);
  expect(dataset.labelNames).toEqual(['dog', 'two words']);
  const read = await readImageBytes((examples[2] as Example).image, DEFAULT_IMAGE_LIMITS);
  expect(Buffer.from(read)).toEqual(readFileSync(CAT));
  mkdirSync(bytes('caf\xe9'));
  copyFileSync(CAT, bytes('caf\xe9/1.jpg'));
  await expect(openDataset(root)).rejects.toMatchObject(saying('DATASET_INVALID', 'not UTF-8, and cannot be a label: caf%E9/1.jpg'));
});

test('labels given for an image folder may be more than its folders, and never fewer', async () => {
  const root = empty('cat/1.jpg', 'dog/1.jpg');
  const wide = await openDataset(root, { labelNames: ['dog', 'bird', 'cat'] });
  expect((await goodExamples(wide)).map(({ labels }) => labels)).toEqual([[2], [0]]);
  await expect(openDataset(root, { labelNames: ['dog', 'bird'] })).rejects.toMatchObject(
    saying('DATASET_INVALID', '1 of the 2 labels of things are not among the 2 labels given: cat. Those given are dog, bird.'),
  );
});

test('labels by order name folders such as synsets, and the labels of a manifest', async () => {
  const folder = await openDataset(empty('n01/1.jpg', 'n02/1.jpg', 'n02/2.jpg'), { labelNames: ['tench', 'goldfish'], labelsBy: 'order' });
  expect((await goodExamples(folder)).map(({ labels }) => labels)).toEqual([[0], [1], [1]]);
  const manifest = folderWith({ 'list.csv': 'path,label\na.jpg,n02\na.jpg,n01', 'a.jpg': '' });
  await expect(openDataset(manifest, { labelNames: ['tench', 'goldfish'] })).rejects.toMatchObject({
    hint: expect.stringContaining('`labelsBy` to order'),
  });
  const listed = await openDataset(manifest, { labelNames: ['tench', 'goldfish'], labelsBy: 'order' });
  expect((await goodExamples(listed)).map(({ labels }) => labels)).toEqual([[1], [0]]);
});

test('labels by order count folders named by numbers, not their text', async () => {
  // ImageNetV2 has the folders 0 to 999, Oxford's flowers 1 to 102: as text, 10 comes before 2.
  const folder = await openDataset(empty('1/1.jpg', '2/1.jpg', '10/1.jpg'), { labelNames: ['rose', 'iris', 'lily'], labelsBy: 'order' });
  expect((await goodExamples(folder)).map(({ id, labels }) => [id, labels])).toEqual([
    ['1/1.jpg', [0]],
    ['10/1.jpg', [2]],
    ['2/1.jpg', [1]],
  ]);
  // pandas writes whole numbers so where a column has gaps.
  const manifest = folderWith({ 'list.csv': 'path,label\na.jpg,10.0\na.jpg,2.0\na.jpg,1.0', 'a.jpg': '' });
  const listed = await openDataset(manifest, { labelNames: ['rose', 'iris', 'lily'], labelsBy: 'order' });
  expect((await goodExamples(listed)).map(({ labels }) => labels)).toEqual([[2], [1], [0]]);
});

test('a folder without images, or with images in no folder, says what is expected', async () => {
  await expect(openDataset(empty('a/notes.txt'))).rejects.toMatchObject(saying('DATASET_NOT_FOUND', 'no images'));
  await expect(openDataset(empty('1.jpg'))).rejects.toMatchObject(saying('DATASET_INVALID', 'no folders'));
  await expect(openDataset(empty('a.pdf').concat('/a.pdf'))).rejects.toMatchObject(saying('DATASET_INVALID', 'a.pdf'));
  await expect(openDataset('/no/such/place')).rejects.toMatchObject(saying('DATASET_NOT_FOUND', '/no/such/place'));
  const warnings: string[] = [];
  await openDataset(empty('a/1.jpg', 'loose.jpg'), { onWarning: (message) => warnings.push(message) });
  expect(warnings).toEqual(['images of things in no folder for a label are left out: 1 (loose.jpg).']);
});

test('an archive of images is refused by its name, and one in a folder is named', async () => {
  await expect(openDataset(empty('a.zip').concat('/a.zip'))).rejects.toMatchObject({
    ...saying('DATASET_INVALID', 'a.zip is an archive'),
    hint: 'Unpack it, and name the folder.',
  });
  const root = empty('cat/1.jpg', 'dog/1.jpg', 'train.zip', 'more/b.tar.gz');
  const { rows, warnings } = await describe(root);
  expect(rows).toHaveLength(2);
  expect(warnings).toEqual([`labelwise does not read archives. Unpack these, or move them out of ${root}: train.zip, more/b.tar.gz.`]);
});

test('the fingerprint of an image folder changes with a file’s size, time and name', async () => {
  const root = empty('a/1.jpg', 'b/1.jpg');
  const prints = [(await openDataset(root)).fingerprint];
  utimesSync(join(root, 'a/1.jpg'), 1, 1);
  prints.push((await openDataset(root)).fingerprint);
  expect((await openDataset(root)).fingerprint).toBe(prints[1]);
  writeFileSync(join(root, 'a/2.jpg'), 'x');
  prints.push((await openDataset(root)).fingerprint);
  rmSync(join(root, 'b'), { recursive: true });
  prints.push((await openDataset(root)).fingerprint);
  expect(new Set(prints).size).toBe(4);
});

const MANIFESTS = {
  'list.csv': 'path,label,note\r\n"a,1.jpg",cat,"two\nlines"\r\nb.jpg,"a ""big"" dog",\r\n',
  'list.tsv': 'file\tlabel\na,1.jpg\tcat\nb.jpg\ta "big" dog\n',
  'list.jsonl': '{"file_name": "a,1.jpg", "label": "cat"}\n\n{"file_name": "b.jpg", "label": "a \\"big\\" dog"}',
};

test.each(Object.entries(MANIFESTS))(
  '%s names images and labels line by line, by itself or as the only one of its folder',
  async (name, text) => {
    const root = folderWith({ [name]: text, 'a,1.jpg': 'x', 'b.jpg': 'x' });
    for (const source of [root, join(root, name)]) {
      const dataset = await openDataset(source);
      expect(dataset).toMatchObject({ name, size: 2, labelNames: ['a "big" dog', 'cat'], isMultiLabel: false });
      const examples = await goodExamples(dataset);
      expect(examples).toEqual([
        { id: 'a,1.jpg', image: join(root, 'a,1.jpg'), labels: [1] },
        { id: 'b.jpg', image: join(root, 'b.jpg'), labels: [0] },
      ]);
      expect(await goodExamples(dataset, 1)).toEqual(examples.slice(1));
    }
  },
);

test('several labels an image: a list in JSONL, parted by ; or | in CSV; none is fine', async () => {
  const rows = [
    ['a.jpg', 'cat;dog'],
    ['b.jpg', ''],
    ['c.jpg', 'bird | cat'],
  ];
  const csv = folderWith({
    'list.csv': `path,labels\n${rows.map((row) => row.join(',')).join('\n')}\n`,
    'a.jpg': '',
    'b.jpg': '',
    'c.jpg': '',
  });
  const jsonl = folderWith({
    'list.jsonl':
      '{"path":"a.jpg","objects":["cat","dog"]}\n{"path":"b.jpg","objects":[]}\n{"path":"c.jpg","objects":["bird","cat","cat"]}',
    'a.jpg': '',
    'b.jpg': '',
    'c.jpg': '',
  });
  for (const root of [csv, jsonl]) {
    const dataset = await openDataset(root);
    expect(dataset).toMatchObject({ isMultiLabel: true, labelNames: ['bird', 'cat', 'dog'] });
    expect((await goodExamples(dataset)).map(({ labels }) => labels)).toEqual([[1, 2], [], [0, 1]]);
  }
});

test('numbers take their names from those given; a bad line is named and the rest goes on', async () => {
  const text = ['path,label', 'a.jpg,0', 'gone.jpg,1', ',1', 'a.jpg,2', 'a.jpg,', 'a.jpg,1,extra', 'https://example.org/x.jpg,1'].join(
    '\n',
  );
  const root = folderWith({ 'list.csv': text, 'images/a.jpg': 'x' });
  const dataset = await openDataset(root, { labelNames: ['cat', 'dog'] });
  const said = (await allExamples(dataset)).map((example) =>
    'error' in example ? `${example.error.code} ${example.error.message}` : [example.id, ...example.labels],
  );
  expect(said).toEqual([
    ['a.jpg#2', 0],
    `INPUT_NOT_FOUND Line 3 of list.csv names gone.jpg, and there is no file ${join(root, 'images/gone.jpg')}.`,
    'EXAMPLE_INVALID Line 4 of list.csv names no image in the column "path".',
    'EXAMPLE_INVALID Line 5 of list.csv has the label 2, not a number from 0 to 1, in the column "label".',
    'EXAMPLE_INVALID Line 6 of list.csv has no label in the column "label".',
    'EXAMPLE_INVALID Line 7 of list.csv has 3 cells where the head has 2.',
    ['https://example.org/x.jpg', 1],
  ]);
});

test('a manifest without the columns, the rows or the labels that are expected lists what there is', async () => {
  const open = (text: string, options = {}) => openDataset(join(folderWith({ 'list.csv': text, 'a.jpg': 'x' }), 'list.csv'), options);
  await expect(open('name,kind\na.jpg,cat')).rejects.toMatchObject(saying('DATASET_INVALID', 'Its columns are name, kind'));
  expect(await open('name,kind\na.jpg,cat', { imageColumn: 'name', labelColumn: 'kind' })).toMatchObject({ size: 1, labelNames: ['cat'] });
  await expect(open('path,label\na.jpg,cat', { labelColumn: 'kind' })).rejects.toMatchObject(saying('DATASET_INVALID', 'no column "kind"'));
  await expect(open('path,label\n')).rejects.toMatchObject(saying('DATASET_INVALID', '0 rows'));
  await expect(open('')).rejects.toMatchObject(saying('DATASET_INVALID', '0 rows'));
  await expect(open('path,label\na.jpg,dog\na.jpg,cat', { labelNames: ['dog'] })).rejects.toMatchObject(
    saying('DATASET_INVALID', 'Line 3 of list.csv has the label "cat", which is not among the 1 labels given: dog.'),
  );
  await expect(open('path,label\na.jpg,cat', { split: 'test' })).rejects.toMatchObject(saying('DATASET_INVALID', 'no splits'));
  await expect(open('path,label\na.jpg,cat\na.jpg,"dog\nb.jpg,cat\n')).rejects.toMatchObject(
    saying('DATASET_INVALID', 'Line 3 of list.csv opens a quote (") that does not close'),
  );
  const two = folderWith({ 'a.csv': 'path,label', 'b.csv': 'path,label' });
  await expect(openDataset(two)).rejects.toMatchObject(saying('DATASET_INVALID', `${basename(two)} has several manifests: a.csv, b.csv`));
});

test('a line of JSONL whose image is not a path is a bad row with its line, and booleans are labels', async () => {
  const text = [
    '{"image":{"path":"a.jpg"},"label":true}',
    '{"image":7,"label":false}',
    '{"image":null,"label":true}',
    '{"image":"a.jpg","label":true}',
  ];
  const dataset = await openDataset(join(folderWith({ 'list.jsonl': text.join('\n'), 'a.jpg': 'x' }), 'list.jsonl'));
  expect(dataset.labelNames).toEqual(['false', 'true']);
  expect((await allExamples(dataset)).map((example) => ('error' in example ? example.error.message : example.labels))).toEqual([
    'Line 1 of list.jsonl has {"path":"a.jpg"}, not a path, in the column "image".',
    'Line 2 of list.jsonl has 7, not a path, in the column "image".',
    'Line 3 of list.jsonl names no image in the column "image".',
    [1],
  ]);
});

test('a manifest that is not UTF-8 is refused with the line; UTF-16 with its mark, as Excel saves it, is read', async () => {
  const text = 'path,label\na.jpg,cat\na.jpg,caf\xe9\n';
  const root = folderWith({ 'a.jpg': 'x' });
  const write = (name: string, bytes: Buffer): string => {
    writeFileSync(join(root, name), bytes);
    return join(root, name);
  };
  await expect(openDataset(write('latin1.csv', Buffer.from(text, 'latin1')))).rejects.toMatchObject(
    saying('DATASET_INVALID', 'latin1.csv is not UTF-8 text: line 3 is not UTF-8'),
  );
  await expect(openDataset(write('wide.csv', Buffer.from(text, 'utf16le')))).rejects.toMatchObject(saying('DATASET_INVALID', 'UTF-16'));
  expect((await openDataset(write('marked.csv', Buffer.from(`\uFEFF${text}`, 'utf16le')))).labelNames).toEqual(['café', 'cat']);
});

test('a manifest in which no row has a label says what is wrong with the first', async () => {
  const open = (text: string) => openDataset(join(folderWith({ 'list.csv': text }), 'list.csv'));
  await expect(open('path,label\na.jpg,cat,1\nb.jpg,dog,2\n')).rejects.toMatchObject(
    saying('DATASET_INVALID', 'None of the 2 rows of list.csv has a label. Line 2 has 3 cells where the head has 2.'),
  );
  await expect(open('path,label\na.jpg,\n')).rejects.toMatchObject(saying('DATASET_INVALID', 'The column "label" is empty'));
});
